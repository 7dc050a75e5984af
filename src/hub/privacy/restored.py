"""Erase again whom a restored backup brought back: the tombstones outlive it."""

from collections.abc import Iterator

from ...history.progress import ProgressCallback, ignore_progress
from ..models import Contact, Identity, IdentityKind, Tombstone
from ..people.lookup_keys import normalise_name
from ..people.tombstones import hash_lookups
from ..sealing.lookup import hash_tombstone
from .erasure import run_erasure, start_erasure

_CHUNK_ROWS = 2_000


def erase_again(digests: set[bytes], progress: ProgressCallback = ignore_progress) -> list[int]:
    """Put up tombstones that the database lacks, and erase the people whom they fit; return their contacts' ids.

    The rules are those of rows: an address decides, an id or a number with the name only of who has no address.
    """
    missing = digests - set(Tombstone.objects.values_list("digest", flat=True))
    Tombstone.objects.bulk_create([Tombstone(digest=digest) for digest in sorted(missing)], ignore_conflicts=True)
    found = {contact_id for contact_id, some in _hash_everybody() if some & missing} if missing else set()
    contacts = list(Contact.objects.filter(pk__in=found, erased_at=None).order_by("pk"))
    return sorted({run_erasure(start_erasure(contact, None), progress).contact_id for contact in contacts})


def _hash_everybody() -> Iterator[tuple[int, set[bytes]]]:
    """Yield the digests of every identifier that decides who its contact is."""
    others = Identity.objects.exclude(kind=IdentityKind.PHONE)
    for contact_id, kind, key, email in others.values_list(
        "contact_id", "kind", "value_hmac", "contact__email_hmac"
    ).iterator(_CHUNK_ROWS):
        if key and (kind == IdentityKind.EMAIL or email is None):
            yield contact_id, hash_lookups([(kind, key)], [])
    phones = Identity.objects.filter(kind=IdentityKind.PHONE, contact__email_hmac=None, contact__merged_into=None)
    for contact_id, key, name in phones.values_list("contact_id", "value_hmac", "contact__name").iterator(_CHUNK_ROWS):
        if key:
            yield contact_id, {hash_tombstone("phone", key, normalise_name(name))}
