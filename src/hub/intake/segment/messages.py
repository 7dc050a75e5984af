"""Segment's messages: what makes one valid, whose it is, and when it happened by our clock."""

import base64
import hashlib
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from ....scoring.online.errors import ApiError
from ...people.identifiers import PersonFields, build_person, normalise_email
from ...sealing import hash_lookup

Message = Mapping[str, Any]
TYPES = ("track", "identify", "page", "screen", "group", "alias")
MAX_ID = 200
_MAX_TEXT = 500
_EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
_REQUIRED = {"track": "event", "group": "groupId", "alias": "previousId"}


def check_message(message: Any, kind: str | None, path: str) -> str:
    """Return a message's type. Raises ApiError where it is none, or says neither who nor what.

    Parameters
    ----------
    message
        What was sent.
    kind
        The type that the route says; None: the message says it.
    path
        Where it stands in the request; empty for the request itself.
    """
    prefix = f"{path}." if path else ""
    if not isinstance(message, dict):
        raise ApiError(400, "invalid", "a message is an object", path)
    found = kind or message.get("type")
    if found not in TYPES:
        raise ApiError(400, "invalid", f"type is one of {', '.join(TYPES)}", f"{prefix}type")
    needed = _REQUIRED.get(found)
    if needed and not read_text(message.get(needed)):
        raise ApiError(400, "invalid", f"{found} needs {needed}: a text", f"{prefix}{needed}")
    if not read_text(message.get("userId")) and not read_text(message.get("anonymousId")):
        raise ApiError(400, "invalid", "userId or anonymousId says whose it is", f"{prefix}userId")
    return str(found)


def build_envelope_id(message: Message, credential_id: int) -> str:
    """Return what a message is known by: its ``messageId`` within its credential; empty where it has none."""
    message_id = read_text(message.get("messageId"))
    if not message_id:
        return ""
    if len(message_id) > MAX_ID - 30:
        digest = hashlib.sha256(message_id.encode()).digest()
        message_id = base64.urlsafe_b64encode(digest).decode().rstrip("=")
    return f"{credential_id}:{message_id}"


def read_event_id(message: Message) -> str:
    """Return a message's id as a row keeps it; empty where it has none."""
    return build_envelope_id(message, 0)[2:]


def read_time(message: Message, received_at: datetime) -> datetime:
    """Return when a message happened: its own time, corrected by how far the sender's clock was off at ``sentAt``.

    A message without a time, or from the future, happened when it was received.
    """
    said = _parse_time(message.get("timestamp")) or _parse_time(message.get("originalTimestamp"))
    if said is None:
        return received_at
    sent = _parse_time(message.get("sentAt"))
    try:
        happened = said if sent is None else received_at - (sent - said)
    except OverflowError:
        return received_at
    return happened if _EARLIEST <= happened <= received_at else received_at


def read_person(message: Message, ids_of: str, default_country: str) -> PersonFields:
    """Return what a message says of a person: its user id, and the traits that it carries."""
    traits = read_traits(message)
    user_id = read_text(message.get("userId"))
    email = read_text(traits.get("email"))
    if normalise_email(user_id):  # many send the address as the id
        email, user_id = email or user_id, ""
    name = read_text(traits.get("name"), _MAX_TEXT)
    parts = [read_text(traits.get(key), _MAX_TEXT) for key in ("firstName", "lastName")]
    address = read_object(traits.get("address"))
    return build_person(
        email,
        read_text(traits.get("phone")),
        default_country,
        name=name or " ".join(part for part in parts if part),
        external_source=ids_of,
        external_id=user_id,
        country=read_text(address.get("country")) or read_text(traits.get("country")),
        language=_read_language(message),
    )


def read_traits(message: Message) -> Message:
    """Return what a message says of the person: its own traits, else those of its context."""
    traits = read_object(message.get("traits")) if message.get("type") in (None, "identify") else {}
    return {**read_object(read_object(message.get("context")).get("traits")), **traits}


def read_object(value: Any) -> Message:
    """Return an object; empty for anything else."""
    return value if isinstance(value, dict) else {}


def read_text(value: Any, size: int = MAX_ID) -> str:
    """Return a text or a whole number as a text that every database keeps; empty for anything else."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    return _UNSTORABLE.sub("", value).strip()[:size] if isinstance(value, str) else ""


def read_number(value: Any) -> float | None:
    """Return a number, or a text that is one; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if abs(number) < 1e15 else None


def hash_visitor(anonymous_id: str, ids_of: str) -> bytes:
    """Return the keyed hash of a visitor's id, as an identity of it has."""
    return hash_lookup(f"id:{name_visitors(ids_of)}", anonymous_id)


def name_visitors(ids_of: str) -> str:
    """Return who gives the ids of visitors of a site."""
    return f"visitor:{ids_of}"


def _read_language(message: Message) -> str:
    return read_text(read_object(message.get("context")).get("locale"), 16)


def _parse_time(value: Any) -> datetime | None:
    """Return the instant of an ISO 8601 text, or of milliseconds since 1970; None for anything else."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        try:
            return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=value)
        except (OverflowError, ValueError):
            return None
    if not isinstance(value, str):
        return None
    try:
        time = datetime.fromisoformat(value.strip())
        return (time.replace(tzinfo=UTC) if time.tzinfo is None else time).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
