"""The job that applies the owner's rules to the events that are there: only their type changes."""

from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

from django.conf import settings

from ...language import Phrase
from ..engine.arrivals import request_scoring
from ..engine.kinds import Options, Result
from ..feed.removal import remove_events
from ..feed.sync import FEED_FOLDER
from ..intake.event_rules import find_type, load_rules
from ..models import Event
from ..models.write_turns import write_in_turn

#: What one transaction changes: within SQLite's 100 ms.
_CHUNK_ROWS = 500
_FIELDS = ("pk", "contact_id", "event_name", "page", "product_id", "default_type", "event_type")


def apply_event_rules(_options: Options, progress: Callable[[str], None]) -> Result:
    """Give each event the type that the rules say now, and have its people scored anew."""
    after, read, changed = 0, 0, 0
    while rows := list(Event.objects.filter(pk__gt=after).order_by("pk").values_list(*_FIELDS)[:_CHUNK_ROWS]):
        with write_in_turn():
            changed += _apply(rows)
        after, read = rows[-1][0], read + len(rows)
        progress(Phrase("{read:,} events read, {changed:,} of another type now", read=read, changed=changed))
    remove_events(Path(settings.HUB_DATA) / FEED_FOLDER)  # the next history has the events as they are now
    return {"events": read, "changed": changed}


def _apply(rows: list[tuple[int, int, str, str, str, str, str]]) -> int:
    rules = load_rules()
    changes: defaultdict[str, list[int]] = defaultdict(list)
    contact_ids = set()
    for pk, contact_id, event_name, page, product_id, default_type, event_type in rows:
        found = find_type(rules, event_name, page, product_id, default_type)
        if found != event_type:
            changes[found].append(pk)
            contact_ids.add(contact_id)
    for event_type, ids in changes.items():
        Event.objects.filter(pk__in=ids).update(event_type=event_type)
    request_scoring(contact_ids)
    return sum(map(len, changes.values()))
