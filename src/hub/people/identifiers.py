"""The normal forms by which people are told apart, and what one row says of a person."""

import unicodedata
from dataclasses import dataclass
from datetime import datetime

import idna

from ...history.identity import normalise_phone

MAX_EMAIL = 254


def normalise_email(text: str) -> str | None:
    """Return an address trimmed, in lower case and Unicode NFC, with its domain in IDNA; None: no address.

    Tags and dots stay: another spelling is another address, until a person says that it is not.
    """
    local, _, domain = unicodedata.normalize("NFC", text.strip()).lower().rpartition("@")
    if not local or "." not in domain or any(letter.isspace() or not letter.isprintable() for letter in local):
        return None
    try:
        ascii_domain = idna.encode(domain, uts46=True).decode("ascii")
    except idna.IDNAError:
        return None
    address = f"{local}@{ascii_domain}"
    return address if len(address) <= MAX_EMAIL else None


@dataclass(frozen=True, slots=True)
class PersonFields:
    """What a row says of a person, in normal forms; empty where it says nothing.

    Attributes
    ----------
    email
        The address as ``normalise_email`` returns it.
    phone
        The number in E.164.
    name
        The name as it was written.
    external_source, external_id
        The id that a vendor or a file gives the person, and who gives it.
    country, language
        Where the person is, and what they read.
    said_at
        When the row says it; None: nobody knows.
    """

    email: str = ""
    phone: str = ""
    name: str = ""
    external_source: str = ""
    external_id: str = ""
    country: str = ""
    language: str = ""
    said_at: datetime | None = None

    @property
    def is_identified(self) -> bool:
        """Whether anything tells the person apart."""
        return bool(self.email or self.phone or self.external_id)


def build_person(
    email: str, phone: str, default_country: str, *, said_at: datetime | None = None, **fields: str
) -> PersonFields:
    """Return what a row says of a person, with its address and number in normal form; what has none is left out."""
    number = normalise_phone(phone, default_country or None) if phone else None
    return PersonFields(email=normalise_email(email) or "", phone=number or "", said_at=said_at, **fields)
