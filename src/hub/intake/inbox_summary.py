"""What arrived from each connection, and how long it took until its people's scores were on the pages."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from ..clock import get_now
from ..models import Connection, CurrentScore, InboxItem, InboxOutcome, Score, ScoreState

#: Freshness is measured on the latest items of a period, as many as these.
_MAX_ITEMS = 1_000
#: No more of a connection's deliveries are counted.
MAX_COUNTED = 100_000


@dataclass(frozen=True)
class ConnectionSummary:
    """A connection, and what arrived by it.

    Attributes
    ----------
    connection
        The connection.
    items, waiting, failed, unknown
        How many deliveries arrived, and how many of them wait, failed, or say what nobody reads yet; ``MAX_COUNTED``
        stands for as many or more.
    last_received_at
        When the last one came; None: none did.
    """

    connection: Connection
    items: int
    waiting: int
    failed: int
    unknown: int
    last_received_at: datetime | None


def summarize_connections() -> list[ConnectionSummary]:
    """Return the connections that are there, by name, with what arrived by each."""
    connections = Connection.objects.filter(removed_at=None).order_by("kind", "name")
    return [summarize_connection(connection) for connection in connections]


def summarize_connection(connection: Connection) -> ConnectionSummary:
    """Return what arrived by a connection, from indexes alone."""
    items = InboxItem.objects.filter(source=connection.kind, origin_id=connection.pk)
    unread = (InboxOutcome.WAITING, InboxOutcome.FAILED, InboxOutcome.UNKNOWN)
    waiting, failed, unknown = (items.filter(outcome=outcome)[:MAX_COUNTED].count() for outcome in unread)
    last = items.order_by("-pk").values_list("received_at", flat=True).first()
    return ConnectionSummary(connection, items[:MAX_COUNTED].count(), waiting, failed, unknown, last)


@dataclass(frozen=True)
class Freshness:
    """How long arrivals took, from the answer to their sender until their people's scores were on the pages.

    Attributes
    ----------
    items
        How many arrivals of the period were followed by a score of theirs.
    median_seconds, p95_seconds
        Half of them, and 95 of 100, took no longer.
    """

    items: int
    median_seconds: float
    p95_seconds: float


def measure_freshness(period: timedelta = timedelta(days=1)) -> Freshness | None:
    """Return how fresh scores are, by the latest arrivals of a period; None: no score followed any.

    People without a launch that is scored have none, and count for nothing.
    """
    pairs = _list_arrivals(get_now() - period)
    if not pairs:
        return None
    contact_ids = {contact_id for _, _, contact_id in pairs}
    since = min(received_at for _, received_at, _ in pairs)
    scores: defaultdict[int, list[tuple[datetime, datetime]]] = defaultdict(list)
    for model in (Score, CurrentScore):
        rows = model.objects.filter(contact__in=contact_ids, scored_at__gte=since)
        for contact_id, state, as_of, scored_at in rows.values_list("contact_id", "state", "as_of", "scored_at"):
            # A provisional score knows what there was as of its instant; others are as of an opening or a capture.
            scores[contact_id].append((as_of if state == ScoreState.PROVISIONAL else scored_at, scored_at))
    seconds: dict[int, float] = {}
    for item_id, received_at, contact_id in pairs:
        following = [scored_at for known_at, scored_at in scores[contact_id] if known_at >= received_at]
        if following:
            seconds[item_id] = max((min(following) - received_at).total_seconds(), seconds.get(item_id, 0.0))
    if not seconds:
        return None
    taken = np.array(list(seconds.values()))
    return Freshness(len(taken), float(np.quantile(taken, 0.5)), float(np.quantile(taken, 0.95)))


def _list_arrivals(begin: datetime) -> list[tuple[int, datetime, int]]:
    """Return the latest items since an instant, each with its own instant and somebody that it speaks of."""
    latest = InboxItem.objects.order_by("-pk").values_list("pk", "received_at")[:_MAX_ITEMS]
    arrived = {item_id: received_at for item_id, received_at in latest if received_at >= begin}
    if not arrived:
        return []
    people = InboxItem.contacts.through.objects.filter(inboxitem_id__gte=min(arrived))
    spoken_of = people.values_list("inboxitem_id", "contact_id")
    return [(pk, arrived[pk], contact_id) for pk, contact_id in spoken_of if pk in arrived]
