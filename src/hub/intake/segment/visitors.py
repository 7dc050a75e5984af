"""Visitors whom nobody knows yet: what they did waits in the inbox until one message says who they are.

From then on the visitor's id is one of the contact's, and what it did before counts as known from that moment: its
events have this time, so that no score before it knows them.
"""

from collections.abc import Collection
from datetime import datetime

from ...models import Identity, IdentityKind, InboxItem, InboxOutcome
from ...people.contacts import lock_keys
from .messages import hash_visitor, name_visitors

UNKNOWN_VISITOR = "unknown-visitor"


def find_joined(anonymous_ids: Collection[str], ids_of: str) -> dict[str, datetime]:
    """Return since when each visitor is known, of those that are; nobody joins them before this transaction ends."""
    keys = {hash_visitor(anonymous_id, ids_of): anonymous_id for anonymous_id in anonymous_ids}
    lock_keys(set(keys))
    known = Identity.objects.filter(value_hmac__in=list(keys)).values_list("value_hmac", "first_seen_at")
    return {keys[bytes(key or b"")]: since for key, since in known}


def join_visitor(anonymous_id: str, ids_of: str, contact_id: int, at: datetime) -> None:
    """Make a visitor's id one of a contact's, in the caller's transaction, and let what waited be processed.

    An id that is somebody's already stays theirs: a browser that two people use belongs to the first.
    """
    key = hash_visitor(anonymous_id, ids_of)
    lock_keys({key})
    if Identity.objects.filter(value_hmac=key).exists():
        return
    Identity.objects.create(
        contact_id=contact_id,
        kind=IdentityKind.VENDOR,
        source=name_visitors(ids_of),
        value=anonymous_id,
        value_hmac=key,
        first_seen_at=at,
    )
    InboxItem.objects.filter(visitor_hmac=key, outcome=InboxOutcome.UNKNOWN, body__isnull=False).update(
        outcome=InboxOutcome.WAITING, error_code="", processed_at=None
    )
