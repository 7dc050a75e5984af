"""Hotmart's REST API as a typed client: the fourteen actions of an account, and the test of its credentials.

Lists are generators of pages. Where an answer is a page that was there before, the next one is asked for again, a few
times.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import NoneType, TracebackType
from typing import Self, TypeVar
from urllib.parse import quote

import msgspec

from ...language import Phrase
from .authorization import ClientCredentials
from .errors import UnavailableError, UnreadableAnswerError
from .hotmart_rows import (
    ChangedSubscription,
    Lesson,
    Module,
    Product,
    Profile,
    Row,
    Sale,
    SaleCommissions,
    SaleDetails,
    SaleParticipants,
    SalesTotal,
    Student,
    Subscription,
    SubscriptionPurchase,
    SubscriptionSummary,
)
from .http_client import HttpClient
from .http_request import Query, Request
from .paging import Page, decode_page
from .rate_budgets import RateLimit
from .retries import RetryPolicy
from .wire_values import format_milliseconds

PRODUCTION_URL = "https://developers.hotmart.com"
SANDBOX_URL = "https://sandbox.hotmart.com"
TOKEN_URL = "https://api-sec-vlc.hotmart.com/security/oauth/token"  # noqa: S105 - an address
#: Hotmart allows a credential 500 calls a minute, reads and writes together.
CALLS_A_MINUTE = 500
#: More is cut to the endpoint's own maximum.
MAX_ROWS = 500
#: The words of ``transaction_status``; without one only approved and complete sales are listed.
SALE_STATUSES = (
    "APPROVED",
    "BLOCKED",
    "CANCELLED",
    "CHARGEBACK",
    "COMPLETE",
    "EXPIRED",
    "NO_FUNDS",
    "OVERDUE",
    "PARTIALLY_REFUNDED",
    "PRE_ORDER",
    "PRINTED_BILLET",
    "PROCESSING_TRANSACTION",
    "PROTESTED",
    "REFUNDED",
    "STARTED",
    "UNDER_ANALISYS",
    "WAITING_PAYMENT",
)
_MAX_REPEATS = 5
_SALES = "/payments/api/v1/sales"
_SUBSCRIPTIONS = "/payments/api/v1/subscriptions"
_CLUB = "/club/api/v1"

_Row = TypeVar("_Row", bound=Row)


@dataclass(frozen=True)
class HotmartAccount:
    """The credentials of one account, and where it is asked.

    Attributes
    ----------
    key
        What shares the account's rate budget.
    client_id, client_secret, basic
        The credentials as Hotmart's panel shows them; without ``basic`` it is made of the two.
    base_url, token_url
        Where requests and token requests go.
    allow_private
        Whether they may be inside a network.
    """

    key: str
    client_id: str = field(repr=False)
    client_secret: str = field(repr=False)
    basic: str = field(default="", repr=False)
    base_url: str = PRODUCTION_URL
    token_url: str = TOKEN_URL
    allow_private: bool = False


@dataclass(frozen=True)
class SalesFilter:
    """Which sales are listed; the dates are those of the orders, however late their status changed.

    Attributes
    ----------
    since, until
        From when, and until just before when.
    status
        One of ``SALE_STATUSES``.
    transaction
        This sale alone, in any status.
    product_id
        The sales of this product.
    commission_as
        PRODUCER, COPRODUCER or AFFILIATE: what the account was in them.
    select
        The fields to answer with, such as ``purchase.status``; none: all.
    """

    since: datetime | None = None
    until: datetime | None = None
    status: str = ""
    transaction: str = ""
    product_id: str = ""
    commission_as: str = ""
    select: Sequence[str] = ()

    def build_query(self) -> Query:
        """Return the filter as Hotmart's parameters."""
        values = {
            "start_date": format_milliseconds(self.since) if self.since else "",
            "end_date": str(int(format_milliseconds(self.until)) - 1) if self.until else "",
            "transaction_status": self.status,
            "transaction": self.transaction,
            "product_id": self.product_id,
            "commission_as": self.commission_as,
            "select": ",".join(self.select),
        }
        return [(name, value) for name, value in values.items() if value]


@dataclass(frozen=True)
class SubscriptionFilter:
    """Which subscriptions are listed. Without ``since`` Hotmart answers with those of the last 30 days.

    Attributes
    ----------
    since, until
        From when they began, and until just before when.
    statuses
        Words such as ACTIVE or CANCELLED_BY_CUSTOMER; none: all.
    product_id
        Those of this product.
    """

    since: datetime | None = None
    until: datetime | None = None
    statuses: Sequence[str] = ()
    product_id: str = ""

    def build_query(self) -> Query:
        """Return the filter as Hotmart's parameters."""
        query = [("status", status) for status in self.statuses]
        if self.since:
            query.append(("accession_date", format_milliseconds(self.since)))
        if self.until:
            query.append(("end_accession_date", str(int(format_milliseconds(self.until)) - 1)))
        if self.product_id:
            query.append(("product_id", self.product_id))
        return query


class _PageInfo(msgspec.Struct):
    next_page_token: str | None = None


class _PageAnswer(msgspec.Struct):
    items: list[msgspec.Raw] = []
    lessons: list[msgspec.Raw] = []
    page_info: _PageInfo | None = None


class HotmartClient:
    """A client of one account, to be used in an ``async with`` block. What ``HttpClient.send`` raises, it raises.

    Parameters
    ----------
    account
        Who asks.
    policy
        How patient it is.
    """

    def __init__(self, account: HotmartAccount, policy: RetryPolicy | None = None) -> None:
        credentials = ClientCredentials(account.token_url, account.client_id, account.client_secret, account.basic)
        limit = RateLimit(account.key, CALLS_A_MINUTE, 60.0)
        self._http = HttpClient(
            "Hotmart", account.base_url, credentials, limit, policy, allow_private=account.allow_private
        )

    async def __aenter__(self) -> Self:
        await self._http.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.__aexit__(kind, error, trace)

    async def get_profile(self) -> Profile:
        """Return the account's profile: the test of a connection."""
        return await self._http.send(Request("GET", "/user/api/v1/me"), Profile)

    def list_sales(self, wanted: SalesFilter) -> AsyncIterator[Page[Sale]]:
        """Return the sales history."""
        return self._list(f"{_SALES}/history", wanted.build_query(), Sale)

    def list_sale_details(self, wanted: SalesFilter) -> AsyncIterator[Page[SaleDetails]]:
        """Return what the prices of sales are made of."""
        return self._list(f"{_SALES}/price/details", wanted.build_query(), SaleDetails)

    def list_sales_totals(self, wanted: SalesFilter) -> AsyncIterator[Page[SalesTotal]]:
        """Return how many sales there were and of what value, one row a currency."""
        return self._list(f"{_SALES}/summary", wanted.build_query(), SalesTotal)

    def list_participants(self, wanted: SalesFilter) -> AsyncIterator[Page[SaleParticipants]]:
        """Return who took part in sales, with phones and languages."""
        return self._list(f"{_SALES}/users", wanted.build_query(), SaleParticipants)

    def list_commissions(self, wanted: SalesFilter) -> AsyncIterator[Page[SaleCommissions]]:
        """Return what the participants of sales earn."""
        return self._list(f"{_SALES}/commissions", wanted.build_query(), SaleCommissions)

    def list_affiliate_sales(self, wanted: SalesFilter) -> AsyncIterator[Page[Sale]]:
        """Return the sales that the account made as an affiliate."""
        return self.list_sales(replace(wanted, commission_as="AFFILIATE"))

    async def refund_sale(self, transaction: str) -> None:
        """Refund a sale. Raises OutcomeUnknownError where nobody can say whether it was."""
        url = f"{_SALES}/{quote(transaction, safe='')}/refund"
        await self._http.send(Request("PUT", url, changes=True), NoneType)

    def list_subscriptions(self, wanted: SubscriptionFilter) -> AsyncIterator[Page[Subscription]]:
        """Return subscriptions as they are now."""
        return self._list(_SUBSCRIPTIONS, wanted.build_query(), Subscription)

    def list_subscription_summaries(self, wanted: SubscriptionFilter) -> AsyncIterator[Page[SubscriptionSummary]]:
        """Return the latest charges of subscriptions, up to a day old."""
        return self._list(f"{_SUBSCRIPTIONS}/summary", wanted.build_query(), SubscriptionSummary)

    def list_subscription_purchases(self, subscriber_code: str) -> AsyncIterator[Page[SubscriptionPurchase]]:
        """Return the charges of a subscription."""
        url = f"{_SUBSCRIPTIONS}/{quote(subscriber_code, safe='')}/purchases"
        return self._list(url, (), SubscriptionPurchase, is_paged=False)

    async def cancel_subscription(self, subscriber_code: str, *, send_mail: bool = True) -> ChangedSubscription:
        """Cancel a subscription, with or without a mail from Hotmart to its subscriber."""
        return await self._change_subscription(subscriber_code, "cancel", {"send_mail": send_mail})

    async def reactivate_subscription(self, subscriber_code: str, *, charge: bool = False) -> ChangedSubscription:
        """Reactivate a subscription, and charge it at once or when it is next due."""
        return await self._change_subscription(subscriber_code, "reactivate", {"charge": charge})

    def list_products(self) -> AsyncIterator[Page[Product]]:
        """Return the account's products."""
        return self._list("/products/api/v1/products", (), Product)

    def list_modules(self, subdomain: str, *, is_extra: bool | None = None) -> AsyncIterator[Page[Module]]:
        """Return the modules of a members' area, all or the extra ones or the others."""
        query = [("subdomain", subdomain)]
        if is_extra is not None:
            query.append(("is_extra", str(is_extra).lower()))
        return self._list(f"{_CLUB}/modules", query, Module, is_paged=False)

    def list_students(self, subdomain: str) -> AsyncIterator[Page[Student]]:
        """Return the students of a members' area with their progress."""
        return self._list(f"{_CLUB}/users", [("subdomain", subdomain)], Student)

    def list_lessons(self, subdomain: str, user_id: str) -> AsyncIterator[Page[Lesson]]:
        """Return a student's lessons, and which of them are completed."""
        url = f"{_CLUB}/users/{quote(user_id, safe='')}/lessons"
        return self._list(url, [("subdomain", subdomain)], Lesson, is_paged=False)

    async def _change_subscription(self, code: str, change: str, body: dict[str, object]) -> ChangedSubscription:
        request = Request("POST", f"{_SUBSCRIPTIONS}/{quote(code, safe='')}/{change}", body=body, changes=True)
        answer = await self._http.send(request, msgspec.Raw)
        items, _ = _read_page(answer)
        rows = decode_page(items or [answer], ChangedSubscription).rows
        return rows[0] if rows else ChangedSubscription(subscriber_code=code)

    async def _list(
        self, url: str, query: Query, row_type: type[_Row], *, is_paged: bool = True
    ) -> AsyncIterator[Page[_Row]]:
        token, seen, repeats = "", {""}, 0
        size = [("max_results", str(MAX_ROWS))] if is_paged else []
        while True:
            paging = [*size, *([("page_token", token)] if token else [])]
            answer = await self._http.send(Request("GET", url, [*query, *paging]), msgspec.Raw)
            items, next_token = _read_page(answer)
            yield decode_page(items, row_type)
            if not next_token:
                return
            if next_token in seen:
                repeats += 1
                if repeats > _MAX_REPEATS:
                    raise UnavailableError(Phrase("Hotmart gives the same page again and again"))
                await self._http.wait_before_repeat(repeats)
                continue
            seen.add(next_token)
            token, repeats = next_token, 0


def _read_page(answer: msgspec.Raw) -> tuple[list[msgspec.Raw], str]:
    """Return a page's rows and the token of the next one; some lists are bare arrays of all rows."""
    try:
        if _is_array(answer):
            return msgspec.json.decode(answer, type=list[msgspec.Raw]), ""
        page = msgspec.json.decode(answer, type=_PageAnswer)
    except msgspec.ValidationError as error:
        raise UnreadableAnswerError(
            Phrase("Hotmart answers with another list than it documents: {error}", error=str(error))
        ) from None
    return page.items or page.lessons, (page.page_info and page.page_info.next_page_token) or ""


def _is_array(answer: msgspec.Raw) -> bool:
    return bytes(answer).lstrip().startswith(b"[")
