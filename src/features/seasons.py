"""A launch's weeks in earlier years, the anniversaries of a purchase, and the launches that have opened since.

A year has 365.25 days. The season of ``n`` years ago is the label window moved back by ``n`` years, and a week longer
at both ends, since holidays move. A window so long that its season were half the year or more has none.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..history import Launch
from ..history.compilation import jit
from ..history.timestamps import MICROSECONDS_PER_DAY, duration_to_microseconds

_YEAR = MICROSECONDS_PER_DAY * 1461 // 4
_MARGIN = 7 * MICROSECONDS_PER_DAY
#: So many launches before are looked at: as many where twelve are known as where four are, so that figures of windows
#: compare.
_LATEST_LAUNCHES = 3


class Season(NamedTuple):
    """How long a launch's label window and its season are, in microseconds; 0: it has no season."""

    window: int
    length: int


class Carts(NamedTuple):
    """When the carts of earlier launches were open; the first ``of_any_product`` are those of launches without one."""

    opens: NDArray[np.int64]
    closes: NDArray[np.int64]
    of_any_product: int
    latest: NDArray[np.int64]  # when the latest three opened, in order


def build_season(launch: Launch) -> Season:
    """Return the season of a launch's label windows."""
    window = 0 if launch.problem else duration_to_microseconds(launch.length)
    length = window + 2 * _MARGIN
    return Season(window, length if window and length < _YEAR // 2 else 0)


def build_carts(times: Sequence[Sequence[int]], of_any_product: int) -> Carts:
    """Return carts of these (opens, closes)."""
    opens, closes = np.array(times, np.int64).reshape(-1, 2).T.copy()
    return Carts(opens, closes, of_any_product, np.sort(opens)[-_LATEST_LAUNCHES:])


@jit
def count_seasons_ago(season: Any, as_of: int, time: int) -> Any:
    """Return how many years ago the season was that ``time`` lies in; 0 where it lies in none."""
    past = as_of + season.length - _MARGIN - time - 1  # to the end of this year's season, which is no earlier one
    return past // _YEAR if past >= _YEAR and past % _YEAR < season.length else 0


@jit
def measure_anniversary(season: Any, as_of: int, time: int) -> Any:
    """Return the days from ``as_of`` to the next anniversary, and from the window's middle to the nearest one."""
    ahead = (time - as_of) % _YEAR
    beyond = (time - as_of - season.window // 2) % _YEAR
    return ahead / MICROSECONDS_PER_DAY, min(beyond, _YEAR - beyond) / MICROSECONDS_PER_DAY


@jit
def count_launches_since(carts: Any, time: int) -> Any:
    """Return how many of the latest launches opened after ``time``."""
    return float(len(carts.latest) - np.searchsorted(carts.latest, time, "right"))
