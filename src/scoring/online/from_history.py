"""Leads of a history in the form of a request, to send a history's leads to the service."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

from ...history import History
from ...history.schema import ATTRIBUTE_PREFIX, TABLES

#: The table of each list of a lead.
_TABLES = {"captures": "leads", "purchases": "purchases", "events": "events"}


def build_request_leads(history: History, lead_ids: Iterable[str]) -> list[dict[str, object]]:
    """Return leads with all their rows, as ``POST /score`` takes them in ``leads``.

    Parameters
    ----------
    history
        The history that has the leads.
    lead_ids
        The leads, in the order in which they are returned.

    Returns
    -------
    list of dict
        One entry a lead: ``lead_id`` and, if it has any, ``captures``, ``purchases`` and ``events``. Missing values
        are left out.

    Examples
    --------
    >>> leads = build_request_leads(history, ["lead-1"])  # doctest: +SKIP
    >>> httpx.post(f"{url}/score", json={"launch_id": launch_id, "leads": leads})  # doctest: +SKIP
    """
    lead_ids = list(lead_ids)
    tables = {name: _read_rows(history, table, set(lead_ids)) for name, table in _TABLES.items()}
    return [
        {"lead_id": lead_id} | {name: rows[lead_id] for name, rows in tables.items() if lead_id in rows}
        for lead_id in lead_ids
    ]


def _read_rows(history: History, table: str, lead_ids: set[str]) -> dict[str, list[dict[str, Any]]]:
    columns = history.list_columns(table)
    form_fields = [name for name in columns if name.startswith(ATTRIBUTE_PREFIX)]
    names = [name for name in (*TABLES[table].names, *form_fields) if name in columns]
    rows = defaultdict(list)
    for row in history.read(table, names).to_pylist():
        lead_id = row.pop("lead_id")
        if lead_id in lead_ids:
            rows[lead_id].append({name: _to_json(value) for name, value in row.items() if value is not None})
    return dict(rows)


def _to_json(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    return float(value) if isinstance(value, Decimal) else value
