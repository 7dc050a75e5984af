"""When orders fall inside a launch's label window, and which of them are paid before it ends.

Orders crowd on the first and the last day. Where a payment can come too late, the window is cut at the hours: within an
hour real and even time run in proportion, so every integral below is exact. Before that it stays in one piece.
"""

import numpy as np

from .arrays import FloatArray, IntArray
from .clock import DAY, HOUR, DailyClock
from .countries import COUNTRIES, METHOD_SHARES, UTC_OFFSETS
from .payments import PaymentTerms

FIRST_DAY_SHARE = 0.35
LAST_DAY_SHARE = 0.25


def draw_order_time(
    clock: DailyClock, as_of: FloatArray, until: FloatArray, utc_offset: FloatArray, rng: np.random.Generator
) -> FloatArray:
    """Draw real instants inside ``[as_of, until)``."""
    start = clock.to_even(as_of, utc_offset)
    length = clock.to_even(until, utc_offset) - start
    day = np.minimum(DAY, length)
    part, level = rng.random(len(as_of)), rng.random(len(as_of))
    elapsed = np.select(
        [level < FIRST_DAY_SHARE, level < FIRST_DAY_SHARE + LAST_DAY_SHARE],
        [part * day, length - day + part * day],
        part * length,
    )
    return clock.to_real(start + elapsed, utc_offset)


def compute_ordered_share(elapsed: FloatArray, length: FloatArray) -> FloatArray:
    """Return the distribution function that :func:`draw_order_time` draws from, in even seconds."""
    day = np.minimum(DAY, length)
    evenly = 1 - FIRST_DAY_SHARE - LAST_DAY_SHARE
    share: FloatArray = (
        FIRST_DAY_SHARE * np.clip(elapsed / day, 0, 1)
        + LAST_DAY_SHARE * np.clip((elapsed - length + day) / day, 0, 1)
        + evenly * np.clip(elapsed / length, 0, 1)
    )
    return share


class LabelWindows:
    """The label windows of a launch, those of equal ``as_of`` and country once; arrays are (windows, pieces).

    Parameters
    ----------
    as_of, until, country : one a lead, real seconds.
    terms : how orders are paid.
    """

    def __init__(
        self, clock: DailyClock, as_of: FloatArray, until: FloatArray, country: IntArray, terms: PaymentTerms
    ) -> None:
        key = as_of.astype(np.int64) * len(COUNTRIES) + country
        _, rows, self.place = np.unique(key, return_index=True, return_inverse=True)
        bounds = _compute_bounds(as_of[rows], until[rows], terms.settled_after)
        offset = np.broadcast_to(UTC_OFFSETS[country[rows], None], bounds.shape)
        even = clock.to_even(bounds, offset)
        elapsed = even - even[:, :1]
        self.even_seconds: FloatArray = np.diff(even, axis=1)
        self.ordered: FloatArray = np.diff(compute_ordered_share(elapsed, elapsed[:, -1:]), axis=1)
        self._methods = METHOD_SHARES[country[rows]]
        area = terms.waited_area(until[rows, None] - bounds)
        self._wait_over = -np.diff(area, axis=2) / np.maximum(np.diff(bounds, axis=1), 1e-9)

    def paid_in_time(self, terms: PaymentTerms) -> FloatArray:
        """Return P(an order placed in the piece is approved before ``until``), over all methods."""
        at_once = self._methods @ terms.instant
        later: FloatArray = np.einsum("wm,mwp->wp", self._methods * terms.delayed, self._wait_over)
        return at_once[:, None] + later


def _compute_bounds(as_of: FloatArray, until: FloatArray, settled_after: float) -> FloatArray:
    """Return start, the last whole hours in which a payment may come too late, end."""
    hours = int(np.ceil(settled_after / HOUR)) + 1 if settled_after else 0
    full_hours = np.floor(until / HOUR)[:, None] * HOUR + np.arange(-hours, 1 if hours else 0) * HOUR
    return np.clip(np.column_stack([as_of, full_hours, until]), as_of[:, None], until[:, None])
