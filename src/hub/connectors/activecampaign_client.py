"""ActiveCampaign's API v3 as a typed client of what is read from it: lists, contacts and their custom fields.

Contacts are paged by their ids, the others by offset. A list ends with an empty page; an answer that is a page before
is asked for again, a few times.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import TracebackType
from typing import Self, TypeVar

import msgspec

from ...language import Phrase
from .authorization import ApiKey
from .errors import UnavailableError, UnreadableAnswerError
from .http_client import HttpClient
from .http_request import Query, Request
from .paging import Page, decode_page
from .rate_budgets import RateLimit
from .retries import RetryPolicy
from .wire_values import WireId, WireInstant

#: Five calls a second for an account, whatever their keys.
CALLS_A_SECOND = 5
MAX_ROWS = 100
#: What a contact is in a list.
ACTIVE, UNSUBSCRIBED = "1", "2"
_MAX_REPEATS = 5


@dataclass(frozen=True)
class ActiveCampaignAccount:
    """The address and the key of one account.

    Attributes
    ----------
    key
        What shares the account's rate budget.
    base_url
        The address as ActiveCampaign shows it, such as ``https://account.api-us1.com``.
    api_key
        The key of one of its users.
    allow_private
        Whether the address may be inside a network.
    """

    key: str
    base_url: str
    api_key: str = field(repr=False)
    allow_private: bool = False


class Row(msgspec.Struct):
    """Anything in an answer. Unknown fields are let pass."""

    id: WireId


class ContactList(Row):
    """A list of contacts."""

    name: str | None = None


class Contact(Row):
    """A contact; its instants have an offset."""

    email: str | None = None
    phone: str | None = None
    first_name: str | None = msgspec.field(default=None, name="firstName")
    last_name: str | None = msgspec.field(default=None, name="lastName")
    created_at: WireInstant = msgspec.field(default=None, name="cdate")
    updated_at: WireInstant = msgspec.field(default=None, name="udate")
    deleted: int | str | None = None

    @property
    def number(self) -> int:
        """The id as a number: by it contacts are paged."""
        return int(self.id or 0)


class CustomField(Row):
    """A field that the account made; ``perstag`` is its name in mails."""

    title: str | None = None
    perstag: str | None = None


class FieldValue(Row):
    """What a contact has in a custom field, both by id."""

    contact: WireId = None
    field: WireId = None
    value: str | None = None


@dataclass(frozen=True)
class ContactFilter:
    """Which contacts are listed.

    Attributes
    ----------
    list_id
        Those of this list; empty: all.
    after_id
        Those with a greater id.
    updated_after
        Those that were changed since; None: all.
    status
        Those who are ``ACTIVE`` in the list, or ``UNSUBSCRIBED`` from it; empty: all.
    """

    list_id: str = ""
    after_id: int = 0
    updated_after: datetime | None = None
    status: str = ""

    def build_query(self) -> Query:
        """Return the filter as ActiveCampaign's parameters."""
        query = [("orders[id]", "ASC"), ("id_greater", str(self.after_id))]
        if self.list_id:
            query.append(("listid", self.list_id))
        if self.status:
            query.append(("status", self.status))
        if self.updated_after:
            query.append(("filters[updated_after]", self.updated_after.isoformat(timespec="seconds")))
        return query


_Row = TypeVar("_Row", bound=Row)


class _Meta(msgspec.Struct):
    total: int | None = None


@dataclass(frozen=True)
class _Answer:
    items: list[msgspec.Raw]
    total: int | None


class ActiveCampaignClient:
    """A client of one account, to be used in an ``async with`` block. What ``HttpClient.send`` raises, it raises.

    Parameters
    ----------
    account
        Who asks, and where.
    policy
        How patient it is.
    """

    def __init__(self, account: ActiveCampaignAccount, policy: RetryPolicy | None = None) -> None:
        limit = RateLimit(account.key, CALLS_A_SECOND, 1.0)
        authorization = ApiKey("Api-Token", account.api_key)
        self._http = HttpClient(
            "ActiveCampaign", account.base_url, authorization, limit, policy, allow_private=account.allow_private
        )

    async def __aenter__(self) -> Self:
        await self._http.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.__aexit__(kind, error, trace)

    def list_lists(self) -> AsyncIterator[Page[ContactList]]:
        """Return the account's lists: the test of a connection, and what can be chosen."""
        return self._list_by_offset("lists", ContactList)

    def list_fields(self) -> AsyncIterator[Page[CustomField]]:
        """Return the account's custom fields."""
        return self._list_by_offset("fields", CustomField)

    def list_field_values(self) -> AsyncIterator[Page[FieldValue]]:
        """Return what all contacts have in custom fields."""
        return self._list_by_offset("fieldValues", FieldValue)

    async def get_field_values(self, contact_id: int) -> list[FieldValue]:
        """Return what one contact has in custom fields."""
        answer = await self._ask(f"contacts/{contact_id}/fieldValues", ())
        return decode_page(answer.items, FieldValue).rows

    async def list_contacts(self, wanted: ContactFilter) -> AsyncIterator[Page[Contact]]:
        """Return contacts by ascending id."""
        after, repeats = wanted.after_id, 0
        while True:
            answer = await self._ask("contacts", replace(wanted, after_id=after).build_query())
            if not answer.items:
                return
            numbers = [_read_number(item) for item in answer.items]
            if min(numbers) <= after:
                repeats = await self._wait_for_another(repeats)
                continue
            yield decode_page(answer.items, Contact)
            after, repeats = max(numbers), 0

    async def _list_by_offset(self, name: str, row_type: type[_Row]) -> AsyncIterator[Page[_Row]]:
        offset, repeats = 0, 0
        previous: set[int] = set()
        while True:
            answer = await self._ask(name, [("offset", str(offset))])
            numbers = {_read_number(item) for item in answer.items}
            if numbers and numbers <= previous:
                repeats = await self._wait_for_another(repeats)
                continue
            yield decode_page(answer.items, row_type)
            offset, previous, repeats = offset + len(answer.items), numbers, 0
            if not numbers or (len(numbers) < MAX_ROWS if answer.total is None else offset >= answer.total):
                return

    async def _ask(self, path: str, query: Query) -> "_Answer":
        request = Request("GET", f"/api/3/{path}", [*query, ("limit", str(MAX_ROWS))])
        answer = await self._http.send(request, dict[str, msgspec.Raw])
        try:
            items = msgspec.json.decode(answer[path.rpartition("/")[2]], type=list[msgspec.Raw])
            meta = msgspec.json.decode(answer.get("meta", b"{}"), type=_Meta, strict=False)
        except (KeyError, msgspec.ValidationError):
            raise UnreadableAnswerError(Phrase("ActiveCampaign answers with another list than it documents")) from None
        return _Answer(items, meta.total)

    async def _wait_for_another(self, repeats: int) -> int:
        if repeats == _MAX_REPEATS:
            raise UnavailableError(Phrase("ActiveCampaign gives the same page again and again"))
        await self._http.wait_before_repeat(repeats + 1)
        return repeats + 1


def _read_number(item: msgspec.Raw) -> int:
    """Return a row's id. Raises UnreadableAnswerError for a row without one: the next page could not be told."""
    try:
        return int(msgspec.json.decode(item, type=Row, strict=False).id or 0)
    except (msgspec.ValidationError, ValueError):
        raise UnreadableAnswerError(
            Phrase("ActiveCampaign answers with a row that has no id; try again later")
        ) from None
