"""Erasure in the database: a person's rows, then what they are recognised by."""

from collections.abc import Collection

from django.db import models, transaction

from ..clock import get_now
from ..models import (
    Capture,
    Contact,
    ContactMerge,
    CurrentScore,
    Event,
    Identity,
    InboxItem,
    InboxOutcome,
    Purchase,
    ReviewRequest,
    Score,
    Subscription,
)
from ..models.rollups import update_rollups
from .erasers import ErasedPerson

_ROWS: tuple[type[models.Model], ...] = (CurrentScore, Score, Capture, Purchase, Event, Subscription, ReviewRequest)
#: What one transaction deletes: within SQLite's 100 ms.
_CHUNK_ROWS = 500
#: A shorter name or id is no one's alone: "Ana" is in "Mariana", and 7 in most amounts.
_OWN_CHARACTERS = 8


def erase_rows(person: ErasedPerson) -> int:
    """Delete a person's captures, purchases, events and scores, and take them out of the counts."""
    removed = sum(_delete(model, person.contact_ids) for model in _ROWS)
    update_rollups(person.contact_ids)
    return removed


def erase_inbox(person: ErasedPerson) -> int:
    """Remove the bodies that speak of a person, and return how many; what they brought others stays as rows.

    They are those that brought the person's rows, and those that have an address, number, name or id of theirs. A short
    name or id finds none: it would remove what speaks of others, and what they may yet be made rows of.

    A body that waits stays sealed until it is processed, which leaves the person out.
    """
    items = InboxItem.objects.filter(body__isnull=False)
    spoken_of = set(items.filter(contacts__in=person.contact_ids).values_list("pk", flat=True))
    processed = items.exclude(outcome=InboxOutcome.WAITING)
    own = [text.casefold() for text in person.texts if "@" in text or len(text) >= _OWN_CHARACTERS]
    for pk, body in processed.values_list("pk", "body").iterator(_CHUNK_ROWS):
        text = bytes(body or b"").decode("utf-8", "replace").casefold()
        if any(wanted in text for wanted in own):
            spoken_of.add(pk)
    for start in range(0, len(spoken_of), _CHUNK_ROWS):
        chunk = sorted(spoken_of)[start : start + _CHUNK_ROWS]
        InboxItem.objects.filter(pk__in=chunk).update(body=None)
    InboxItem.contacts.through.objects.filter(contact__in=person.contact_ids).delete()
    return len(spoken_of)


def erase_identifiers(person: ErasedPerson) -> int:
    """Delete addresses, numbers, ids and names; of the contact its id stays, which consent and receipt refer to.

    Rows that somebody wrote by the contact's id meanwhile go first.
    """
    removed = erase_rows(person)
    ids = person.contact_ids
    with transaction.atomic():
        removed += Identity.objects.filter(contact__in=ids).delete()[0]
        removed += ContactMerge.objects.filter(models.Q(kept__in=ids) | models.Q(merged__in=ids)).delete()[0]
        Contact.objects.filter(pk__in=ids).update(
            email=None,
            email_hmac=None,
            phone=None,
            phone_hmac=None,
            name=None,
            country="",
            language="",
            erased_at=get_now(),
        )
    return removed


def delete_leftovers() -> int:
    """Delete rows that something wrote of erased people by their contact's id since, and return how many."""
    ids = {pk for model in _ROWS for pk in _list_erased(model)}
    removed = sum(_delete(model, ids) for model in _ROWS) if ids else 0
    update_rollups(ids)
    return removed


def _list_erased(model: type[models.Model]) -> models.QuerySet[models.Model, int]:
    erased = Contact.objects.filter(erased_at__isnull=False)
    return model._default_manager.filter(contact__in=erased).values_list("contact_id", flat=True).distinct()


def _delete(model: type[models.Model], contact_ids: Collection[int]) -> int:
    rows = model._default_manager.filter(contact__in=contact_ids)
    removed = 0
    while keys := list(rows.values_list("pk", flat=True)[:_CHUNK_ROWS]):
        with transaction.atomic():
            removed += model._default_manager.filter(pk__in=keys).delete()[0]
    return removed
