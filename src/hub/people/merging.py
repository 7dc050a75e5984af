"""Merge two contacts into one, and undo it: the elder stays, and what belongs to the other follows."""

from typing import TypedDict

from django.db import models

from ..clock import get_now
from ..errors import HubError
from ..models import (
    Capture,
    ConsentEvent,
    Contact,
    ContactMerge,
    CurrentScore,
    Event,
    Identity,
    Purchase,
    Score,
    Subscription,
)
from ..models.rollups import update_rollups
from ..sealing import hash_lookup

#: Tables whose rows follow a merge. ``original_contact_id`` stays, so that undoing it knows whose they are.
_FOLLOWING = (Capture, Purchase, Event, ConsentEvent, Subscription)
_FILLED = ("email", "phone", "name", "country", "language")
_LOOKED_UP = ("email", "phone")
_BY_FILE = "csv"


class MergeError(HubError):
    """These two cannot be merged, or this merge cannot be undone."""

    code = "merge"


class MovedRows(TypedDict):
    """What a merge moved that its rows do not tell: ids, and the columns that the elder filled from the other."""

    identities: list[int]
    scores: list[int]
    contacts: list[int]
    fields: list[str]
    came_by_file_only: bool


def merge_contacts(one: Contact, other: Contact, *, reason: str) -> tuple[Contact, Contact]:
    """Merge two contacts, in the caller's transaction; return the one that stays and the one that became part of it.

    The elder stays, with its id. Its address and number stay too; where it has none it takes the other's. Present
    scores of the other go: the next scoring makes them anew, of all that belongs to the person now.
    """
    kept, merged = sorted((one, other), key=lambda contact: contact.pk)
    if kept.pk == merged.pk or kept.merged_into_id or merged.merged_into_id or kept.erased_at or merged.erased_at:
        raise MergeError("these are one contact already, or one of them was erased")
    identities = _list_movable(kept, merged)
    moved: MovedRows = {
        "identities": list(identities.values_list("pk", flat=True)),
        "scores": list(Score.objects.filter(contact=merged).values_list("pk", flat=True)),
        "contacts": list(merged.merged_contacts.values_list("pk", flat=True)),
        "fields": [name for name in _FILLED if getattr(merged, name) and not getattr(kept, name)],
        "came_by_file_only": kept.came_by_file_only,
    }
    digests = {"email": merged.email_hmac, "phone": merged.phone_hmac}
    merged.email_hmac = None
    merged.merged_into = kept
    merged.save(update_fields=["email_hmac", "merged_into"])
    merged.merged_contacts.update(merged_into=kept)
    for name in moved["fields"]:
        setattr(kept, name, getattr(merged, name))
        if name in digests:
            setattr(kept, f"{name}_hmac", digests[name])
    kept.came_by_file_only = kept.came_by_file_only and merged.came_by_file_only
    kept.save()
    for model in (*_FOLLOWING, Score):
        model._default_manager.filter(contact=merged).update(contact=kept)
    Identity.objects.filter(pk__in=moved["identities"]).update(contact=kept)
    CurrentScore.objects.filter(contact=merged).delete()
    ContactMerge.objects.create(kept=kept, merged=merged, reason=reason, moved=moved)
    update_rollups([kept.pk, merged.pk])
    return kept, merged


def undo_merge(merge: ContactMerge) -> tuple[Contact, Contact]:
    """Part two contacts again, in the caller's transaction; return the elder and the one that left it.

    Each row goes back to whom it arrived for; what arrived since stays with the elder. Present scores are made anew by
    the next scoring.

    Raises
    ------
    MergeError
        It is undone already, or one of the two was merged again since: that merge comes first.
    """
    later = ContactMerge.objects.filter(undone_at=None, pk__gt=merge.pk).filter(
        models.Q(kept__in=[merge.kept_id, merge.merged_id]) | models.Q(merged__in=[merge.kept_id, merge.merged_id])
    )
    latest = later.order_by("-pk").first()
    if merge.undone_at is not None or latest is not None:
        remedy = f"undo merge {latest.pk} first" if latest else "it is undone already"
        raise MergeError(f"merge {merge.pk} cannot be undone: {remedy}")
    moved: MovedRows = merge.moved
    kept, merged = Contact.objects.get(pk=merge.kept_id), Contact.objects.get(pk=merge.merged_id)
    for name in moved["fields"]:
        setattr(kept, name, "" if name in ("country", "language") else None)
        if name in _LOOKED_UP:
            setattr(kept, f"{name}_hmac", None)
    kept.came_by_file_only = moved["came_by_file_only"] and not _came_otherwise_since(merge)
    kept.save()
    merged.merged_into = None
    merged.email_hmac = hash_lookup("email", merged.email) if merged.email else None
    merged.save(update_fields=["email_hmac", "merged_into"])
    Contact.objects.filter(pk__in=moved["contacts"]).update(merged_into=merged)
    for model in _FOLLOWING:
        rows = model._default_manager.filter(contact=kept, original_contact_id__in=[merged.pk, *moved["contacts"]])
        rows.update(contact=merged)
    Score.objects.filter(pk__in=moved["scores"]).update(contact=merged)
    Identity.objects.filter(pk__in=moved["identities"]).update(contact=merged)
    merge.undone_at = get_now()
    merge.save(update_fields=["undone_at"])
    update_rollups([kept.pk, merged.pk])
    return kept, merged


def _list_movable(kept: Contact, merged: Contact) -> models.QuerySet[Identity]:
    """Return the other's identities; a phone that both have is the elder's already."""
    shared = Identity.objects.filter(contact=kept).values_list("value_hmac", flat=True)
    return merged.identities.exclude(value_hmac__in=list(shared))


def _came_otherwise_since(merge: ContactMerge) -> bool:
    """Return whether the elder was captured, or bought, by another way than a file after the merge."""
    return any(
        model.objects.filter(original_contact_id=merge.kept_id, received_at__gt=merge.merged_at)
        .exclude(source=_BY_FILE)
        .exists()
        for model in (Capture, Purchase)
    )
