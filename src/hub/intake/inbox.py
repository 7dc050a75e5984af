"""Process what waits in the inbox, some items a transaction, and give back what is to be processed again."""

import logging
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from itertools import groupby

from django.db import transaction
from django.db.models import QuerySet

from ..clock import get_now
from ..engine.arrivals import request_scoring
from ..errors import OUTAGES, describe_error
from ..models import InboxItem, InboxOutcome
from ..models.launch_rules import join_captures_of
from ..models.rollups import update_rollups
from ..models.write_turns import write_in_turn
from .inbox_processors import get_processor, load_processors

#: What one transaction processes: within SQLite's 100 ms.
CHUNK_ITEMS = 25
_RESET_ITEMS = 1_000
_ItemContact = InboxItem.contacts.through
_logger = logging.getLogger(__name__)


def process_waiting() -> bool:
    """Process the items that wait longest, once however many workers look; return whether there was any.

    What cannot be processed is kept with the reason, and keeps back nothing else.
    """
    waiting = InboxItem.objects.filter(outcome=InboxOutcome.WAITING).order_by("pk")
    sources = dict(waiting.values_list("pk", "source")[:CHUNK_ITEMS])
    if not sources:
        return False
    try:
        load_processors(sources.values())
        with write_in_turn():
            _process(_claim(waiting[:CHUNK_ITEMS]))
    except OUTAGES:  # nothing is noted of an item, which is processed later
        raise
    except Exception:
        for item_id in sources:
            _process_alone(item_id)
    return True


def replay_items(
    source: str = "", since: datetime | None = None, *, origin_id: int | None = None, only_unread: bool = True
) -> int:
    """Let items be processed again, after their parser was mended; return how many.

    Parameters
    ----------
    source
        Of this source; empty: of all.
    since
        Received at this instant or later; None: all.
    origin_id
        By this connection or credential; None: by all.
    only_unread
        Only those that failed, or that nobody could read; else those that were processed too, which changes nothing
        unless their rows are gone or read otherwise now.
    """
    outcomes = [InboxOutcome.FAILED, InboxOutcome.UNKNOWN] + ([] if only_unread else [InboxOutcome.PROCESSED])
    items = InboxItem.objects.filter(outcome__in=outcomes, body__isnull=False)
    if source:
        items = items.filter(source=source)
    if origin_id is not None:
        items = items.filter(origin_id=origin_id)
    if since is not None:
        items = items.filter(received_at__gte=since)
    ids = list(items.order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(ids), _RESET_ITEMS):
        chunk = ids[start : start + _RESET_ITEMS]
        InboxItem.objects.filter(pk__in=chunk).update(outcome=InboxOutcome.WAITING, error_code="", processed_at=None)
    return len(ids)


def _claim(waiting: QuerySet[InboxItem]) -> list[InboxItem]:
    """Return the items that no other worker has, locked for this transaction."""
    return list(waiting.select_for_update(skip_locked=True))


def _process(items: Sequence[InboxItem]) -> None:
    """Write the rows of items and note what became of each, in the caller's transaction."""
    became: defaultdict[tuple[InboxOutcome, str, str], list[int]] = defaultdict(list)
    spoken_of = []
    for source, group in groupby(sorted(items, key=_get_source), key=_get_source):
        of_source = list(group)
        for item, processed in zip(of_source, get_processor(source)(of_source), strict=True):
            became[processed.outcome, processed.event_type, processed.error_code].append(item.pk)
            spoken_of += [_ItemContact(inboxitem_id=item.pk, contact_id=pk) for pk in processed.contact_ids]
    for (outcome, event_type, error_code), ids in became.items():
        InboxItem.objects.filter(pk__in=ids).update(
            outcome=outcome, event_type=event_type, error_code=error_code, processed_at=get_now()
        )
    _ItemContact.objects.bulk_create(spoken_of, ignore_conflicts=True)
    _follow_up({row.contact_id for row in spoken_of})


def _follow_up(contact_ids: set[int]) -> None:
    """Let new captures join launches and count them, and ask for these people to be scored, in the transaction."""
    join_captures_of(contact_ids)
    update_rollups(contact_ids)
    request_scoring(contact_ids)


def _process_alone(item_id: int) -> None:
    """Process one item in a transaction of its own; what nobody foresaw is noted by its type and place alone."""
    waiting = InboxItem.objects.filter(pk=item_id, outcome=InboxOutcome.WAITING)
    try:
        with transaction.atomic():
            _process(_claim(waiting))
    except OUTAGES:
        raise
    except Exception as error:
        _logger.warning("inbox item %s failed: %s", item_id, describe_error(error))
        waiting.update(outcome=InboxOutcome.FAILED, error_code=type(error).__name__, processed_at=get_now())


def _get_source(item: InboxItem) -> str:
    return item.source
