"""Tombstones: whoever was erased is kept out when a file, a pull, a webhook or a backup brings them back.

The rules are those by which rows find their contact. The address decides; an id decides where the row has no address;
a phone does together with the name, or where the row has no name.
"""

from collections.abc import Iterable, Iterator, Sequence

from django.db.models import F

from ..models import Contact, Identity, IdentityKind, Tombstone
from ..sealing.lookup import hash_tombstone
from .identifiers import PersonFields
from .lookup_keys import hash_email, hash_external, hash_phone, normalise_name


def find_erased(people: Sequence[PersonFields]) -> list[bool]:
    """Return of each row whether its person was erased, and count the rows that are left out for it.

    It is called in the transaction that writes the rows, once the keys of its people are locked.
    """
    digests = [list(_hash_row(person)) for person in people]
    wanted = {digest for some in digests for digest in some}
    known = set(Tombstone.objects.filter(digest__in=wanted).values_list("digest", flat=True))
    found = [next((digest for digest in some if digest in known), None) for some in digests]
    for digest in known:
        Tombstone.objects.filter(digest=digest).update(rows_kept_out=F("rows_kept_out") + found.count(digest))
    return [digest is not None for digest in found]


def list_lookups(contacts: Iterable[Contact]) -> set[tuple[str, bytes]]:
    """Return every identifier of some contacts: its kind, and its look-up hash."""
    contacts = list(contacts)
    lookups = set(Identity.objects.filter(contact__in=contacts).values_list("kind", "value_hmac"))
    lookups |= {(IdentityKind.EMAIL, contact.email_hmac) for contact in contacts}
    lookups |= {(IdentityKind.PHONE, contact.phone_hmac) for contact in contacts}
    return {(str(kind), key) for kind, key in lookups if key}


def hash_lookups(lookups: Iterable[tuple[str, bytes]], names: Iterable[str | None]) -> set[bytes]:
    """Return the digests of identifiers: of a number one with each of the names, and one without."""
    folded = {"", *map(normalise_name, names)}
    return {digest for kind, key in lookups for digest in _hash_lookup(kind, key, folded)}


def _hash_lookup(kind: str, key: bytes, names: set[str]) -> Iterator[bytes]:
    if kind == IdentityKind.EMAIL:
        yield hash_tombstone("email", key)
    elif kind == IdentityKind.PHONE:
        yield from (hash_tombstone("phone", key, name) for name in names)
    else:
        yield hash_tombstone("id", key)


def _hash_row(person: PersonFields) -> Iterator[bytes]:
    """Yield the digests that decide over one row."""
    if person.email:
        yield hash_tombstone("email", hash_email(person))
        return
    if person.external_id:
        yield hash_tombstone("id", hash_external(person))
    if person.phone:
        yield hash_tombstone("phone", hash_phone(person), normalise_name(person.name))
