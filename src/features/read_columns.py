"""The kernel's columns of a range of leads, read from a history."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from ..history import History
from ..history.lead_rows import coded, flags, lead_runs, microseconds, places, spans
from ..history.schema import STATUSES
from .columns import Captures, Events, LeadRows, Purchases

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
        known, bounds = lead_runs(leads)
        lie = [spans(bounds, places(known, wanted)) for wanted in cohorts]
        found = [
            one._replace(**{source: rows._replace(starts=starts, stops=stops)})
            for one, (starts, stops) in zip(found, lie, strict=True)
        ]
    return found


def _purchases(history: History, between: tuple[str, str], said: Sequence[str]) -> tuple[pa.ChunkedArray, Purchases]:
    table = history.read_leads("purchases", _PURCHASES, *between)
    status = coded(table["status"])
    return table["lead_id"], Purchases(
        *(_NOWHERE, _NOWHERE),
        times=microseconds(table["occurred_at"]),
        status=np.array([STATUSES.index(word) for word in status.words] + [0], np.int8)[status.codes],
        bought=flags(table["bought"]),
        ends=flags(table["ends"]),
        first_of_product=flags(table["first_of_product"]),
        net_amount=_money(table["net_amount"]),
        has_amount=flags(table["amount"].is_valid()),
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
        said={name: coded(table[name]) for name in said if name in table.column_names},
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


def lead_ids(leads: pd.Series) -> pa.Array:
    """Ids as Arrow has them, whose order is that of an imported history."""
    ids = pc.cast(pa.Array.from_pandas(leads), pa.large_string())
    return ids.combine_chunks() if isinstance(ids, pa.ChunkedArray) else ids


def _numbers(values: pa.ChunkedArray) -> NDArray[np.float64]:
    """NaN where there is none."""
    return np.ascontiguousarray(pc.fill_null(pc.cast(values, pa.float64()), np.nan).to_numpy())


def _money(values: pa.ChunkedArray) -> NDArray[np.int64]:
    """Decimals of four places as whole ten-thousandths: the lower half of each, in which the contract's amounts fit."""
    parts = [
        np.frombuffer(chunk.buffers()[1], np.int64)[2 * chunk.offset : 2 * (chunk.offset + len(chunk)) : 2]
        for chunk in values.chunks
        if len(chunk)
    ]
    return np.concatenate(parts) if parts else np.empty(0, np.int64)
