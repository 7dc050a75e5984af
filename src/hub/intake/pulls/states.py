"""People's states as accounts tell them, made into events: one each time that it is another than the latest known.

The latest known is that of the person and the product, by whichever way it came: a pull adds nothing to what a webhook
told already.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from ...models import Event
from ..event_writer import write_event_rows
from ..row_writer import Row, WriteOptions, WrittenRows, resolve_rows


@dataclass(frozen=True)
class LatestEvent:
    """The latest event of some types that a person has of a product.

    Attributes
    ----------
    event_type
        Its type.
    occurred_at
        When it was.
    value
        Its value.
    """

    event_type: str
    occurred_at: datetime
    value: float | None


@dataclass(frozen=True)
class StateRules:
    """Which events are states of one thing, and when another one is a change.

    Attributes
    ----------
    event_types
        The types that exclude each other: the latest of them holds.
    is_change
        Whether a row says something else than the latest event; None: there is none.
    as_of
        When a change was found that says no instant, or one before the latest event.
    """

    event_types: Collection[str]
    is_change: Callable[[Row, LatestEvent | None], bool]
    as_of: datetime


def write_changes(
    rows: Sequence[Row], options: WriteOptions, written: WrittenRows, rules: StateRules
) -> list[int | None]:
    """Write the rows of events that are a change, in the caller's transaction, and return the contact of each.

    The rows are those of ``write_event_rows``; ``occurred_at`` may be None.
    """
    contacts, _ = resolve_rows(rows, options, WrittenRows())
    latest = _read_latest({contact for contact in contacts if contact is not None}, rules.event_types)
    changes = []
    for row, contact in zip(rows, contacts, strict=True):
        key = (contact or 0, row["product_id"])
        known = latest.get(key)
        if contact is None or not rules.is_change(row, known):
            continue
        happened_at = row["occurred_at"]
        if happened_at is None or (known is not None and happened_at <= known.occurred_at):
            happened_at = rules.as_of
        changes.append({**row, "occurred_at": happened_at})
        latest[key] = LatestEvent(row["event_type"], happened_at, row["value"])
    return write_event_rows(changes, options, written)


def _read_latest(contact_ids: Collection[int], event_types: Collection[str]) -> dict[tuple[int, str], LatestEvent]:
    events = Event.objects.filter(contact__in=contact_ids, default_type__in=event_types).order_by("occurred_at", "pk")
    found = events.values_list("contact_id", "product_id", "default_type", "occurred_at", "value")
    return {
        (contact_id, product_id): LatestEvent(event_type, occurred_at, value)
        for contact_id, product_id, event_type, occurred_at, value in found
    }
