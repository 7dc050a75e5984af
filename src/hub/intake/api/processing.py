"""The inbox's processors of what programs send to ``/v1``: each item is one row."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec

from ...models import Credential, InboxItem, Launch
from ...people.consent import ConsentTerms
from ..credentials import read_declared_terms
from ..event_writer import write_event_rows
from ..inbox_processors import Processed
from ..reading import EXTERNAL_ID
from ..row_writer import Row, WriteOptions, WrittenRows, write_capture_rows, write_purchase_rows
from .schemas import EVENTS, LEADS, PURCHASES, RowTable, is_form_field

SOURCE = "api"
_Write = Callable[[Sequence[Row], WriteOptions], list[int | None]]


def process_leads(items: Sequence[InboxItem]) -> list[Processed]:
    """Write some leads, in the caller's transaction."""
    launches = dict(Launch.objects.values_list("key", "pk"))
    return _process(items, LEADS, lambda rows, options: write_capture_rows(rows, options, WrittenRows(), launches))


def process_purchases(items: Sequence[InboxItem]) -> list[Processed]:
    """Write some purchases, in the caller's transaction."""
    return _process(items, PURCHASES, lambda rows, options: write_purchase_rows(rows, options, WrittenRows()))


def process_events(items: Sequence[InboxItem]) -> list[Processed]:
    """Write some events, in the caller's transaction."""
    return _process(items, EVENTS, lambda rows, options: write_event_rows(rows, options, WrittenRows()))


def build_options(credential: Credential | None, terms: ConsentTerms | None) -> WriteOptions:
    """Return how the rows of a credential are written."""
    return WriteOptions(
        batch=None,
        proof=SOURCE if credential is None else f"credential {credential.pk}",
        default_country="" if credential is None else credential.default_country,
        terms=terms,
        external_source=SOURCE if credential is None else credential.ids_of,
        source=SOURCE,
        by_file=False,
    )


def build_row(table: RowTable, sent: Mapping[str, Any], received_at: datetime) -> dict[str, Any]:
    """Return a row as the writers of rows take it: every field by its name, what was not sent as None."""
    row: dict[str, Any] = dict.fromkeys((*table.struct.__struct_fields__, "country", "language"))
    row |= {name: value for name, value in sent.items() if name in row}
    row |= {name: _format(value) for name, value in sent.items() if is_form_field(name)}
    row[table.time] = datetime.fromisoformat(sent[table.time]) if sent.get(table.time) else received_at
    names = [sent.get("name"), sent.get("last_name")]
    row["name"] = " ".join(name for name in names if name)
    row[EXTERNAL_ID] = sent.get("external_id")
    if table is PURCHASES:
        row["status"] = sent.get("status") or "approved"
        row["amount"] = None if sent.get("amount") is None else Decimal(str(sent["amount"]))
    return row


def _process(items: Sequence[InboxItem], table: RowTable, write: _Write) -> list[Processed]:
    credentials = Credential.objects.in_bulk({item.origin_id for item in items if item.origin_id is not None})
    groups: defaultdict[int | None, list[InboxItem]] = defaultdict(list)
    for item in items:
        groups[item.origin_id].append(item)
    done: dict[int, Processed] = {}
    for origin_id, group in groups.items():
        credential = credentials.get(origin_id or 0)
        declares = credential is not None and table is LEADS
        options = build_options(credential, read_declared_terms(credential) if declares and credential else None)
        rows = [build_row(table, msgspec.json.decode(item.body or b"{}"), item.received_at) for item in group]
        for item, contact_id in zip(group, write(rows, options), strict=True):
            found = frozenset() if contact_id is None else frozenset({contact_id})
            done[item.pk] = Processed(table.name, contact_ids=found)
    return [done[item.pk] for item in items]


def _format(value: object) -> str | None:
    """Return a form field as captures keep it: whole numbers without a point."""
    if value is None:
        return None
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
