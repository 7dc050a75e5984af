"""A history's leads as a request holds them: for notebooks, benchmarks, and whoever sends a base through HTTP."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

from ...history import History
from ...history.schema import TABLES

_TABLES = {"captures": "leads", "purchases": "purchases", "events": "events"}


def build_request_leads(history: History, lead_ids: Iterable[str]) -> list[dict[str, Any]]:
    """One entry a lead, in the order asked, with all its rows; what a row leaves out is left out."""
    wanted = list(lead_ids)
    found = {name: _rows(history, table, set(wanted)) for name, table in _TABLES.items()}
    return [{"lead_id": lead} | {name: rows[lead] for name, rows in found.items() if lead in rows} for lead in wanted]


def _rows(history: History, table: str, wanted: set[str]) -> dict[str, list[dict[str, Any]]]:
    has = history.list_columns(table)
    forms = [name for name in has if name.startswith("attr_")]
    names = [name for name in (*TABLES[table].names, *forms) if name in has]
    rows = defaultdict(list)
    for row in history.read(table, names).to_pylist():
        lead = row.pop("lead_id")
        if lead in wanted:
            rows[lead].append({name: _plain(value) for name, value in row.items() if value is not None})
    return dict(rows)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return float(value) if isinstance(value, Decimal) else value
