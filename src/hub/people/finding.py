"""Which contacts the values of a file's column are: addresses, numbers, ids that a vendor gives, or the hub's own."""

from collections.abc import Iterator, Sequence

from ...history.identity import normalise_phone
from ..models import Contact, Identity
from ..sealing import hash_lookup
from .identifiers import normalise_email

#: The name of the column that the hub's own files of leads have their ids in.
OWN_ID = "lead_id"
_CHUNK = 500


def find_contacts(column: str, values: Sequence[str | None], default_country: str = "") -> list[int | None]:
    """Return the contact of each value of a column, after merges; None for nobody.

    A value is the hub's own id in the column ``lead_id`` alone: other tools count their people too.

    Parameters
    ----------
    column
        The column's name in the file.
    values
        Its values.
    default_country
        Where numbers without a country code are.
    """
    known: dict[str, int] = {}
    distinct = sorted({value.strip() for value in values if value and value.strip()})
    is_own, sources = column.strip().lower() == OWN_ID, _list_sources()
    for chunk in _split(distinct):
        known |= _find_own(chunk) if is_own else _find_identities(chunk, sources, default_country)
    return [known.get(value.strip()) if value else None for value in values]


def _find_own(texts: Sequence[str]) -> dict[str, int]:
    ids = [int(text) for text in texts if text.isdecimal() and len(text) < 18]
    rows = Contact.objects.filter(pk__in=ids).values_list("pk", "merged_into")
    return {str(pk): merged_into or pk for pk, merged_into in rows}


def _find_identities(texts: Sequence[str], sources: Sequence[str], default_country: str) -> dict[str, int]:
    keys = {text: list(_hash_text(text, sources, default_country)) for text in texts}
    every = {key for own in keys.values() for key in own}
    rows = Identity.objects.filter(value_hmac__in=every).order_by("-pk")  # the first that was known counts
    contact_of = {
        bytes(key or b""): merged_into or contact_id
        for key, contact_id, merged_into in rows.values_list("value_hmac", "contact_id", "contact__merged_into")
    }
    found = {text: next((contact_of[key] for key in own if key in contact_of), None) for text, own in keys.items()}
    return {text: contact_id for text, contact_id in found.items() if contact_id is not None}


def _hash_text(text: str, sources: Sequence[str], default_country: str) -> Iterator[bytes]:
    if "@" in text:
        address = normalise_email(text)
        if address:
            yield hash_lookup("email", address)
        return
    for source in sources:
        yield hash_lookup(f"id:{source}", text)
    number = normalise_phone(text, default_country or None)
    if number:
        yield hash_lookup("phone", number)


def _list_sources() -> list[str]:
    return list(Identity.objects.exclude(source="").order_by("source").values_list("source", flat=True).distinct())


def _split(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(texts), _CHUNK):
        yield texts[start : start + _CHUNK]
