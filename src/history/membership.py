"""Which leads a launch scores, from when, and what they bought: the contract's rules over a range of leads."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .compilation import jit
from .launch import Launch
from .lead_rows import Categorical, is_same_text
from .scan import RangeRows, TableRows
from .timestamps import duration_to_microseconds, to_microseconds

if TYPE_CHECKING:
    from .store import History

_NAMED, _KNOWN, _CAPTURED, _OWNERS = range(4)
_NEVER = np.iinfo(np.int64).max
_NO_WORDS = Categorical(np.empty(0, np.int32), ())
_NO_ENDS = np.empty(0, np.bool_), (np.empty(0, np.int64), np.empty(0, np.uint8))


class Members(NamedTuple):
    """A launch's leads in a range, in order."""

    positions: NDArray[np.int64]  # among the range's leads
    as_of: NDArray[np.int64]  # microseconds UTC
    label: NDArray[np.int8]
    label_mature: NDArray[np.int8]  # whatever time is over


class _Captured(NamedTuple):
    starts: NDArray[np.int64]
    stops: NDArray[np.int64]
    times: NDArray[np.int64]
    launch: NDArray[np.int32]


class _Sold(NamedTuple):
    starts: NDArray[np.int64]
    stops: NDArray[np.int64]
    times: NDArray[np.int64]
    bought: NDArray[np.bool_]
    ends: NDArray[np.bool_]
    product: NDArray[np.int32]
    transactions: NDArray[np.int64]  # where the id of each row begins in the bytes, with the end of the last
    ids: NDArray[np.uint8]
    counted: NDArray[np.int64]  # the rows that bought while any lead's label is open: few beside all


class Membership:
    """The contract's rules on who belongs to a launch's cohort, applied to ranges of leads.

    Parameters
    ----------
    history
        The history that the ranges come from.
    launches
        The launches that ``find_members`` will be called with.
    maturity_days
        How many days a purchase must last to count in ``label_mature``; None: no mature labels.

    Raises
    ------
    LaunchError
        If a launch lacks a time.
    """

    capture_columns = ("launch_id",)

    def __init__(self, history: History, launches: Sequence[Launch], maturity_days: int | None = None) -> None:
        for launch in launches:
            launch.check()
        self._history = history
        self._maturity_days = maturity_days
        self._products = any(launch.product_id is not None or launch.strategy == "paid" for launch in launches)
        self._endings = self._products or maturity_days is not None
        self.purchase_columns = (
            "bought",
            *(("product_id",) if self._products else ()),
            *(("ends", "transaction_id") if self._endings else ()),
        )

    def find_members(self, launch: Launch, rows: RangeRows) -> Members:
        """The leads of ``launch`` among ``rows``."""
        starts_at, ends_at = 0, 0
        if launch.strategy == "perpetual" and launch.capture_starts_at and launch.capture_ends_at:
            starts_at, ends_at = to_microseconds(launch.capture_starts_at), to_microseconds(launch.capture_ends_at)
        named = rows.captures.encode("launch_id")
        products = rows.purchases.encode("product_id") if self._products else _NO_WORDS
        as_of, label, mature = _members(
            _Captured(rows.captures.starts, rows.captures.stops, rows.captures.times, named.codes),
            self._sold(rows.purchases, products, launch),
            self._who(launch),
            named.get_code(launch.launch_id),
            to_microseconds(launch.as_of),
            starts_at,
            ends_at,
            duration_to_microseconds(launch.length),
            -1 if self._maturity_days is None else duration_to_microseconds(timedelta(days=self._maturity_days)),
            launch.product_id is not None,
            products.get_code(launch.product_id),
            products.get_code(launch.entry_product_id),
        )
        at = np.flatnonzero(as_of != _NEVER)
        return Members(at, as_of[at], label[at], mature[at])

    def _sold(self, rows: TableRows, products: Categorical, launch: Launch) -> _Sold:
        ends, ids = (rows.to_booleans("ends"), rows.to_utf8_buffers("transaction_id")) if self._endings else _NO_ENDS
        bought, times = rows.to_booleans("bought"), rows.times
        counted = np.flatnonzero(
            bought & (times >= to_microseconds(launch.as_of)) & (times < to_microseconds(launch.closes_at))
        )
        return _Sold(rows.starts, rows.stops, times, bought, ends, products.codes, *ids, counted)

    def _who(self, launch: Launch) -> int:
        if launch.strategy != "classic":
            return _CAPTURED if launch.strategy == "perpetual" else _OWNERS
        first = self._history.get_or_compute("first captures", lambda: _first_captures(self._history))
        named = first.get(launch.launch_id)
        return _NAMED if named is not None and named <= to_microseconds(launch.as_of) else _KNOWN


def _first_captures(history: History) -> dict[str, int]:
    """The first capture that names each launch, microseconds UTC."""
    with history.connect() as con:
        return dict(
            con.execute("SELECT launch_id, min(epoch_us(captured_at)) FROM leads GROUP BY launch_id").fetchall()
        )


@jit
def _members(
    captured: Any,
    sold: Any,
    who: int,
    own: int,
    opens_at: int,
    capture_begins: int,
    capture_ends: int,
    length: int,
    maturity: int,
    one_product: bool,
    product: int,
    entry: int,
) -> Any:
    leads = len(sold.starts)
    as_of, label, mature = np.full(leads, _NEVER), np.zeros(leads, np.int8), np.zeros(leads, np.int8)
    k = 0  # leads lie in order, and so do the rows that count; but who has none starts at the end of all
    for i in range(leads):
        start, stop, first, last = sold.starts[i], sold.stops[i], captured.starts[i], captured.stops[i]
        if who == _OWNERS:
            at = opens_at if _owns(sold, start, stop, opens_at, entry) else _NEVER
        elif who == _KNOWN:
            shown = first < last and captured.times[first] < opens_at
            at = opens_at if shown or (start < stop and sold.times[start] < opens_at) else _NEVER
        else:
            at = _captured_at(captured, first, last, who, own, opens_at, capture_begins, capture_ends)
        while start < stop and k < len(sold.counted) and sold.counted[k] < start:
            k += 1
        if at == _NEVER or (one_product and _owns(sold, start, stop, at, product)):
            continue
        as_of[i] = at
        if start < stop and k < len(sold.counted) and sold.counted[k] < stop:
            label[i], mature[i] = _labels(sold, k, stop, at, length, maturity, one_product, product)
    return as_of, label, mature


@jit
def _labels(
    sold: Any, first: int, stop: int, as_of: int, length: int, maturity: int, one_product: bool, product: int
) -> Any:
    """Whether a purchase counts, and whether one of them was kept for the time of ``maturity``.

    Looked at are the rows of ``sold.counted`` from the place ``first`` on, up to the row ``stop``.
    """
    label = mature = 0
    k = first
    while k < len(sold.counted) and sold.counted[k] < stop:
        row = sold.counted[k]
        k += 1
        if as_of <= sold.times[row] < as_of + length and (not one_product or sold.product[row] == product):
            label = 1
            if maturity >= 0 and not _ended(sold, row, stop, sold.times[row] + maturity):
                mature = 1
    return label, mature


@jit
def _captured_at(
    captured: Any, start: int, stop: int, who: int, own: int, opens_at: int, begins: int, ends: int
) -> Any:
    """When the launch scores a lead by its captures; never, where none makes it part of the launch."""
    for row in range(start, stop):
        time, named = captured.times[row], captured.launch[row]
        if who == _NAMED and named == own and time <= opens_at:
            return opens_at
        if who == _CAPTURED and begins <= time < ends and (named == own or named == -1):
            return time  # rows are in order of time
    return _NEVER


@jit
def _owns(sold: Any, start: int, stop: int, at: int, product: int) -> Any:
    """Whether a transaction bought the product and did not end, by the rows before ``at``."""
    for row in range(start, stop):
        if sold.times[row] >= at:
            return False
        if sold.bought[row] and sold.product[row] == product and not _ended(sold, row, stop, at):
            return True
    return False


@jit
def _ended(sold: Any, row: int, stop: int, until: int) -> Any:
    """Whether a row before ``until`` ends what the row ``row`` bought: only later ones can."""
    for later in range(row + 1, stop):
        if sold.times[later] >= until:
            return False
        if sold.ends[later] and is_same_text(sold.transactions, sold.ids, row, later):
            return True
    return False
