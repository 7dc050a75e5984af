"""Which captures are known at each lead's ``as_of``."""

from typing import Any

import numpy as np

from ..history import Launch
from ..history.compilation import jit
from ..history.lead_rows import Categorical
from .columns import Integers


def known_captures(
    times: Integers, named: Categorical, launch: Launch, starts: Integers, stops: Integers, as_of: Integers
) -> tuple[Integers, Integers, Integers]:
    """The places of the captures before ``as_of``, and of the one at it that makes the lead part of the launch.

    ``named`` are the launches that captures name. Found are places lead after lead, and where each lead's begin and end
    among them. A paid launch's leads are part of it by what they own, a perpetual one's also by a capture without one.
    """
    own = named.get_code(launch.launch_id if launch.strategy != "paid" else None)
    nameless = launch.strategy == "perpetual"
    at, own_starts, own_stops = _known(starts, stops, times, named.codes, own, nameless, as_of)
    return at, own_starts, own_stops


@jit
def _known(starts: Any, ends: Any, times: Any, launches: Any, own: int, nameless: bool, as_of: Any) -> Any:
    at = np.empty(np.sum(ends - starts), np.int64)
    own_starts, own_stops = np.empty_like(starts), np.empty_like(ends)
    k = 0
    for i in range(len(starts)):
        own_starts[i] = k
        for row in range(starts[i], ends[i]):
            makes_part = launches[row] == own or (nameless and launches[row] == -1)
            if times[row] < as_of[i] or (times[row] == as_of[i] and makes_part):
                at[k] = row
                k += 1
        own_stops[i] = k
    return at[:k], own_starts, own_stops
