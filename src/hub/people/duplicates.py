"""Contacts that may be one person: they share a phone number, which alone merges nobody."""

from dataclasses import dataclass

from django.db.models import F, Max, Min, QuerySet, Window
from django.db.models.functions import RowNumber

from ..models import Contact, Identity
from .lookup_keys import normalise_name

#: A number that many gave is no sign of one person: so many are shown.
MAX_OF_GROUP = 10
#: Numbers whose contacts are looked at, for each that is wanted.
_CANDIDATES = 2


@dataclass(frozen=True)
class PossibleDuplicate:
    """Contacts with one number, the eldest first, and whether two of them have the same name."""

    contacts: tuple[Contact, ...]
    has_same_name: bool


def list_possible_duplicates(limit: int, *, hides_file_only: bool) -> list[PossibleDuplicate]:
    """Return groups of contacts that share a number: those with the same name first, then the newest.

    Parameters
    ----------
    limit
        How many of the newest groups are looked at.
    hides_file_only
        Whether contacts that came by a file only are left out (HL-7).

    Returns
    -------
    list of PossibleDuplicate
        The groups, of two contacts or more each, and of the eldest of many.
    """
    phones = Identity.objects.filter(is_shared=True, contact__merged_into=None, contact__erased_at=None)
    if hides_file_only:
        phones = phones.filter(contact__came_by_file_only=False)
    keys = _find_newest_numbers(phones, limit)
    place = Window(RowNumber(), partition_by="value_hmac", order_by="contact")
    members = phones.filter(value_hmac__in=keys).annotate(place=place).filter(place__lte=MAX_OF_GROUP)
    groups: dict[bytes, dict[int, Contact]] = {key: {} for key in keys}
    for identity in members.select_related("contact").order_by("contact"):
        groups[identity.value_hmac or b""][identity.contact_id] = identity.contact
    found = [_describe(tuple(contacts.values())) for contacts in groups.values()]
    return sorted(found, key=lambda duplicate: not duplicate.has_same_name)


def _find_newest_numbers(phones: QuerySet[Identity], limit: int) -> list[bytes]:
    """Return the numbers that two or more of the shown contacts share, those with the newest of these first.

    The index of shared numbers has them by their newest contact, shown or not, at once. So contacts are looked at of
    the first of these alone, and of all only where too many are hidden.
    """
    first = list(_group_by_number(Identity.objects.filter(is_shared=True))[: _CANDIDATES * limit])
    shown = list(_group_by_number(phones.filter(value_hmac__in=[key for key, _newest in first])))
    if len(first) == _CANDIDATES * limit:
        shown = [row for row in shown if row[1] > first[-1][1]]  # of the others none is as new
        if len(shown) < limit:
            shown = list(_group_by_number(phones)[:limit])
    return [key or b"" for key, _newest in shown[:limit]]


def _group_by_number(phones: QuerySet[Identity]) -> "QuerySet[Identity, tuple[bytes | None, int]]":
    groups = phones.values("value_hmac").annotate(eldest=Min("contact"), newest=Max("contact"))
    return groups.filter(newest__gt=F("eldest")).order_by("-newest", "value_hmac").values_list("value_hmac", "newest")


def _describe(contacts: tuple[Contact, ...]) -> PossibleDuplicate:
    names = [name for contact in contacts if (name := normalise_name(contact.name))]
    return PossibleDuplicate(contacts, len(set(names)) < len(names))
