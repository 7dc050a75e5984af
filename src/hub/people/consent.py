"""Consent: events are appended, once each; what holds now is what the latest one of a purpose says."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from django.db.models import OuterRef, Subquery

from ..errors import HubError
from ..models import ConsentEvent, Contact, LegalBasis, Purpose
from ..sealing import hash_lookup


@dataclass(frozen=True)
class ConsentTerms:
    """What a source declares for its contacts: what for, on which basis, and the text that they saw.

    Attributes
    ----------
    purpose
        What the data is used for.
    basis
        Why that is lawful.
    text
        The words that people agreed to, or were told; empty where there are none.
    text_version
        The owner's name for these words.
    """

    purpose: Purpose
    basis: LegalBasis
    text: str = ""
    text_version: str = ""


def read_terms(purpose: str, basis: str, text: str = "", text_version: str = "") -> ConsentTerms | None:
    """Return the terms that somebody declares by words; None where they declare nothing.

    Raises HubError for a purpose or basis that there is not, and for one without the other.
    """
    if not (purpose or basis):
        return None
    for word, choices in ((purpose, Purpose), (basis, LegalBasis)):
        if word not in choices.values:
            kind = "purpose" if choices is Purpose else "legal basis"
            raise HubError(f"{word!r} is no {kind}; give one of {', '.join(choices.values)}")
    return ConsentTerms(Purpose(purpose), LegalBasis(basis), text, text_version)


@dataclass(frozen=True)
class Grant:
    """One contact that a source's terms hold for.

    Attributes
    ----------
    contact
        Who.
    occurred_at
        Since when.
    proof
        What proves it, by ids alone, such as ``upload 3``.
    origin
        What makes it the same event when it comes again: the key of the row that brought it.
    """

    contact: Contact
    occurred_at: datetime
    proof: str
    origin: bytes


def record_consent(terms: ConsentTerms, grants: Iterable[Grant], source: str) -> int:
    """Append a consent event for each grant that is new, in the caller's transaction, and return how many were.

    Parameters
    ----------
    terms
        What the source declares.
    grants
        The contacts, each with time and proof.
    source
        Where they came from, as captures name it.

    Returns
    -------
    int
        How many events are new; a grant that comes again is none.
    """
    digest = sha256(terms.text.encode()).hexdigest() if terms.text else ""
    declared = "\0".join((terms.purpose, terms.basis, terms.text_version, digest))
    events = {
        key: ConsentEvent(
            contact=grant.contact,
            original_contact_id=grant.contact.pk,
            purpose=terms.purpose,
            granted=True,
            basis=terms.basis,
            occurred_at=grant.occurred_at,
            text_version=terms.text_version,
            text_sha256=digest,
            source=source,
            proof=grant.proof,
            row_key=key,
        )
        for grant in grants
        if (key := hash_lookup("consent", f"{declared}\0{grant.origin.hex()}"))
    }
    present = set(ConsentEvent.objects.filter(row_key__in=events).values_list("row_key", flat=True))
    created = ConsentEvent.objects.bulk_create(
        [event for key, event in events.items() if key not in present], ignore_conflicts=True
    )
    return len(created)


def list_permitted(contact_ids: Sequence[int], purpose: Purpose) -> set[int]:
    """Return those of some contacts whose latest event of a purpose grants it: without one nothing leaves."""
    latest = (
        ConsentEvent.objects.filter(contact=OuterRef("pk"), purpose=purpose)
        .order_by("-occurred_at", "-pk")
        .values("granted")[:1]
    )
    contacts = Contact.objects.filter(pk__in=contact_ids).annotate(granted=Subquery(latest))
    return set(contacts.filter(granted=True).values_list("pk", flat=True))


def list_objectors() -> set[int]:
    """Return the contacts who have withdrawn profiling: they are neither scored nor learned from."""
    withdrawn = ConsentEvent.objects.filter(purpose=Purpose.PROFILING, granted=False)
    contact_ids = set(withdrawn.values_list("contact_id", flat=True))
    return contact_ids - list_permitted(sorted(contact_ids), Purpose.PROFILING)
