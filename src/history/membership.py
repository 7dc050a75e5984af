"""The rules of cohorts and labels: which leads a launch scores, at which ``as_of``, and who bought."""

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

# Whom a launch scores: leads that were captured for it, all known leads, leads captured during it, owners.
_NAMED, _KNOWN, _CAPTURED, _OWNERS = range(4)
_NEVER = np.iinfo(np.int64).max
_NO_CATEGORIES = Categorical(np.empty(0, np.int32), ())
_NO_ENDINGS = np.empty(0, np.bool_), (np.empty(0, np.int64), np.empty(0, np.uint8))


class Members(NamedTuple):
    """A launch's leads in a range, in order of their ids.

    Attributes
    ----------
    positions
        Their positions in the range's ``lead_ids``.
    as_of
        Microseconds since 1970 (UTC).
    label
        1 bought, 0 not.
    label_mature
        The same of purchases that lasted, whether or not that time is over.
    """

    positions: NDArray[np.int64]
    as_of: NDArray[np.int64]
    label: NDArray[np.int8]
    label_mature: NDArray[np.int8]


class _CaptureColumns(NamedTuple):
    starts: NDArray[np.int64]
    stops: NDArray[np.int64]
    times: NDArray[np.int64]
    launch: NDArray[np.int32]


class _PurchaseColumns(NamedTuple):
    starts: NDArray[np.int64]
    stops: NDArray[np.int64]
    times: NDArray[np.int64]
    bought: NDArray[np.bool_]
    ends: NDArray[np.bool_]
    product: NDArray[np.int32]
    transactions: NDArray[np.int64]  # offsets of the rows' ids in the bytes
    ids: NDArray[np.uint8]
    counted: NDArray[np.int64]  # the rows that bought while any lead's label window is open: a few of all


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
            "seller_id",
            *(("product_id",) if self._products else ()),
            *(("ends", "transaction_id") if self._endings else ()),
        )

    def find_members(self, launch: Launch, rows: RangeRows) -> Members:
        """Return the leads of a launch in a range."""
        capture_starts, capture_ends = 0, 0
        if launch.strategy == "perpetual" and launch.capture_starts_at and launch.capture_ends_at:
            capture_starts = to_microseconds(launch.capture_starts_at)
            capture_ends = to_microseconds(launch.capture_ends_at)
        launch_ids = rows.captures.encode("launch_id")
        products = rows.purchases.encode("product_id") if self._products else _NO_CATEGORIES
        as_of, label, mature = _find_members(
            _CaptureColumns(rows.captures.starts, rows.captures.stops, rows.captures.times, launch_ids.codes),
            self._select_purchases(rows.purchases, products, launch),
            self._find_audience(launch),
            launch_ids.get_code(launch.launch_id),
            to_microseconds(launch.as_of),
            capture_starts,
            capture_ends,
            duration_to_microseconds(launch.length),
            -1 if self._maturity_days is None else duration_to_microseconds(timedelta(days=self._maturity_days)),
            launch.product_id is not None,
            products.get_code(launch.product_id),
            products.get_code(launch.entry_product_id),
        )
        positions = np.flatnonzero(as_of != _NEVER)
        return Members(positions, as_of[positions], label[positions], mature[positions])

    def _select_purchases(self, rows: TableRows, products: Categorical, launch: Launch) -> _PurchaseColumns:
        ends, ids = (rows.to_booleans("ends"), rows.to_utf8_buffers("transaction_id")) if self._endings else _NO_ENDINGS
        bought, times = rows.to_booleans("bought"), rows.times
        is_own = rows.table["seller_id"].is_null().to_numpy()
        counted = np.flatnonzero(
            (bought & is_own) & (times >= to_microseconds(launch.as_of)) & (times < to_microseconds(launch.closes_at))
        )
        return _PurchaseColumns(rows.starts, rows.stops, times, bought, ends, products.codes, *ids, counted)

    def _find_audience(self, launch: Launch) -> int:
        if launch.strategy != "classic":
            return _CAPTURED if launch.strategy == "perpetual" else _OWNERS
        first_captures = self._history.get_or_compute("first captures", lambda: _read_first_captures(self._history))
        first = first_captures.get(launch.launch_id)
        return _NAMED if first is not None and first <= to_microseconds(launch.as_of) else _KNOWN


def _read_first_captures(history: History) -> dict[str, int]:
    """Return the time of the first capture for each launch, microseconds since 1970 (UTC)."""
    with history.connect() as con:
        return dict(
            con.execute("SELECT launch_id, min(epoch_us(captured_at)) FROM leads GROUP BY launch_id").fetchall()
        )


@jit
def _find_members(
    captures: Any,
    purchases: Any,
    audience: int,
    launch: int,
    opens_at: int,
    capture_starts: int,
    capture_ends: int,
    length: int,
    maturity: int,
    one_product: bool,
    product: int,
    entry: int,
) -> Any:
    leads = len(purchases.starts)
    as_of, label, mature = np.full(leads, _NEVER), np.zeros(leads, np.int8), np.zeros(leads, np.int8)
    k = 0  # leads are in order, and so are the rows that count; a lead without rows starts at the end of all
    for i in range(leads):
        start, stop, first, last = purchases.starts[i], purchases.stops[i], captures.starts[i], captures.stops[i]
        if audience == _OWNERS:
            at = opens_at if _is_owner(purchases, start, stop, opens_at, entry) else _NEVER
        elif audience == _KNOWN:
            is_captured = first < last and captures.times[first] < opens_at
            at = opens_at if is_captured or (start < stop and purchases.times[start] < opens_at) else _NEVER
        else:
            at = _find_capture_time(captures, first, last, audience, launch, opens_at, capture_starts, capture_ends)
        while start < stop and k < len(purchases.counted) and purchases.counted[k] < start:
            k += 1
        if at == _NEVER or (one_product and _is_owner(purchases, start, stop, at, product)):
            continue
        as_of[i] = at
        if start < stop and k < len(purchases.counted) and purchases.counted[k] < stop:
            label[i], mature[i] = _compute_labels(purchases, k, stop, at, length, maturity, one_product, product)
    return as_of, label, mature


@jit
def _compute_labels(
    purchases: Any, first: int, stop: int, as_of: int, length: int, maturity: int, one_product: bool, product: int
) -> Any:
    """Return the label and the mature label: whether a purchase counts, and whether one lasted for ``maturity``.

    ``first`` is where the lead's rows begin in ``purchases.counted``; ``stop`` is the row at which they end.
    """
    label = mature = 0
    k = first
    while k < len(purchases.counted) and purchases.counted[k] < stop:
        row = purchases.counted[k]
        k += 1
        if as_of <= purchases.times[row] < as_of + length and (not one_product or purchases.product[row] == product):
            label = 1
            if maturity >= 0 and not _is_ended(purchases, row, stop, purchases.times[row] + maturity):
                mature = 1
    return label, mature


@jit
def _find_capture_time(
    captures: Any, start: int, stop: int, audience: int, launch: int, opens_at: int, begins: int, ends: int
) -> Any:
    """Return when the launch scores a lead by its captures; never if none makes it part of the launch."""
    for row in range(start, stop):
        time, launch_id = captures.times[row], captures.launch[row]
        if audience == _NAMED and launch_id == launch and time <= opens_at:
            return opens_at
        if audience == _CAPTURED and begins <= time < ends and (launch_id == launch or launch_id == -1):
            return time  # rows are in order of time
    return _NEVER


@jit
def _is_owner(purchases: Any, start: int, stop: int, at: int, product: int) -> Any:
    """Return whether a transaction bought the product and did not end, by the rows before ``at``."""
    for row in range(start, stop):
        if purchases.times[row] >= at:
            return False
        if purchases.bought[row] and purchases.product[row] == product and not _is_ended(purchases, row, stop, at):
            return True
    return False


@jit
def _is_ended(purchases: Any, row: int, stop: int, until: int) -> Any:
    """Return whether a row before ``until`` ends what ``row`` bought; only later rows can."""
    for later in range(row + 1, stop):
        if purchases.times[later] >= until:
            return False
        if purchases.ends[later] and is_same_text(purchases.transactions, purchases.ids, row, later):
            return True
    return False
