"""When a product was on sale, as the ledger and the launches show it.

Many products are sold in launches alone. Between two of them nobody can buy, and a window there would teach that nobody
wants to. Late payments and single sales by hand still fall into such a time: some sales do not make it a sale.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pyarrow.dataset as ds
from numpy.typing import NDArray

from ..history import History
from ..history.lead_rows import times_to_microseconds
from ..history.timestamps import to_microseconds

#: Where no launch is known, a pause without any sale that takes this share of a window speaks against a sale.
_MAX_PAUSE_SHARE = 0.5
#: A window is on sale from this share of what a launch, or the busiest time, sells in the same time.
_MIN_PACE = 1 / 5

#: From one instant to another, microseconds since 1970 (UTC), half-open.
Period = tuple[int, int]


@dataclass(frozen=True)
class SalePeriods:
    """The sales of a product, and the launches in which it was sold; all times in microseconds since 1970 (UTC).

    Attributes
    ----------
    sold_at : numpy.ndarray of int64
        The instants of its sales, in order.
    launches : sequence of (int, int)
        When each launch of it opened and closed.
    """

    sold_at: NDArray[np.int64]
    launches: tuple[Period, ...]

    def is_on_sale(self, opens: datetime, closes: datetime) -> bool:
        """Return whether the product was on sale from ``opens`` to ``closes``.

        With launches, it was where it sold, outside of them, a fifth of what they usually (in the median) sell in the
        same time. Without, where no half of that time passed without a sale, or it sold a fifth of what it sold in the
        busiest time of that length. Where nothing was sold it was not.
        """
        start, stop = to_microseconds(opens), to_microseconds(closes)
        sold = self.sold_at[slice(*np.searchsorted(self.sold_at, [start, stop]))]
        if not len(sold):
            return False
        if not self.launches:
            longest_pause = int(np.diff(np.r_[start, sold, stop]).max())
            busiest = np.searchsorted(self.sold_at, self.sold_at + (stop - start)) - np.arange(len(self.sold_at))
            return longest_pause < _MAX_PAUSE_SHARE * (stop - start) or len(sold) >= _MIN_PACE * int(busiest.max())
        paces = [self._count(*launch) / (launch[1] - launch[0]) for launch in self.launches]
        inside = [(max(first, start), min(last, stop)) for first, last in _merge(self.launches)]
        inside = [(first, last) for first, last in inside if first < last]
        outside = stop - start - sum(last - first for first, last in inside)
        expected = outside * float(np.median(paces))
        return len(sold) - sum(self._count(*period) for period in inside) >= _MIN_PACE * expected

    def count(self, opens: datetime, closes: datetime) -> int:
        """Return how often the product was sold from ``opens`` to ``closes``."""
        return self._count(to_microseconds(opens), to_microseconds(closes))

    def _count(self, start: int, stop: int) -> int:
        first, last = np.searchsorted(self.sold_at, [start, stop])
        return int(last - first)


def read_sale_periods(history: History, product_id: str | None, as_of: datetime) -> SalePeriods:
    """Read when a product (None: any) was sold, and in which launches, by what was known before ``as_of``."""
    sold_at = history.get_or_compute(("sales", product_id), lambda: _read_sales(history, product_id))
    now = to_microseconds(as_of)
    sold_at = sold_at[: np.searchsorted(sold_at, now)]
    launches = [
        (to_microseconds(launch.as_of), min(to_microseconds(launch.closes_at), now))
        for launch in history.launches.values()
        if launch.problem is None and launch.as_of < as_of and product_id in (None, launch.product_id)
    ]
    return SalePeriods(sold_at, tuple(launches))


def _read_sales(history: History, product_id: str | None) -> NDArray[np.int64]:
    sold = ds.field("bought")
    if product_id is not None:
        sold &= ds.field("product_id") == product_id
    return np.sort(times_to_microseconds(history.read("purchases", ["occurred_at"], sold)["occurred_at"]))


def _merge(periods: Iterable[Period]) -> list[Period]:
    """Return the periods in order, those that overlap as one."""
    merged: list[Period] = []
    for start, stop in sorted(periods):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], stop))
        else:
            merged.append((start, stop))
    return merged
