"""Erase a person: keep them out first, then remove them everywhere, and write down what went where.

An erasure goes on where it was after a crash: each step may run again. The receipt holds the contact's id alone.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import Min

from ...history.progress import ProgressCallback, ignore_progress
from ...language import Phrase
from ..clock import get_now
from ..models import Capture, Contact, Erasure, ErasureState, Event, Identity, Purchase, Tombstone, User
from ..models.audit import record_action
from ..people.contacts import lock_keys
from ..people.tombstones import hash_lookups, list_lookups
from .compaction import compact_or_postpone
from .erasers import ERASERS, ErasedPerson
from .tombstone_file import add_tombstones


def start_erasure(contact: Contact, actor: User | None) -> Erasure:
    """Put up the tombstones of a person and begin the receipt; from now on no row of theirs comes in.

    Asking again for somebody gives the erasure that is there. Call ``run_erasure`` afterwards.

    Parameters
    ----------
    contact
        Whom to erase, with everybody who was merged into them.
    actor
        Who asks; None: the command line.

    Returns
    -------
    Erasure
        The receipt, with nothing removed yet.
    """
    with transaction.atomic():
        kept = contact.merged_into or contact
        earlier = Erasure.objects.filter(contact=kept).order_by("pk").last()
        if earlier is not None:
            return earlier
        people = [kept, *kept.merged_contacts.all()]
        lookups = list_lookups(people)
        lock_keys({key for _kind, key in lookups})  # who writes rows of this person ends first
        digests = hash_lookups(lookups, [person.name for person in people])
        erasure = Erasure.objects.create(contact=kept, requested_by=actor, learned_since=_find_first_row(people))
        Tombstone.objects.bulk_create(
            [Tombstone(digest=digest, erasure=erasure) for digest in sorted(digests)], ignore_conflicts=True
        )
        Tombstone.objects.filter(digest__in=digests, erasure=None).update(erasure=erasure)
        record_action(actor, "contact.erased", kept)
    return erasure


def run_erasure(erasure: Erasure, progress: ProgressCallback = ignore_progress) -> Erasure:
    """Remove a person everywhere, and return the receipt; what is done already is left alone.

    On SQLite it reads the feed by another library, so that no other thread of the process may use the database
    meanwhile: a command or a job.
    """
    if erasure.state != ErasureState.DONE:
        add_tombstones(stone.digest for stone in erasure.tombstones.all() if stone.digest)
        person = _describe(erasure)
        for number, eraser in enumerate(ERASERS, 1):
            progress(Phrase("step {number} of {steps}", number=number, steps=len(ERASERS)))
            count = eraser.load()(person)
            erasure.removed[eraser.name] = max(count, erasure.removed.get(eraser.name, 0))
            erasure.save(update_fields=["removed"])
        erasure.state = ErasureState.DONE
        erasure.finished_at = get_now()
        erasure.save(update_fields=["state", "finished_at"])
    progress(Phrase("the database's files"))
    compact_or_postpone(table for eraser in ERASERS for table in eraser.tables)
    erasure.refresh_from_db()
    return erasure


def _describe(erasure: Erasure) -> ErasedPerson:
    kept = erasure.contact
    people = [kept, *kept.merged_contacts.all()]
    texts = {text for person in people for text in (person.email, person.phone, person.name) if text}
    texts |= {value for value in Identity.objects.filter(contact__in=people).values_list("value", flat=True) if value}
    return ErasedPerson(erasure.pk, tuple(person.pk for person in people), tuple(sorted(texts)), erasure.learned_since)


def _find_first_row(people: list[Contact]) -> datetime | None:
    firsts = [
        model.objects.filter(contact__in=people).aggregate(first=Min("received_at"))["first"]
        for model in (Capture, Purchase, Event)
    ]
    return min((first for first in firsts if first), default=None)
