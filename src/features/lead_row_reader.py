"""Reads the kernel's columns of a range of leads from a history."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from ..history import History
from ..history.lead_rows import (
    encode,
    find_lead_offsets,
    find_positions,
    find_row_spans,
    times_to_microseconds,
    to_booleans,
)
from ..history.schema import STATUSES
from .columns import Captures, Events, LeadRows, Purchases

_PURCHASES = [
    *("lead_id", "occurred_at", "status", "bought", "ends", "first_of_product", "net_amount", "amount", "currency"),
    *("product_id", "recurrence_number", "installments", "payment_method"),
]
_EVENTS = ["lead_id", "occurred_at", "event_type", "value"]
_CAPTURES = ("lead_id", "captured_at", "launch_id", "country")
_SourceRows = Purchases | Captures | Events
_Reader = Callable[[History, tuple[str, str], Sequence[str]], tuple[pa.ChunkedArray, _SourceRows]]


def read_lead_rows(
    history: History, cohorts: Sequence[pa.Array], sources: Sequence[str], capture_fields: Sequence[str]
) -> list[LeadRows]:
    """Return for each cohort the rows of its leads in the tables of ``sources``.

    The tables are read once, so that the cohorts' columns are the same arrays.

    Parameters
    ----------
    history : History
        The history to read.
    cohorts : sequence of arrays of text
        The ids of each cohort's leads, in order, each once.
    sources : sequence of str
        Of ``purchases``, ``captures`` and ``events``.
    capture_fields : sequence of str
        The columns of captures to read beside those that every plan reads.
    """
    ends = [(leads[0].as_py(), leads[-1].as_py()) for leads in cohorts if len(leads)]
    between = min((first for first, _ in ends), default=""), max((last for _, last in ends), default="")
    lead_rows = [LeadRows() for _ in cohorts]
    for source in sources:
        rows: Any
        column, rows = _READERS[source](history, between, capture_fields)
        leads, bounds = find_lead_offsets(column)
        ranges = [find_row_spans(bounds, find_positions(leads, cohort)) for cohort in cohorts]
        lead_rows = [
            rows_of_cohort._replace(**{source: rows._replace(starts=starts, stops=stops)})
            for rows_of_cohort, (starts, stops) in zip(lead_rows, ranges, strict=True)
        ]
    return lead_rows


def to_lead_ids(leads: pd.Series) -> pa.Array:
    """Return ids as Arrow has them, whose order is that of an imported history."""
    ids = pc.cast(pa.Array.from_pandas(leads), pa.large_string())
    return ids.combine_chunks() if isinstance(ids, pa.ChunkedArray) else ids


_NO_RANGES = np.empty(0, np.int64), np.empty(0, np.int64)  # until the leads whose rows are wanted are known


def _read_purchases(
    history: History, between: tuple[str, str], _capture_fields: Sequence[str]
) -> tuple[pa.ChunkedArray, Purchases]:
    table = history.read_leads("purchases", _PURCHASES, *between)
    status = encode(table["status"])
    return table["lead_id"], Purchases(
        *_NO_RANGES,
        times=times_to_microseconds(table["occurred_at"]),
        status=np.array([STATUSES.index(word) for word in status.categories] + [0], np.int8)[status.codes],
        bought=to_booleans(table["bought"]),
        ends=to_booleans(table["ends"]),
        first_of_product=to_booleans(table["first_of_product"]),
        net_amount=_to_money_units(table["net_amount"]),
        has_amount=to_booleans(table["amount"].is_valid()),
        recurrence_number=_to_floats(pc.fill_null(table["recurrence_number"], 0)),
        installments=_to_floats(table["installments"]),
        currency=encode(table["currency"]),
        product_id=encode(table["product_id"]),
        payment_method=encode(table["payment_method"]),
    )


def _read_captures(
    history: History, between: tuple[str, str], capture_fields: Sequence[str]
) -> tuple[pa.ChunkedArray, Captures]:
    columns = set(history.list_columns("leads"))
    names = list(dict.fromkeys((*_CAPTURES, *(name for name in capture_fields if name in columns))))
    table = history.read_leads("leads", names, *between)
    return table["lead_id"], Captures(
        *_NO_RANGES,
        times=times_to_microseconds(table["captured_at"]),
        launch_id=encode(table["launch_id"]),
        country=encode(table["country"]),
        fields={name: encode(table[name]) for name in capture_fields if name in table.column_names},
    )


def _read_events(
    history: History, between: tuple[str, str], _capture_fields: Sequence[str]
) -> tuple[pa.ChunkedArray, Events]:
    table = history.read_leads("events", _EVENTS, *between)
    return table["lead_id"], Events(
        *_NO_RANGES,
        times=times_to_microseconds(table["occurred_at"]),
        event_type=encode(table["event_type"]),
        value=_to_floats(table["value"]),
    )


_READERS: dict[str, _Reader] = {"purchases": _read_purchases, "captures": _read_captures, "events": _read_events}


def _to_floats(values: pa.ChunkedArray) -> NDArray[np.float64]:
    """Return numbers, NaN where there is none."""
    return np.ascontiguousarray(pc.fill_null(pc.cast(values, pa.float64()), np.nan).to_numpy())


def _to_money_units(values: pa.ChunkedArray) -> NDArray[np.int64]:
    """Return decimals of four places as whole ten-thousandths.

    Only the lower half of each decimal is read, in which the contract's amounts fit.
    """
    parts = [
        np.frombuffer(chunk.buffers()[1], np.int64)[2 * chunk.offset : 2 * (chunk.offset + len(chunk)) : 2]
        for chunk in values.chunks
        if len(chunk)
    ]
    return np.concatenate(parts) if parts else np.empty(0, np.int64)
