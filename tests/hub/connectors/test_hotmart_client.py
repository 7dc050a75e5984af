"""The client against a Hotmart of our own, on its good days and its bad ones."""

import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from hotleads.hub.connectors.errors import (
    CredentialsRefusedError,
    OutcomeUnknownError,
    RequestRejectedError,
    UnavailableError,
    UnreadableAnswerError,
)
from hotleads.hub.connectors.hotmart_client import HotmartClient, SalesFilter, SubscriptionFilter
from hotleads.hub.connectors.retries import RetryPolicy
from tests.hub.connectors.conftest import POLICY, ask, gather_rows
from tests.hub.connectors.hotmart_server import HotmartServer, build_sale, to_milliseconds
from tests.hub.connectors.servers import Fault, cut_connection, fail_with, send_half, send_nothing

DAY = datetime(2026, 3, 1, 12, tzinfo=UTC)


def list_transactions(server: HotmartServer, wanted: SalesFilter = SalesFilter()) -> list[str | None]:  # noqa: B008
    return [sale.purchase.transaction for sale in ask(server, lambda client: gather_rows(client.list_sales(wanted)))]


def test_the_profile_shows_that_the_credentials_are_right(hotmart: HotmartServer) -> None:
    assert ask(hotmart, lambda client: client.get_profile()).name == "The Owner"


def test_without_a_status_only_approved_and_complete_sales_are_listed(hotmart: HotmartServer) -> None:
    hotmart.sales = [build_sale(f"HP{n}", status, DAY) for n, status in enumerate(["APPROVED", "REFUNDED", "COMPLETE"])]
    assert list_transactions(hotmart) == ["HP0", "HP2"]
    assert list_transactions(hotmart, SalesFilter(status="REFUNDED")) == ["HP1"]
    assert list_transactions(hotmart, SalesFilter(transaction="HP1")) == ["HP1"]


def test_a_window_ends_just_before_the_next_one(hotmart: HotmartServer) -> None:
    hotmart.sales = [build_sale(f"HP{days}", "APPROVED", DAY + timedelta(days=days)) for days in range(3)]
    assert list_transactions(hotmart, SalesFilter(since=DAY, until=DAY + timedelta(days=2))) == ["HP0", "HP1"]


def test_all_pages_are_read(hotmart: HotmartServer) -> None:
    hotmart.sales = [build_sale(f"HP{n}", "APPROVED", DAY) for n in range(7)]
    assert list_transactions(hotmart) == [f"HP{n}" for n in range(7)]
    assert all("max_results=500" in request for request in hotmart.requests if "history" in request)


def test_a_sale_says_what_it_cost_and_where_it_came_from(hotmart: HotmartServer) -> None:
    hotmart.sales = [build_sale("HP1", "APPROVED", DAY)]
    (sale,) = ask(hotmart, lambda client: gather_rows(client.list_sales(SalesFilter())))
    assert sale.purchase.price is not None
    assert (sale.purchase.price.value, sale.purchase.price.currency) == (Decimal("100.5"), "BRL")
    assert sale.purchase.tracking is not None
    assert sale.purchase.tracking.source_sck == "cake|email|video"
    assert sale.purchase.order_date == to_milliseconds(DAY)


@pytest.mark.parametrize(
    "call",
    [
        lambda client: gather_rows(client.list_sale_details(SalesFilter())),
        lambda client: gather_rows(client.list_sales_totals(SalesFilter())),
        lambda client: gather_rows(client.list_participants(SalesFilter())),
        lambda client: gather_rows(client.list_commissions(SalesFilter())),
        lambda client: gather_rows(client.list_affiliate_sales(SalesFilter())),
        lambda client: gather_rows(client.list_subscription_purchases("ABC1")),
        lambda client: gather_rows(
            client.list_subscriptions(SubscriptionFilter(since=DAY, statuses=["ACTIVE", "OVERDUE"]))
        ),
        lambda client: gather_rows(client.list_subscription_summaries(SubscriptionFilter(since=DAY))),
        lambda client: gather_rows(client.list_products()),
        lambda client: gather_rows(client.list_modules("cakes", is_extra=False)),
        lambda client: gather_rows(client.list_students("cakes")),
        lambda client: gather_rows(client.list_lessons("cakes", "U1")),
    ],
)
def test_every_list_gives_typed_rows(hotmart: HotmartServer, call: Callable[[HotmartClient], Any]) -> None:
    hotmart.sales = [build_sale("HP1", "APPROVED", DAY, commission_as="AFFILIATE")]
    hotmart.participants = [
        {"transaction": "HP1", "users": [{"role": "BUYER", "user": {"locale": "pt_BR", "phone": "1"}}]}
    ]
    hotmart.subscriptions = hotmart.summaries = [
        {"subscriber_code": "ABC1", "status": "ACTIVE", "accession_date": to_milliseconds(DAY), "plan": {"id": "9"}}
    ]
    hotmart.products = [{"id": 4242, "name": "Cakes", "is_subscription": True}]
    hotmart.students = {
        "cakes": [{"user_id": "U1", "email": "ana@example.com", "progress": {"completed_percentage": 33}}]
    }
    assert len(ask(hotmart, call)) == 1


def test_subscriptions_are_changed_and_sales_refunded(hotmart: HotmartServer) -> None:
    assert ask(hotmart, lambda client: client.cancel_subscription("ABC1", send_mail=False)).status == "INACTIVE"
    assert ask(hotmart, lambda client: client.reactivate_subscription("ABC1", charge=True)).status == "ACTIVE"
    ask(hotmart, lambda client: client.refund_sale("HP1"))
    assert hotmart.refunded == ["HP1"]


@pytest.mark.parametrize(
    "fault",
    [
        fail_with(429),
        fail_with(429, **{"Retry-After": "0"}),
        fail_with(429, **{"RateLimit-Reset": "0"}),
        fail_with(429, **{"Retry-After": "Thu, 01 Jan 1970 00:00:00 GMT"}),
        fail_with(429, **{"Retry-After": "soon"}),
        fail_with(500),
        fail_with(502),
        fail_with(503),
        cut_connection,
        send_half,
        send_nothing,
    ],
)
def test_a_passing_trouble_loses_no_page(hotmart: HotmartServer, fault: Fault) -> None:
    hotmart.sales = [build_sale(f"HP{n}", "APPROVED", DAY) for n in range(5)]
    hotmart.faults.extend([None, fault, fault, None, fault])
    assert list_transactions(hotmart) == [f"HP{n}" for n in range(5)]
    assert not hotmart.faults


def test_a_wait_that_is_asked_for_is_kept(hotmart: HotmartServer) -> None:
    hotmart.faults.append(fail_with(429, **{"Retry-After": "1"}))
    begin = time.monotonic()
    ask(hotmart, lambda client: client.get_profile())
    assert time.monotonic() - begin >= 1


def test_the_service_s_clock_may_be_wrong(hotmart: HotmartServer) -> None:
    headers = {"Date": "Fri, 01 Jan 2100 00:00:00 GMT", "Retry-After": "Fri, 01 Jan 2100 00:00:01 GMT"}
    hotmart.faults.append(fail_with(429, **headers))
    assert ask(hotmart, lambda client: client.get_profile()).name


def test_a_wait_beyond_patience_fails_at_once(hotmart: HotmartServer) -> None:
    hotmart.faults.append(fail_with(429, **{"Retry-After": "86400"}))
    with pytest.raises(UnavailableError):
        ask(hotmart, lambda client: client.get_profile())
    assert len([request for request in hotmart.requests if "/me" in request]) == 1


def test_a_trouble_that_stays_is_given_up(hotmart: HotmartServer) -> None:
    hotmart.faults.extend([fail_with(502)] * 9)
    with pytest.raises(UnavailableError) as raised:
        list_transactions(hotmart)
    assert raised.value.status == 502
    assert len(hotmart.faults) == 9 - POLICY.max_attempts


def test_a_token_that_ends_is_renewed_in_the_middle(hotmart: HotmartServer) -> None:
    hotmart.sales = [build_sale(f"HP{n}", "APPROVED", DAY) for n in range(5)]

    async def end_token(_request: Any, handler: Any) -> Any:
        hotmart.expire_token()
        return await handler(_request)

    hotmart.faults.extend([None, end_token])
    assert list_transactions(hotmart) == [f"HP{n}" for n in range(5)]
    assert hotmart.requests.count("token") == 2


def test_wrong_credentials_are_told_once_and_never_shown(
    hotmart: HotmartServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    hotmart.faults.extend([fail_with(401)] * 9)
    with pytest.raises(CredentialsRefusedError) as raised:
        ask(hotmart, lambda client: client.get_profile())
    assert hotmart.requests.count("token") == 2
    assert "client-secret" not in str(raised.value) + caplog.text


def test_what_is_wrong_for_good_is_not_tried_again(hotmart: HotmartServer) -> None:
    hotmart.faults.append(fail_with(400))
    with pytest.raises(RequestRejectedError) as raised:
        list_transactions(hotmart)
    assert raised.value.reason == "something_else"
    assert not hotmart.faults


def test_a_page_that_comes_again_is_asked_for_again(hotmart: HotmartServer) -> None:
    hotmart.sales = [build_sale(f"HP{n}", "APPROVED", DAY) for n in range(5)]

    async def repeat_first_page(request: Any, _handler: Any) -> Any:
        return await hotmart._list_sales(request.clone(rel_url=request.rel_url.without_query_params("page_token")))

    hotmart.faults.extend([None, repeat_first_page])
    assert set(list_transactions(hotmart)) == {f"HP{n}" for n in range(5)}
    hotmart.sales = [build_sale(f"HP{n}", "APPROVED", DAY) for n in range(20)]
    hotmart.faults.extend([None] + [repeat_first_page, None] * 8)
    assert set(list_transactions(hotmart)) == {f"HP{n}" for n in range(20)}


def test_one_bad_row_costs_no_other(hotmart: HotmartServer) -> None:
    hotmart.page_size = 10
    hotmart.products = [{"id": 1}, {"id": {"not": "an id"}}, {"id": "3"}]

    async def read(client: HotmartClient) -> list[tuple[list[object], int]]:
        return [([row.id for row in page.rows], page.unreadable) async for page in client.list_products()]

    assert ask(hotmart, read) == [([1, "3"], 1)]


def test_a_refund_whose_answer_is_lost_is_not_sent_again(hotmart: HotmartServer) -> None:
    async def refund_and_fail(request: Any, handler: Any) -> Any:
        await handler(request)
        return await fail_with(502)(request, handler)

    hotmart.faults.append(refund_and_fail)
    with pytest.raises(OutcomeUnknownError):
        ask(hotmart, lambda client: client.refund_sale("HP1"))
    assert hotmart.refunded == ["HP1"]


def test_a_refund_that_was_surely_not_done_is_sent_again(hotmart: HotmartServer) -> None:
    hotmart.faults.extend([fail_with(429), fail_with(429)])
    ask(hotmart, lambda client: client.refund_sale("HP1"))
    assert hotmart.refunded == ["HP1"]


def test_an_answer_without_end_is_refused(hotmart: HotmartServer) -> None:
    hotmart.products = [{"id": 1, "name": "x" * 20_000}]
    policy = RetryPolicy(first_wait_seconds=0.01, max_response_bytes=10_000)
    with pytest.raises(UnreadableAnswerError):
        ask(hotmart, lambda client: gather_rows(client.list_products()), policy)


def test_a_redirect_is_not_followed(hotmart: HotmartServer) -> None:
    hotmart.faults.append(fail_with(302, Location="http://169.254.169.254/latest"))
    with pytest.raises(UnreadableAnswerError):
        ask(hotmart, lambda client: client.get_profile())
