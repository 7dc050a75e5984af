"""The rows of a history as the kernel reads them: sorted by lead and time, with what each row counts as."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from features.context import Context
from features.kernel import MEASURES, MICROSECONDS_A_DAY, ROW_FLAGS, KnownRows, known_stops
from history import History, Launch

_PURCHASE_COLUMNS = [
    "lead_id",
    "occurred_at",
    "status",
    "bought",
    "first_of_product",
    "amount",
    "net_amount",
    "currency",
    "recurrence_number",
]


def purchase_rows(history: History, cohort: pd.DataFrame, context: Context) -> KnownRows:
    """The ledger rows before ``as_of`` of each row of ``cohort`` (``lead_id``, ``as_of``)."""
    table = history.read("purchases", _PURCHASE_COLUMNS)
    times = _microseconds(table["occurred_at"])
    starts, ends = _slices(table["lead_id"], cohort["lead_id"])
    as_of = _microseconds(cohort["as_of"])
    stops = known_stops(times, starts, ends, as_of)
    counts = _counts_as_spend(table, context.currency)
    return KnownRows(
        times, _purchase_flags(table, times, counts), _purchase_measures(table, counts), starts, stops, as_of
    )


def capture_rows(history: History, cohort: pd.DataFrame, launch: Launch) -> KnownRows:
    """The captures known at ``as_of``: those before it, and the one at it that makes the lead part of the launch."""
    table = history.read("leads", ["lead_id", "captured_at", "launch_id"])
    as_of = _microseconds(cohort["as_of"])
    place = _places(table["lead_id"], cohort["lead_id"])
    times = _microseconds(table["captured_at"])
    own = _makes_part_of(launch, table["launch_id"])
    at = as_of[place] if len(as_of) else np.zeros(len(times), np.int64)
    known = (place >= 0) & ((times < at) | ((times == at) & own))
    counts = np.bincount(place[known], minlength=len(cohort))
    stops = np.cumsum(counts)
    times = times[known][np.argsort(place[known], kind="stable")]  # one lead's after another's, in the cohort's order
    measures = np.ones((len(MEASURES), len(times)))
    return KnownRows(times, np.full(len(times), ROW_FLAGS["any"]), measures, stops - counts, stops, as_of)


def _makes_part_of(launch: Launch, names: pa.ChunkedArray) -> NDArray[np.bool_]:
    """Which captures can make their lead part of the launch; a paid one's leads are in it by what they own."""
    if launch.strategy == "paid":
        return np.zeros(len(names), bool)
    own: NDArray[np.bool_] = pc.fill_null(pc.equal(names, launch.launch_id), launch.strategy == "perpetual").to_numpy()
    return own


def _counts_as_spend(table: pa.Table, currency: str | None) -> NDArray[np.bool_]:
    """Which rows' amounts can be added: those in ``currency``, or in none that is named."""
    if currency is None:
        return np.ones(len(table), bool)
    counts: NDArray[np.bool_] = pc.fill_null(pc.equal(table["currency"], currency), True).to_numpy()
    return counts


def _purchase_flags(table: pa.Table, times: NDArray[np.int64], counts: NDArray[np.bool_]) -> NDArray[np.int64]:
    bought, recurrence = table["bought"].to_numpy(), pc.fill_null(table["recurrence_number"], 0).to_numpy()
    kinds = {
        "any": np.ones(len(times), bool),
        "bought": bought,
        "priced": bought & counts & table["amount"].is_valid().to_numpy(),
        "charge": bought & (recurrence >= 1),
        "renewal": bought & (recurrence > 1),
        "first_of_product": table["first_of_product"].to_numpy(),
        "first_of_day": _first_of_day(table["lead_id"], times, bought),
        "refunded": pc.equal(table["status"], "refunded").to_numpy(),
        "chargeback": pc.equal(table["status"], "chargeback").to_numpy(),
    }
    flags = np.zeros(len(times), np.int64)
    for name, is_kind in kinds.items():
        flags |= np.where(is_kind, ROW_FLAGS[name], 0)
    return flags


def _first_of_day(leads: pa.ChunkedArray, times: NDArray[np.int64], bought: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which bought rows are their lead's first of a UTC day."""
    at = np.flatnonzero(bought)
    lead, day = _codes(leads)[at], times[at] // MICROSECONDS_A_DAY
    first = np.zeros(len(times), bool)
    first[at] = np.diff(lead, prepend=-1).astype(bool) | np.diff(day, prepend=np.iinfo(np.int64).min + 1).astype(bool)
    return first


def _purchase_measures(table: pa.Table, counts: NDArray[np.bool_]) -> NDArray[np.float64]:
    # What was paid in another currency counts as a purchase, not as spend.
    net = np.where(counts, pc.cast(table["net_amount"], pa.float64()).to_numpy(), 0.0)
    measures = np.ones((len(MEASURES), len(net)))
    measures[MEASURES["net_amount"]] = net
    measures[MEASURES["amount"]] = np.maximum(net, 0.0)
    measures[MEASURES["recurrence_number"]] = pc.fill_null(table["recurrence_number"], 0).to_numpy()
    return measures


def _microseconds(values: pa.ChunkedArray | pd.Series) -> NDArray[np.int64]:
    if isinstance(values, pd.Series):
        values = pa.chunked_array(pa.Array.from_pandas(values.astype("datetime64[us, UTC]")))
    found: NDArray[np.int64] = pc.cast(values, pa.int64()).to_numpy()
    return found


def _runs(leads: pa.ChunkedArray) -> tuple[pa.Array, NDArray[np.int64]]:
    """The leads in their order, and where the rows of each end."""
    encoded = pc.run_end_encode(leads.combine_chunks(), run_end_type=pa.int64())
    return encoded.values, encoded.run_ends.to_numpy()


def _codes(leads: pa.ChunkedArray) -> NDArray[np.int64]:
    values, ends = _runs(leads)
    return np.repeat(np.arange(len(values)), np.diff(ends, prepend=0))


def _slices(leads: pa.ChunkedArray, wanted: pd.Series) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    values, ends = _runs(leads)
    where = _index_in(wanted, values)
    starts, ends = np.append(np.concatenate(([0], ends[:-1])), 0), np.append(ends, 0)  # -1: an empty slice
    return starts[where], ends[where]


def _places(leads: pa.ChunkedArray, wanted: pd.Series) -> NDArray[np.int64]:
    """For each row the place of its lead among ``wanted``, or -1."""
    values, ends = _runs(leads)
    places = _index_in(values, pa.Array.from_pandas(wanted))
    return np.repeat(places, np.diff(ends, prepend=0))


def _index_in(values: pa.Array | pd.Series, among: pa.Array) -> NDArray[np.int64]:
    values = pa.Array.from_pandas(values) if isinstance(values, pd.Series) else values
    found: NDArray[np.int64] = pc.fill_null(
        pc.index_in(pc.cast(values, pa.large_string()), pc.cast(among, pa.large_string())), -1
    ).to_numpy(zero_copy_only=False)
    return found.astype(np.int64)
