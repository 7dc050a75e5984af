"""The rows of a few leads, read from the hub's tables exactly as the synced history would give them."""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from ...history.schema import ATTRIBUTE_PREFIX, TABLES
from ...scoring.online.rows import ParsedLead, parse_leads
from ...scoring.online.schemas import Event as EventFields
from ...scoring.online.schemas import Lead
from ...scoring.online.schemas import Purchase as PurchaseFields
from ..models import Capture, Event, Purchase
from ..money import convert_from_minor

_CAPTURE_TEXTS = tuple(
    sorted(set(TABLES["leads"].names) & {field.name for field in Capture._meta.concrete_fields} - {"captured_at"})
)
#: What a row is copied by, column for column; the others are written another way.
_NUMBERS = ("installments", "recurrence_number")
_PURCHASE_TEXTS = sorted({*PurchaseFields.__struct_fields__} - {"occurred_at", "amount", "currency", *_NUMBERS})
_EVENT_TEXTS = sorted({*EventFields.__struct_fields__} - {"occurred_at", "value"})


def read_leads(contact_ids: Sequence[int]) -> list[ParsedLead]:
    """Return the visible rows of contacts as the model reads them, in the contacts' order."""
    captures = _group(Capture.objects.visible().filter(contact__in=contact_ids).select_related("launch"))
    purchases = _group(Purchase.objects.visible().filter(contact__in=contact_ids))
    events = _group(Event.objects.visible().filter(contact__in=contact_ids))
    leads = [
        Lead(
            lead_id=str(contact_id),
            captures=[_describe_capture(row) for row in captures[contact_id]],
            purchases=[_describe_purchase(row) for row in purchases[contact_id]],
            events=[_describe_event(row) for row in events[contact_id]],
        )
        for contact_id in contact_ids
    ]
    return parse_leads(leads, [f"contact {contact_id}" for contact_id in contact_ids])


def _group(rows: Iterable[Any]) -> dict[int, list[Any]]:
    grouped = defaultdict(list)
    for row in rows:
        grouped[row.contact_id].append(row)
    return grouped


def _describe_capture(row: Capture) -> dict[str, str | float | None]:
    fields: dict[str, str | float | None] = {name: getattr(row, name) or None for name in _CAPTURE_TEXTS}
    attributes = {ATTRIBUTE_PREFIX + name: _write_answer(value) for name, value in row.attributes.items()}
    launch_id = row.launch.key if row.launch else None
    return {**fields, **attributes, "launch_id": launch_id, "captured_at": row.captured_at.isoformat()}


def _write_answer(value: object) -> str | None:
    """Return a form's answer as a text: what DuckDB's ``json_extract_string`` makes of it in the feed."""
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _describe_purchase(row: Purchase) -> PurchaseFields:
    fields: dict[str, Any] = {name: getattr(row, name) or None for name in _PURCHASE_TEXTS}
    fields |= {name: getattr(row, name) for name in _NUMBERS}
    amount = None if row.amount_minor is None else f"{convert_from_minor(row.amount_minor, row.currency):f}"
    return PurchaseFields(
        **fields, occurred_at=row.occurred_at.isoformat(), amount=amount, currency=row.currency or None
    )


def _describe_event(row: Event) -> EventFields:
    fields: dict[str, Any] = {name: getattr(row, name) or None for name in _EVENT_TEXTS}
    return EventFields(**fields, value=row.value, occurred_at=row.occurred_at.isoformat())
