"""The inbox's processor of Segment's messages: each item is one."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import msgspec

from ...models import Credential, InboxItem, InboxOutcome, Launch, Purchase, Scope
from ...people.consent import ConsentTerms
from ...people.contacts import resolve_contacts
from ...people.identifiers import PersonFields
from ..api.processing import build_options
from ..credentials import read_declared_terms
from ..event_writer import write_event_rows
from ..inbox_processors import Processed
from ..row_writer import WriteOptions, WrittenRows, write_capture_rows, write_purchase_rows
from .event_types import find_event_type
from .messages import Message, name_visitors, read_person, read_text, read_time, read_traits
from .rows import (
    OF_ORDER,
    ORDER_STATUSES,
    build_capture_row,
    build_event_row,
    build_order_rows,
    read_order_id,
)
from .visitors import UNKNOWN_VISITOR, find_joined, join_visitor

SOURCE = "segment"
_JOINING = ("identify", "alias")


def process_items(items: Sequence[InboxItem]) -> list[Processed]:
    """Write the rows of some messages, in the caller's transaction."""
    credentials = Credential.objects.in_bulk({item.origin_id for item in items if item.origin_id is not None})
    groups: defaultdict[int | None, list[InboxItem]] = defaultdict(list)
    for item in items:
        groups[item.origin_id].append(item)
    done: dict[int, Processed] = {}
    for origin_id, group in groups.items():
        done |= _Batch(credentials.get(origin_id or 0)).process(group)
    return [done[item.pk] for item in items]


class _Batch:
    """Messages of one credential: those that say who somebody is come first."""

    def __init__(self, credential: Credential | None) -> None:
        self._ids_of = credential.ids_of if credential else "api"
        self._country = credential.default_country if credential else ""
        self._scopes = set(credential.scopes) if credential else set()
        self._options = replace(build_options(credential, None), source=SOURCE)
        self._terms = read_declared_terms(credential) if credential else None
        self._launches = dict(Launch.objects.values_list("key", "pk"))
        self._done: dict[int, Processed] = {}

    def process(self, items: Sequence[InboxItem]) -> dict[int, Processed]:
        """Write the messages' rows and return what became of each item."""
        read = [(item, msgspec.json.decode(item.body or b"{}")) for item in items]
        for item, message in read:
            if message["type"] in _JOINING:
                self._join(item, message)
        others = [(item, message) for item, message in read if message["type"] not in _JOINING]
        visitors = {read_text(message.get("anonymousId")) for item, message in others if item.visitor_hmac}
        joined = find_joined(visitors, self._ids_of)
        known, by_visitor = [], []
        for item, message in others:
            at = read_time(message, item.received_at)
            person = read_person(message, self._ids_of, self._country)
            anonymous_id = read_text(message.get("anonymousId"))
            if person.is_identified:
                known.append((item, message, person, at))
            elif anonymous_id in joined:
                visitor = PersonFields(external_source=name_visitors(self._ids_of), external_id=anonymous_id)
                by_visitor.append((item, message, visitor, max(at, joined[anonymous_id])))
            else:
                event_type = find_event_type(message, message["type"])
                self._done[item.pk] = Processed(event_type, InboxOutcome.UNKNOWN, UNKNOWN_VISITOR)
        self._write(known, self._options)
        self._write(by_visitor, replace(self._options, external_source=name_visitors(self._ids_of)))
        return self._done

    def _join(self, item: InboxItem, message: Message) -> None:
        """Write who somebody is, and let the visitor that they were be theirs."""
        at = read_time(message, item.received_at)
        person = read_person(message, self._ids_of, self._country)
        contact_id = None
        if message["type"] == "identify" and (person.email or person.phone) and Scope.WRITE_LEADS in self._scopes:
            row = build_capture_row(message, person, at)
            options = replace(self._options, terms=self._read_terms(message))
            (contact_id,) = write_capture_rows([row], options, WrittenRows(), self._launches)
        elif person.is_identified:
            (contact,) = resolve_contacts([person], by_file=False)
            contact_id = contact.pk if contact else None
        visitor = read_text(message.get("previousId" if message["type"] == "alias" else "anonymousId"))
        if contact_id is not None and visitor:
            join_visitor(visitor, self._ids_of, contact_id, at)
        found = frozenset() if contact_id is None else frozenset({contact_id})
        self._done[item.pk] = Processed(message["type"], contact_ids=found)

    def _read_terms(self, message: Message) -> ConsentTerms | None:
        """Return what the owner declared, with the version of the words that a form says were shown."""
        version = read_text(read_traits(message).get("consent_version"), 64)
        if self._terms is None or version in ("", self._terms.text_version):
            return self._terms
        return replace(self._terms, text="", text_version=version)

    def _write(
        self, messages: Sequence[tuple[InboxItem, Message, PersonFields, datetime]], options: WriteOptions
    ) -> None:
        """Write the events of messages, and the purchases of their orders."""
        rows = [build_event_row(message, message["type"], person, at) for _, message, person, at in messages]
        contacts = write_event_rows(rows, options, WrittenRows())
        orders: list[dict[str, Any]] = []
        if Scope.WRITE_PURCHASES in self._scopes:
            for row, (_, message, person, at) in zip(rows, messages, strict=True):
                if status := ORDER_STATUSES.get(row["event_type"]):
                    bought = [] if status == "approved" else _list_bought(read_order_id(message))
                    orders += build_order_rows(message, status, person, at, bought)
        write_purchase_rows(orders, options, WrittenRows())
        for row, contact_id, (item, *_) in zip(rows, contacts, messages, strict=True):
            found = frozenset() if contact_id is None else frozenset({contact_id})
            self._done[item.pk] = Processed(row["event_type"], contact_ids=found)


def _list_bought(order_id: str) -> list[str]:
    """Return the products of an order of several."""
    rows = Purchase.objects.filter(source=SOURCE, transaction_id__startswith=f"{order_id}{OF_ORDER}", status="approved")
    return list(rows.order_by("pk").values_list("product_id", flat=True)) if order_id else []
