"""Merge two contacts into one: the elder stays, and what belongs to the other follows."""

from ..models import Capture, ConsentEvent, Contact, ContactMerge, CurrentScore, Event, Identity, Purchase, Score
from ..models.rollups import update_rollups

#: Tables whose rows follow a merge. ``original_contact_id`` stays, so that a merge can be undone.
_FOLLOWING = (Capture, Purchase, Event, ConsentEvent, Score)


def merge_contacts(one: Contact, other: Contact, *, reason: str) -> tuple[Contact, Contact]:
    """Merge two contacts, in the caller's transaction; return the one that stays and the one that became part of it.

    The elder stays, with its id. Its address and number stay too; where it has none it takes the other's. Present
    scores of the other go: the next scoring makes them anew, of all that belongs to the person now.
    """
    kept, merged = sorted((one, other), key=lambda contact: contact.pk)
    taken = {name: getattr(merged, name) for name in ("email", "phone", "name", "country", "language")}
    digests = {"email": merged.email_hmac, "phone": merged.phone_hmac}
    merged.email_hmac = None
    merged.merged_into = kept
    merged.save(update_fields=["email_hmac", "merged_into"])
    merged.merged_contacts.update(merged_into=kept)
    for name, value in taken.items():
        if value and not getattr(kept, name):
            setattr(kept, name, value)
            if name in digests:
                setattr(kept, f"{name}_hmac", digests[name])
    kept.came_by_file_only = kept.came_by_file_only and merged.came_by_file_only
    kept.save()
    for model in _FOLLOWING:
        model._default_manager.filter(contact=merged).update(contact=kept)
    _move_identities(kept, merged)
    CurrentScore.objects.filter(contact=merged).delete()
    ContactMerge.objects.create(kept=kept, merged=merged, reason=reason)
    update_rollups([kept.pk, merged.pk])
    return kept, merged


def _move_identities(kept: Contact, merged: Contact) -> None:
    """Give the other's identities to the elder; a phone that both have is the elder's already."""
    shared = Identity.objects.filter(contact=kept).values_list("value_hmac", flat=True)
    merged.identities.exclude(value_hmac__in=list(shared)).update(contact=kept)
