"""Consent: events are appended, once each; what holds now is what the latest one of a purpose says.

Without a grant nothing leaves: ``find_suppressions`` says of whom and why, ``count_reachable`` of how many in a tier.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256

from django.db import connection
from django.db.models import Count, OuterRef, Subquery

from ..clock import get_now
from ..errors import HubError
from ..models import ConsentEvent, Contact, CurrentScore, Launch, LegalBasis, Purpose, Tier
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
    contacts = Contact.objects.filter(pk__in=contact_ids).annotate(granted=_select_latest(purpose))
    return set(contacts.filter(granted=True).values_list("pk", flat=True))


class Suppression(StrEnum):
    """Why nothing may be sent to somebody for a purpose."""

    WITHDRAWN = "withdrawn"
    NO_BASIS = "no_basis"


def find_suppressions(contact_ids: Sequence[int], purpose: Purpose) -> dict[int, Suppression]:
    """Return those of some contacts to whom nothing may be sent for a purpose, each with the reason.

    A delivery asks twice: when it is queued, and again in the transaction that sends it.
    """
    contacts = Contact.objects.filter(pk__in=contact_ids).annotate(granted=_select_latest(purpose))
    granted = dict(contacts.values_list("pk", "granted"))
    return {
        contact_id: Suppression.NO_BASIS if granted.get(contact_id) is None else Suppression.WITHDRAWN
        for contact_id in contact_ids
        if not granted.get(contact_id)
    }


@dataclass(frozen=True)
class Reachable:
    """How many people of a launch's tier may be reached for a purpose, and why the others may not.

    Attributes
    ----------
    people
        Everybody in the tier.
    permitted
        Those whose latest event grants it.
    withdrawn
        Those who took it back.
    without_basis
        Those of whom nothing is recorded for the purpose.
    """

    people: int
    permitted: int
    withdrawn: int
    without_basis: int


def count_reachable(launch: Launch, tier: Tier, purpose: Purpose) -> Reachable:
    """Count the people of a launch's tier who may be reached for a purpose, and the others."""
    if connection.vendor == "postgresql":
        return _count_reachable_on_postgresql(launch, tier, purpose)
    scores = CurrentScore.objects.filter(launch=launch, tier=tier)  # who became part of another contact has none
    latest = _select_latest(purpose, of="contact")
    answers = scores.annotate(granted=latest).values_list("granted").annotate(people=Count("*"))  # from the index alone
    counts = dict(answers.order_by())
    return Reachable(sum(counts.values()), counts.get(True, 0), counts.get(False, 0), counts.get(None, 0))


def _count_reachable_on_postgresql(launch: Launch, tier: Tier, purpose: Purpose) -> Reachable:
    """Count the same in one walk along the index: a search for each contact takes twice the CPU."""
    with connection.cursor() as cursor:
        cursor.execute(_REACHABLE_ON_POSTGRESQL, {"launch": launch.pk, "tier": str(tier), "purpose": str(purpose)})
        people, permitted, withdrawn = cursor.fetchone()
    return Reachable(people, permitted, withdrawn, people - permitted - withdrawn)


def withdraw_consent(contact: Contact, purposes: Iterable[Purpose], source: str, proof: str = "") -> list[Purpose]:
    """Append a withdrawal for each purpose that is not withdrawn yet, in the caller's transaction; return which.

    It takes effect at once: whatever is sent looks at the latest event first. Without an earlier grant the withdrawal
    is recorded too, so that it is known of.

    Parameters
    ----------
    contact
        Who.
    purposes
        What their data may no longer be used for.
    source
        Where they said so, such as ``unsubscribe``.
    proof
        What proves it, by ids alone.

    Returns
    -------
    list of Purpose
        The purposes that were not withdrawn before.
    """
    now = get_now()
    suppressed = {purpose: find_suppressions([contact.pk], purpose).get(contact.pk) for purpose in purposes}
    new = [purpose for purpose, reason in suppressed.items() if reason != Suppression.WITHDRAWN]
    ConsentEvent.objects.bulk_create(
        ConsentEvent(
            contact=contact,
            original_contact_id=contact.pk,
            purpose=purpose,
            granted=False,
            occurred_at=now,
            source=source,
            proof=proof,
            row_key=hash_lookup("withdrawal", f"{contact.pk}\0{purpose}\0{now.isoformat()}"),
        )
        for purpose in new
    )
    return new


def list_objectors(among: Sequence[int] | None = None) -> set[int]:
    """Return the contacts who have withdrawn profiling, of all or among some: neither scored nor learned from."""
    withdrawn = ConsentEvent.objects.filter(purpose=Purpose.PROFILING, granted=False)
    if among is not None:
        withdrawn = withdrawn.filter(contact__in=among)
    contact_ids = set(withdrawn.values_list("contact_id", flat=True))
    return contact_ids - list_permitted(sorted(contact_ids), Purpose.PROFILING)


_REACHABLE_ON_POSTGRESQL = f"""
WITH people AS MATERIALIZED (
    SELECT contact_id FROM {CurrentScore._meta.db_table} WHERE launch_id = %(launch)s AND tier = %(tier)s
)
SELECT (SELECT count(*) FROM people), count(*) FILTER (WHERE granted), count(*) FILTER (WHERE NOT granted)
FROM (
    SELECT DISTINCT ON (contact_id) granted FROM {ConsentEvent._meta.db_table}
    WHERE contact_id = ANY (ARRAY(SELECT contact_id FROM people)) AND purpose = %(purpose)s
    ORDER BY contact_id DESC, occurred_at DESC, id DESC
) latest
"""


def _select_latest(purpose: Purpose, of: str = "pk") -> Subquery:
    """Return what a contact's latest event of a purpose says: whether it grants it; NULL without one.

    ``of`` is the column of the outer rows that holds the contact's id.
    """
    latest = ConsentEvent.objects.filter(contact=OuterRef(of), purpose=purpose).order_by("-occurred_at", "-pk")
    return Subquery(latest.values("granted")[:1])
