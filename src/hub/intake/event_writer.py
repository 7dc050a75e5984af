"""Write rows of events, whatever brings them."""

import json
from collections.abc import Sequence
from datetime import UTC

from ..models import Event
from ..people.consent import record_consent
from ..people.identifiers import PersonFields
from ..sealing import hash_lookup
from .event_rules import find_type, load_rules_for_writing
from .row_writer import Row, WriteOptions, WrittenRows, build_grants, name_person, resolve_rows, save_new_rows

_TEXTS = ("event_id", "product_id", "company")


def write_event_rows(rows: Sequence[Row], options: WriteOptions, written: WrittenRows) -> list[int | None]:
    """Write rows of events, in the caller's transaction; one that is there already is left alone.

    Parameters
    ----------
    rows
        The fields of each by name: those of the person, as ``write_capture_rows`` takes them, and those of ``events``.
        ``event_type`` is what the sender's words mean; the owner's rules may say another. ``event_name`` is what the
        sender calls it, by default the type; ``page`` the path of a page.
    options
        How they are written.
    written
        The counts to add to.

    Returns
    -------
    list of int or None
        The contact of each row; None: it tells nobody apart.
    """
    rules = load_rules_for_writing()  # before people are locked: who waits for a change of them keeps nobody waiting
    contacts, pairs = resolve_rows(rows, options, written)
    events: dict[bytes, Event] = {}
    for row, person, contact in pairs:
        key = _hash_event(row, person)
        said = {"event_name": row.get("event_name") or row["event_type"], "page": row.get("page") or ""}
        kind = find_type(rules, said["event_name"], said["page"], row["product_id"] or "", row["event_type"])
        event = Event(
            contact=contact,
            original_contact_id=contact.pk,
            occurred_at=row["occurred_at"],
            source=options.source,
            value=row["value"],
            batch=options.batch,
            row_key=key,
            event_type=kind,
            default_type=row["event_type"],
            **said,
            **{name: row[name] or "" for name in _TEXTS},
        )
        events.setdefault(key, event)
    save_new_rows(Event, events, written, len(pairs))
    if options.terms is not None:
        written.consents += record_consent(options.terms, build_grants(pairs, options, _hash_event), options.source)
    return contacts


def _hash_event(row: Row, person: PersonFields) -> bytes:
    """Return what makes two events the same: who, and the event's id, or else all that it says."""
    said: list[object] = [name_person(person), row["event_type"]]
    if row["event_id"]:
        said.append(row["event_id"])
    else:
        said += [row["occurred_at"].astimezone(UTC).isoformat(), row["product_id"], row["value"], row["company"]]
    return hash_lookup("event", json.dumps(said, ensure_ascii=False))
