"""The kernel's columns of a range of leads, read from a history."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from features.columns import Captures, Coded, Events, LeadRows, Purchases
from history import History
from history.schema import STATUSES

_PURCHASES = [
    *("lead_id", "occurred_at", "status", "bought", "ends", "first_of_product", "net_amount", "amount", "currency"),
    *("product_id", "recurrence_number", "installments", "payment_method"),
]
_EVENTS = ["lead_id", "occurred_at", "event_type", "value"]
_CAPTURES = ("lead_id", "captured_at", "launch_id", "country")


def read_columns(
    history: History, cohorts: Sequence[pa.Array], sources: Sequence[str], said: Sequence[str]
) -> list[LeadRows]:
    """For each of ``cohorts`` (ids, each once and ordered) the rows of its leads in the tables of ``sources``.

    The tables are read once, so that the columns are the same arrays; ``said`` are the columns of captures to read.
    """
    ends = [(leads[0].as_py(), leads[-1].as_py()) for leads in cohorts if len(leads)]
    between = min((first for first, _ in ends), default=""), max((last for _, last in ends), default="")
    found = [LeadRows() for _ in cohorts]
    for source in sources:
        leads, rows = _READERS[source](history, between, said)
        runs = _runs(leads)
        spans = [_spans(*runs, wanted) for wanted in cohorts]
        found = [
            one._replace(**{source: rows._replace(starts=starts, stops=stops)})
            for one, (starts, stops) in zip(found, spans, strict=True)
        ]
    return found


def _purchases(history: History, between: tuple[str, str], said: Sequence[str]) -> tuple[pa.ChunkedArray, Purchases]:
    table = history.read_leads("purchases", _PURCHASES, *between)
    status = coded(table["status"])
    return table["lead_id"], Purchases(
        *(_NOWHERE, _NOWHERE),
        times=microseconds(table["occurred_at"]),
        status=np.array([STATUSES.index(word) for word in status.words] + [0], np.int8)[status.codes],
        bought=_flags(table["bought"]),
        ends=_flags(table["ends"]),
        first_of_product=_flags(table["first_of_product"]),
        net_amount=_money(table["net_amount"]),
        has_amount=_flags(table["amount"].is_valid()),
        recurrence_number=_numbers(pc.fill_null(table["recurrence_number"], 0)),
        installments=_numbers(table["installments"]),
        currency=coded(table["currency"]),
        product_id=coded(table["product_id"]),
        payment_method=coded(table["payment_method"]),
    )


def _captures(history: History, between: tuple[str, str], said: Sequence[str]) -> tuple[pa.ChunkedArray, Captures]:
    has = set(history.columns("leads"))
    names = list(dict.fromkeys((*_CAPTURES, *(name for name in said if name in has))))
    table = history.read_leads("leads", names, *between)
    return table["lead_id"], Captures(
        *(_NOWHERE, _NOWHERE),
        times=microseconds(table["captured_at"]),
        launch_id=coded(table["launch_id"]),
        country=coded(table["country"]),
        said={name: coded(table[name]) for name in said if name in has},
    )


def _events(history: History, between: tuple[str, str], said: Sequence[str]) -> tuple[pa.ChunkedArray, Events]:
    table = history.read_leads("events", _EVENTS, *between)
    return table["lead_id"], Events(
        *(_NOWHERE, _NOWHERE),
        times=microseconds(table["occurred_at"]),
        event_type=coded(table["event_type"]),
        value=_numbers(table["value"]),
    )


_NOWHERE = np.empty(0, np.int64)  # until it is known whose rows are wanted
_READERS: dict[str, Any] = {"purchases": _purchases, "captures": _captures, "events": _events}


def _runs(column: pa.ChunkedArray) -> tuple[pa.Array, NDArray[np.int64]]:
    """The leads of a table in their order, and where the rows of each begin, with the end of the last."""
    array = _dictionary(column)
    begins = np.flatnonzero(np.diff(array.indices.to_numpy(), prepend=-1))
    leads = pc.cast(array.dictionary.take(array.indices.take(pa.array(begins))), pa.large_string())
    return leads, np.append(begins, len(array))


def _spans(leads: pa.Array, bounds: NDArray[np.int64], wanted: pa.Array) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """``[start, stop)`` of each wanted lead's rows; empty for a lead without any."""
    place = pc.fill_null(pc.index_in(pc.cast(wanted, pa.large_string()), leads), -1)
    at = place.to_numpy(zero_copy_only=False).astype(np.int64)
    return bounds[at], np.append(bounds[1:], bounds[-1])[at]  # -1: from the end of all rows to the end of all rows


def _dictionary(column: pa.ChunkedArray) -> pa.DictionaryArray:
    """One array for all its chunks."""
    if not pa.types.is_dictionary(column.type):  # no text column, asked for as one
        column = pc.dictionary_encode(pc.cast(column, pa.string()))
    column = column.unify_dictionaries()
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


def coded(column: pa.ChunkedArray) -> Coded:
    """A column's values by their codes."""
    array = _dictionary(column)
    codes = pc.fill_null(array.indices, -1).to_numpy(zero_copy_only=False)
    return Coded(np.ascontiguousarray(codes, np.int32), array.dictionary.to_pylist())


def lead_ids(leads: pd.Series) -> pa.Array:
    """Ids as Arrow has them, whose order is that of an imported history."""
    ids = pc.cast(pa.Array.from_pandas(leads), pa.large_string())
    return ids.combine_chunks() if isinstance(ids, pa.ChunkedArray) else ids


def instants(times: pd.Series) -> NDArray[np.int64]:
    """UTC instants as microseconds since 1970."""
    return microseconds(pa.chunked_array([pa.Array.from_pandas(times.astype("datetime64[us, UTC]"))]))


def microseconds(values: pa.ChunkedArray) -> NDArray[np.int64]:
    """UTC instants as microseconds since 1970."""
    found: NDArray[np.int64] = np.ascontiguousarray(pc.cast(values, pa.int64()).to_numpy())
    return found


def _numbers(values: pa.ChunkedArray) -> NDArray[np.float64]:
    """NaN where there is none."""
    return np.ascontiguousarray(pc.fill_null(pc.cast(values, pa.float64()), np.nan).to_numpy())


def _flags(values: pa.ChunkedArray) -> NDArray[np.bool_]:
    return np.ascontiguousarray(values.to_numpy(), np.bool_)


def _money(values: pa.ChunkedArray) -> NDArray[np.int64]:
    """Decimals of four places as whole ten-thousandths: the lower half of each, in which the contract's amounts fit."""
    parts = [
        np.frombuffer(chunk.buffers()[1], np.int64)[2 * chunk.offset : 2 * (chunk.offset + len(chunk)) : 2]
        for chunk in values.chunks
        if len(chunk)
    ]
    return np.concatenate(parts) if parts else np.empty(0, np.int64)
