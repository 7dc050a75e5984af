"""Find or create the contacts that rows speak of, many at a time, in the transaction that writes the rows."""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from datetime import UTC
from itertools import chain

from django.db import connection
from django.db.models import QuerySet

from ..models import Contact, Identity, IdentityKind
from .identifiers import PersonFields
from .lookup_keys import hash_email, hash_external, hash_phone, normalise_name
from .merging import merge_contacts
from .tombstones import find_erased

_BLANKS = ("phone", "name", "country", "language")
_SAVED = ("email", "email_hmac", "phone_hmac", *_BLANKS, "said_at", "came_by_file_only")


def resolve_contacts(people: Sequence[PersonFields], *, by_file: bool) -> list[Contact | None]:
    """Return the contact of each row, created where nobody is known by its identifiers.

    None is the contact of a row that has no identifier, or whose person was erased.

    The address decides. An id decides where the row has no address, or where the id's contact has none yet, which then
    gets it. A phone alone finds a contact without an address that has the same name: a shared one never merges people.
    Where a contact without an address turns out to have somebody's, the two are merged. Blanks are filled in; what is
    known gives way to what the same address said before, so that the order of rows does not matter.

    Parameters
    ----------
    people
        What each row says. Rows of one person may come many times.
    by_file
        Whether the rows came by a file, and are no purchases from the owner (HL-7's policy).

    Returns
    -------
    list of Contact or None
        One for each row, saved.
    """
    lock_keys({key for person in people for key in _list_keys(person)})
    erased = find_erased(people)
    left_out = [not person.is_identified or is_erased for person, is_erased in zip(people, erased, strict=True)]
    resolver = _Resolver([person for person, is_out in zip(people, left_out, strict=True) if not is_out], by_file)
    contacts = [None if is_out else resolver.resolve(person) for person, is_out in zip(people, left_out, strict=True)]
    resolver.save()
    return [contact.merged_into or contact if contact else None for contact in contacts]


class _Resolver:
    """The contacts and identities that rows touch, read at once and written at once."""

    def __init__(self, people: Sequence[PersonFields], by_file: bool) -> None:
        self._by_file = by_file
        self._by_key: dict[bytes, Contact] = {}
        self._by_phone: dict[bytes, list[Contact]] = {}
        self._noted: set[tuple[int, bytes]] = set()
        self._contacts: list[Contact] = []
        self._changed: dict[int, Contact] = {}
        self._identities: list[Identity] = []
        known = self._read_contacts(people)
        phones = {hash_phone(person) for person in people if person.phone}
        # A number may be half a country's: of those with an address only these contacts' own are looked at.
        own = Identity.objects.filter(kind=IdentityKind.PHONE, contact__in=known, value_hmac__in=phones)
        for contact_id, key in own.values_list("contact_id", "value_hmac"):
            self._noted.add((id(known[contact_id]), key or b""))

    def resolve(self, person: PersonFields) -> Contact:
        email, external = hash_email(person), hash_external(person)
        contact = self._choose(person, self._by_key.get(email), self._by_key.get(external))
        if email and contact.email_hmac is None:
            contact.email, contact.email_hmac = person.email, email
            self._note(contact, IdentityKind.EMAIL, person.email, email)
        if external and external not in self._by_key:
            self._note(contact, IdentityKind.VENDOR, person.external_id, external, person.external_source)
        if person.phone:
            self._note(contact, IdentityKind.PHONE, person.phone, hash_phone(person))
        self._fill(contact, person)
        return contact

    def _read_contacts(self, people: Sequence[PersonFields]) -> dict[int, Contact]:
        """Remember the contacts that rows may speak of, locked for the transaction, and return them by id."""
        keys = {key for person in people for key in (hash_email(person), hash_external(person)) if key}
        alone = {hash_phone(person) for person in people if not person.email and not person.external_id}
        found = [Identity.objects.filter(value_hmac__in=keys)]
        if alone:
            without_address = Identity.objects.filter(kind=IdentityKind.PHONE, contact__email_hmac=None)
            found.append(without_address.filter(value_hmac__in=alone))
        fields = ("kind", "value_hmac", "contact_id", "contact__merged_into_id")
        identities = list(chain.from_iterable(each.values_list(*fields) for each in found))
        ids = {merged_into_id or contact_id for _, _, contact_id, merged_into_id in identities}
        known = {contact.pk: contact for contact in _lock_contacts(ids)}
        for kind, key, contact_id, merged_into_id in identities:
            self._remember(known[merged_into_id or contact_id], kind, bytes(key or b""))
        return known

    def save(self) -> None:
        """Write what is new and what changed."""
        Contact.objects.bulk_create([contact for contact in self._contacts if contact.pk is None])
        changed = [contact for _, contact in sorted(self._changed.items()) if contact.merged_into_id is None]
        Contact.objects.bulk_update(changed, _SAVED, batch_size=50)
        for identity in self._identities:
            identity.contact = identity.contact  # its contact may have got its id only now
        phones = [identity for identity in self._identities if identity.kind == IdentityKind.PHONE]
        _mark_shared(phones)
        Identity.objects.bulk_create(identity for identity in self._identities if identity.kind != IdentityKind.PHONE)
        # Another transaction may note the same number of the same contact, known there by another identifier.
        Identity.objects.bulk_create(phones, ignore_conflicts=True)
        self._contacts.clear()
        self._changed.clear()
        self._identities.clear()

    def _choose(self, person: PersonFields, by_email: Contact | None, by_external: Contact | None) -> Contact:
        if by_email and by_external and by_email is not by_external and by_external.email_hmac is None:
            return self._merge(by_email, by_external)
        if by_email:
            return by_email
        if by_external and (not person.email or by_external.email_hmac is None):
            return by_external
        if not person.email and not person.external_id:
            for contact in self._by_phone.get(hash_phone(person), ()):
                if contact.email_hmac is None and normalise_name(contact.name) == normalise_name(person.name):
                    return contact
        contact = Contact(came_by_file_only=self._by_file)
        self._contacts.append(contact)
        return contact

    def _merge(self, one: Contact, other: Contact) -> Contact:
        self.save()
        kept, merged = merge_contacts(one, other, reason="same_email")
        self._by_key = {key: kept if contact is merged else contact for key, contact in self._by_key.items()}
        for contacts in self._by_phone.values():
            contacts[:] = [kept if contact is merged else contact for contact in contacts]
        return kept

    def _note(self, contact: Contact, kind: IdentityKind, value: str, key: bytes, source: str = "") -> None:
        if (id(contact), key) in self._noted:
            return
        self._identities.append(Identity(contact=contact, kind=kind, source=source, value=value, value_hmac=key))
        self._remember(contact, kind, key)
        self._mark_changed(contact)

    def _remember(self, contact: Contact, kind: str, key: bytes) -> None:
        self._noted.add((id(contact), key))
        if kind == IdentityKind.PHONE:
            self._by_phone.setdefault(key, []).append(contact)
        else:
            self._by_key[key] = contact

    def _fill(self, contact: Contact, person: PersonFields) -> None:
        said_at = person.said_at.astimezone(UTC).isoformat(timespec="microseconds") if person.said_at else ""
        for name in _BLANKS:
            value, known = getattr(person, name), getattr(contact, name)
            if not value or (known and not _was_said_before(contact, name, (said_at, value))):
                continue
            setattr(contact, name, value)
            if name == "phone":
                contact.phone_hmac = hash_phone(person)
            if said_at:
                contact.said_at[name] = said_at
            self._mark_changed(contact)
        if contact.came_by_file_only and not self._by_file:
            contact.came_by_file_only = False
            self._mark_changed(contact)

    def _mark_changed(self, contact: Contact) -> None:
        if contact.pk is not None:
            self._changed[contact.pk] = contact


def _mark_shared(new: Sequence[Identity]) -> None:
    """Mark the new phones that somebody else has, and the one that was alone with its number until now."""
    times = Counter(phone.value_hmac or b"" for phone in new)
    phones = Identity.objects.filter(kind=IdentityKind.PHONE)
    marked = phones.filter(is_shared=True, value_hmac__in=times).values_list("value_hmac", flat=True)
    known = {key or b"" for key in marked.distinct()}
    # The first two who come with a number at once must see each other; who shares one that is marked waits for nobody.
    lock_keys(times.keys() - known)
    others = phones.filter(value_hmac__in=times.keys() - known).order_by("pk")  # in one order: no circle
    ids = dict(others.select_for_update(no_key=True).values_list("pk", "value_hmac"))
    known.update(key or b"" for key in ids.values())
    for phone in new:
        key = phone.value_hmac or b""
        phone.is_shared = key in known or times[key] > 1
    if ids:
        Identity.objects.filter(pk__in=ids).update(is_shared=True)


def _was_said_before(contact: Contact, name: str, said: tuple[str, str]) -> bool:
    """Return whether something was said of a contact before what is known; of one without an address all stays.

    Its name tells such a contact apart. Of two things said at once the first in the alphabet stays.
    """
    if contact.email_hmac is None or not said[0] or name not in contact.said_at:
        return False
    return said < (contact.said_at[name], getattr(contact, name))


def _list_keys(person: PersonFields) -> Iterator[bytes]:
    """Yield what decides whose a row is. A number does only where there is no address, so that families do not wait."""
    keys = (hash_email(person), hash_external(person), b"" if person.email else hash_phone(person))
    return (key for key in keys if key)


def _lock_contacts(ids: Collection[int]) -> QuerySet[Contact]:
    """Return contacts as they are now; what is known of them changes in this transaction alone until it ends."""
    contacts = Contact.objects.filter(pk__in=ids).order_by("pk")
    return contacts.select_for_update(no_key=True) if connection.vendor == "postgresql" else contacts


def lock_keys(keys: Collection[bytes]) -> None:
    """Let no other transaction create a contact of these keys; on SQLite the transaction is the only writer anyway."""
    if connection.vendor == "postgresql" and keys:
        numbers = sorted(int.from_bytes(key[:8], "big", signed=True) for key in keys)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(key) FROM unnest(%s::bigint[]) AS key", [numbers])
