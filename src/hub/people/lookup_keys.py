"""The keyed hashes by which a row's person is found."""

from ..sealing import hash_lookup
from .identifiers import PersonFields


def hash_email(person: PersonFields) -> bytes:
    """Return the key of the address; empty without one."""
    return hash_lookup("email", person.email) if person.email else b""


def hash_phone(person: PersonFields) -> bytes:
    """Return the key of the number; empty without one."""
    return hash_lookup("phone", person.phone) if person.phone else b""


def hash_external(person: PersonFields) -> bytes:
    """Return the key of the id that somebody gives the person; empty without one."""
    return hash_lookup(f"id:{person.external_source}", person.external_id) if person.external_id else b""


def normalise_name(name: str | None) -> str:
    """Return a name as names are compared: without regard to case and spaces."""
    return " ".join((name or "").casefold().split())
