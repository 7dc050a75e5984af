"""What arrived from each connection."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max, Q

from ..models import Connection, InboxItem, InboxOutcome


@dataclass(frozen=True)
class ConnectionSummary:
    """A connection, and what arrived by it.

    Attributes
    ----------
    connection
        The connection.
    items, waiting, failed, unknown
        How many deliveries arrived, and how many of them wait, failed, or say what nobody reads yet.
    last_received_at
        When the last one came; None: none did.
    """

    connection: Connection
    items: int
    waiting: int
    failed: int
    unknown: int
    last_received_at: datetime | None


def summarise_connections() -> list[ConnectionSummary]:
    """Return the connections that are there, by name, with what arrived by each."""
    counted = InboxItem.objects.values_list("source", "origin_id").annotate(
        items=Count("pk"),
        waiting=Count("pk", filter=Q(outcome=InboxOutcome.WAITING)),
        failed=Count("pk", filter=Q(outcome=InboxOutcome.FAILED)),
        unknown=Count("pk", filter=Q(outcome=InboxOutcome.UNKNOWN)),
        last=Max("received_at"),
    )
    by_origin = {(source, origin_id): counts for source, origin_id, *counts in counted}
    summaries = []
    for connection in Connection.objects.filter(removed_at=None).order_by("kind", "name"):
        items, waiting, failed, unknown, last = by_origin.get((connection.kind, connection.pk), (0, 0, 0, 0, None))
        summaries.append(ConnectionSummary(connection, items, waiting, failed, unknown, last))
    return summaries
