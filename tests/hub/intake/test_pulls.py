"""Pulls of accounts of our own: whatever fails on the way, the rows become what the accounts hold."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from hotleads.hub.clock import set_clock
from hotleads.hub.connectors import activecampaign_client, hotmart_client, http_client
from hotleads.hub.connectors.errors import CredentialsRefusedError, UnavailableError
from hotleads.hub.engine.kinds import LANES
from hotleads.hub.engine.queue import claim_job, enqueue_job
from hotleads.hub.figures.recurring_revenue import read_recurring_revenue
from hotleads.hub.intake.connections import remove_connection
from hotleads.hub.intake.event_rules import add_rule
from hotleads.hub.intake.hotmart.accounts import AccountSettings
from hotleads.hub.intake.hotmart.processing import process_items
from hotleads.hub.intake.pulls.accounts import (
    ActiveCampaignPulls,
    HotmartCredentials,
    HotmartPulls,
    add_activecampaign,
    add_hotmart_api,
    choose_lists,
)
from hotleads.hub.intake.pulls.jobs import check_connection, pull_connection, request_pull, run_pull
from hotleads.hub.models import (
    Capture,
    Connection,
    ConsentEvent,
    Contact,
    Event,
    EventRule,
    InboxItem,
    Job,
    LegalBasis,
    Product,
    Pull,
    Purchase,
    Purpose,
    Schedule,
)
from hotleads.hub.people.consent import ConsentTerms, list_permitted
from hotleads.hub.site.job_kinds import register_kinds
from tests.hub.connectors.activecampaign_server import API_KEY, ActiveCampaignServer, build_contact
from tests.hub.connectors.conftest import POLICY
from tests.hub.connectors.hotmart_server import CLIENT_ID, CLIENT_SECRET, HotmartServer, build_sale, to_milliseconds
from tests.hub.connectors.servers import cut_connection, fail_with, run_server, send_half
from tests.hub.installations import Installation
from tests.hub.intake.hotmart_payloads import build_delivery, encode

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
#: So long ago that a pull of all has two windows.
FIRST_DAY = datetime(2026, 4, 10, tzinfo=UTC)


def at(instant: datetime) -> AbstractContextManager[None]:
    return set_clock(lambda: instant)


@pytest.fixture(autouse=True)
def quick(sqlite_installation: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    register_kinds()
    monkeypatch.setattr(hotmart_client, "CALLS_A_MINUTE", 600_000)
    monkeypatch.setattr(activecampaign_client, "CALLS_A_SECOND", 10_000)
    monkeypatch.setattr(http_client, "RetryPolicy", lambda: POLICY)


@pytest.fixture
def hotmart() -> Iterator[HotmartServer]:
    server = HotmartServer(now=NOW)
    with run_server(server.build_app()) as server.url:
        yield server


@pytest.fixture
def activecampaign() -> Iterator[ActiveCampaignServer]:
    server = ActiveCampaignServer(page_size=3)
    with run_server(server.build_app()) as server.url:
        yield server


def connect_hotmart(server: HotmartServer, name: str = "Main", **settings: Any) -> Connection:
    pulls = HotmartPulls(
        since=FIRST_DAY,
        members_areas={"cakes": "4242"},
        base_url=f"{server.url}/api",
        token_url=f"{server.url}/security/oauth/token",
        allow_private=True,
    )
    credentials = HotmartCredentials(CLIENT_ID, CLIENT_SECRET)
    return add_hotmart_api(name, credentials, pulls, AccountSettings(**settings), {})


def connect_activecampaign(server: ActiveCampaignServer, terms: ConsentTerms | None = None, **pulls: Any) -> Connection:
    return add_activecampaign("Main", server.url, API_KEY, ActiveCampaignPulls(allow_private=True, **pulls), terms)


def pull(connection: Connection, instant: datetime = NOW, *resources: str) -> list[Pull]:
    with at(instant):
        return pull_connection(connection, resources=resources)


def list_purchases() -> list[tuple[str, str]]:
    return sorted(Purchase.objects.values_list("transaction_id", "status"))


def list_events() -> list[tuple[str, datetime]]:
    return list(Event.objects.order_by("occurred_at", "pk").values_list("event_type", "occurred_at"))


SALES = [
    build_sale("HP1", "APPROVED", FIRST_DAY + timedelta(days=1)),
    build_sale("HP2", "COMPLETE", FIRST_DAY + timedelta(days=40), warranty_expire_date=to_milliseconds(NOW)),
    build_sale("HP3", "REFUNDED", FIRST_DAY + timedelta(days=2)),
    build_sale("HP4", "PRINTED_BILLET", FIRST_DAY + timedelta(days=50)),
    build_sale("HP5", "CHARGEBACK", FIRST_DAY + timedelta(days=3)),
]
EXPECTED = [
    ("HP1", "approved"),
    ("HP2", "approved"),
    ("HP2", "complete"),
    ("HP3", "approved"),
    ("HP3", "refunded"),
    ("HP4", "billet_printed"),
    ("HP5", "approved"),
    ("HP5", "chargeback"),
]


def test_sales_of_every_status_and_window_become_purchases(hotmart: HotmartServer) -> None:
    hotmart.sales = list(SALES)
    (found,) = pull(connect_hotmart(hotmart), NOW, "sales")
    assert list_purchases() == EXPECTED
    assert (found.rows_read, found.rows_new, found.covered_until, found.cursor) == (5, 8, NOW, None)
    purchase = Purchase.objects.get(transaction_id="HP1")
    assert (purchase.amount_minor, purchase.currency, purchase.utm_campaign) == (10050, "BRL", "cake")
    assert purchase.occurred_at == FIRST_DAY + timedelta(days=1, minutes=1)


def test_the_buyer_s_phone_and_language_come_with_the_participants(hotmart: HotmartServer) -> None:
    hotmart.sales = [build_sale("HP1", "APPROVED", FIRST_DAY)]
    user = {"locale": "pt_BR", "cellphone": "11 99876-5432", "email": "hp1@example.com"}
    hotmart.participants = [{"transaction": "HP1", "users": [{"role": "PRODUCER"}, {"role": "BUYER", "user": user}]}]
    pull(connect_hotmart(hotmart, default_country="BR"), NOW, "sales")
    contact = Contact.objects.get()
    assert (contact.phone, contact.language) == ("+5511998765432", "pt_BR")


def test_a_late_refund_is_found_and_takes_the_sale_back_once(hotmart: HotmartServer) -> None:
    connection = connect_hotmart(hotmart)
    hotmart.sales = [build_sale("HP1", "APPROVED", FIRST_DAY)]
    pull(connection, NOW, "sales")
    hotmart.sales = [build_sale("HP1", "REFUNDED", FIRST_DAY)]
    for days in (1, 2):
        pull(connection, NOW + timedelta(days=days), "sales")
    refund = Purchase.objects.get(status="refunded")
    assert refund.occurred_at == NOW + timedelta(days=1)
    assert refund.amount_minor is None


def test_a_partial_refund_leaves_the_sale_since_the_wire_says_no_amount(hotmart: HotmartServer) -> None:
    hotmart.sales = [build_sale("HP1", "PARTIALLY_REFUNDED", FIRST_DAY)]
    hotmart.sales.append(build_sale("HP2", "PARTIALLY_REFUNDED", FIRST_DAY, approved_date=None))
    pull(connect_hotmart(hotmart), NOW, "sales")
    assert list_purchases() == [("HP1", "approved"), ("HP2", "approved")]
    assert set(Purchase.objects.values_list("amount_minor", flat=True)) == {10050}


def test_what_is_pulled_again_changes_nothing(hotmart: HotmartServer) -> None:
    hotmart.sales = list(SALES)
    connection = connect_hotmart(hotmart)
    pull(connection, NOW, "sales")
    before = list(Purchase.objects.order_by("pk").values_list("pk", "row_key"))
    (found,) = pull(connection, NOW + timedelta(days=1), "sales")
    assert list(Purchase.objects.order_by("pk").values_list("pk", "row_key")) == before
    assert found.rows_new == 0


def test_a_pull_with_every_trouble_ends_with_the_truth(hotmart: HotmartServer) -> None:
    hotmart.sales = list(SALES)
    connection = connect_hotmart(hotmart)
    troubles = [fail_with(429), fail_with(429, **{"Retry-After": "0"}), fail_with(502), cut_connection, send_half]
    for number in range(60):
        hotmart.faults.extend([troubles[number % 5], None])
    pull(connection, NOW, "sales")
    assert list_purchases() == EXPECTED


def test_a_pull_that_stops_goes_on_where_it_was(hotmart: HotmartServer) -> None:
    hotmart.sales = list(SALES)
    connection = connect_hotmart(hotmart)
    hotmart.faults.extend([None] * 20 + [fail_with(503)] * POLICY.max_attempts)
    with pytest.raises(UnavailableError):
        pull(connection, NOW, "sales")
    stopped = Pull.objects.get()
    assert stopped.cursor
    assert "503" in stopped.error
    asked = len(hotmart.requests)
    (found,) = pull(connection, NOW + timedelta(hours=1), "sales")
    assert list_purchases() == EXPECTED
    assert (found.started_at, found.error) == (NOW, "")
    pull(connection, NOW + timedelta(hours=2), "sales")
    assert len(hotmart.requests) > 2 * asked - 25  # the second pull asked for less than a whole one


def test_a_window_that_takes_hotmart_too_long_is_halved(hotmart: HotmartServer) -> None:
    hotmart.sales = [build_sale(f"HP{days}", "APPROVED", FIRST_DAY + timedelta(days=days)) for days in range(30)]
    connection = connect_hotmart(hotmart)
    hotmart.faults.extend([fail_with(502)] * POLICY.max_attempts)
    pull(connection, FIRST_DAY + timedelta(days=30), "sales")
    assert Purchase.objects.count() == 30


def take_in_webhook(event: str, number: int) -> None:
    """Process a webhook about the sale HP1."""
    ordered_at = to_milliseconds(FIRST_DAY)
    delivery = build_delivery(
        event, number, transaction="HP1", order_date=ordered_at, approved_date=ordered_at + 60_000
    )
    item = InboxItem.objects.create(source="hotmart", envelope_id=delivery["id"], body=encode(delivery))
    process_items([item])


def test_a_sale_is_one_row_whether_webhook_or_pull_tells_first(hotmart: HotmartServer) -> None:
    connection = connect_hotmart(hotmart)
    hotmart.sales = [build_sale("HP1", "APPROVED", FIRST_DAY, email="ana@example.com")]
    pull(connection, NOW, "sales")
    take_in_webhook("PURCHASE_APPROVED", 1)
    take_in_webhook("PURCHASE_REFUNDED", 2)
    hotmart.sales = [build_sale("HP1", "REFUNDED", FIRST_DAY, email="ana@example.com")]
    pull(connection, NOW + timedelta(days=1), "sales")
    assert list_purchases() == [("HP1", "approved"), ("HP1", "refunded")]
    assert Contact.objects.count() == 1


def test_a_started_paypal_order_is_an_event(hotmart: HotmartServer) -> None:
    paypal = {"payment": {"type": "PAYPAL", "method": "PAYPAL"}}
    hotmart.sales = [
        build_sale("HP1", "STARTED", FIRST_DAY, **paypal),
        build_sale("HP2", "STARTED", FIRST_DAY),
    ]
    connection = connect_hotmart(hotmart)
    for _ in range(2):
        pull(connection, NOW, "sales")
    assert list_events() == [("order_started", FIRST_DAY)]
    assert list_purchases() == [("HP1", "started"), ("HP2", "started")]


def test_a_sale_permits_messages_about_it_and_nothing_else(hotmart: HotmartServer) -> None:
    hotmart.sales = list(SALES)
    pull(connect_hotmart(hotmart), NOW, "sales")
    assert set(ConsentEvent.objects.values_list("purpose", "basis")) == {("service", "contract")}


def test_what_an_affiliate_sold_for_others_is_left_out(hotmart: HotmartServer) -> None:
    hotmart.sales = [build_sale("HP1", "APPROVED", FIRST_DAY, commission_as="AFFILIATE")]
    pull(connect_hotmart(hotmart), NOW, "sales")
    assert not Purchase.objects.exists()


def build_subscription(status: str, **changes: Any) -> dict[str, Any]:
    return {
        "subscriber_code": "ABC1",
        "status": status,
        "accession_date": to_milliseconds(FIRST_DAY),
        "product": {"id": 4242, "name": "Cakes"},
        "subscriber": {"name": "Ana Lima", "email": "ana@example.com"},
        **changes,
    }


def test_each_change_of_a_subscription_is_one_event(hotmart: HotmartServer) -> None:
    connection = connect_hotmart(hotmart)
    ended_at = NOW + timedelta(days=2)
    states = [
        build_subscription("ACTIVE"),
        build_subscription("OVERDUE"),
        build_subscription("ACTIVE"),
        build_subscription("ACTIVE"),
        build_subscription("CANCELLED_BY_CUSTOMER", end_accession_date=to_milliseconds(ended_at) // 1000),
    ]
    for days, state in enumerate(states):
        hotmart.subscriptions = hotmart.summaries = [state]
        pull(connection, NOW + timedelta(days=days), "subscriptions")
    assert list_events() == [
        ("subscription_active", FIRST_DAY),
        ("subscription_overdue", NOW + timedelta(days=1)),
        ("subscription_active", NOW + timedelta(days=2)),
        ("subscription_canceled_by_customer", NOW + timedelta(days=4)),
    ]


def test_a_rule_of_the_owner_makes_no_state_a_change_again(hotmart: HotmartServer) -> None:
    connection = connect_hotmart(hotmart)
    hotmart.subscriptions = hotmart.summaries = [build_subscription("OVERDUE")]
    add_rule(EventRule(event_name="subscription_overdue", event_type="page_view"))
    for days in range(3):
        pull(connection, NOW + timedelta(days=days), "subscriptions")
    assert [event for event, _ in list_events()] == ["subscription_active", "page_view"]


def test_smart_instalments_are_no_subscription(hotmart: HotmartServer) -> None:
    hotmart.subscriptions = [build_subscription("OVERDUE")]
    hotmart.summaries = [build_subscription("OVERDUE", last_recurrency={"billing_type": "SMART_INSTALLMENT"})]
    pull(connect_hotmart(hotmart), NOW, "subscriptions")
    assert [event for event, _ in list_events()] == ["smart_installments_active", "smart_installments_overdue"]


def test_recurring_revenue_is_the_last_charge_net_by_the_months_of_the_plan(hotmart: HotmartServer) -> None:
    year = {"plan": {"id": 1, "recurrency_period": 365}, "price": {"value": 120, "currency_code": "BRL"}}
    month = {"plan": {"id": 2, "recurrency_period": 30}, "price": {"value": 50, "currency_code": "BRL"}}
    people = {code: {"name": code, "email": f"{code}@example.com"} for code in "abcdefg"}
    hotmart.subscriptions = [
        build_subscription("ACTIVE", subscriber_code="a", subscriber=people["a"], **year),
        build_subscription("ACTIVE", subscriber_code="b", subscriber=people["b"], **month),
        build_subscription("OVERDUE", subscriber_code="c", subscriber=people["c"], **month),
        build_subscription("CANCELLED_BY_CUSTOMER", subscriber_code="d", subscriber=people["d"], **month),
        build_subscription("ACTIVE", subscriber_code="e", subscriber=people["e"], **month),
        build_subscription("ACTIVE", subscriber_code="f", subscriber=people["f"]),
        build_subscription("ACTIVE", subscriber_code="g", subscriber=people["g"], **month),
    ]
    billing = {"last_recurrency": {"billing_type": "SMART_INSTALLMENT"}}
    hotmart.summaries = [build_subscription("ACTIVE", subscriber_code="e", **billing)]
    # What was charged goes before the plan's price: 100.50 of b, and of g nothing, since it was given back.
    hotmart.sales = [
        build_sale("HP1", "APPROVED", FIRST_DAY, email="b@example.com"),
        build_sale("HP2", "REFUNDED", FIRST_DAY, email="g@example.com"),
    ]
    connection = connect_hotmart(hotmart)
    for _ in range(2):
        pull(connection, NOW, "sales", "subscriptions")
    found, unpriced = read_recurring_revenue(connection)
    assert (unpriced.currency, unpriced.active, unpriced.unpriced) == ("", 1, 1)
    assert (found.currency, found.active, found.overdue, found.unpriced) == ("BRL", 3, 1, 0)
    assert (found.active_minor, found.overdue_minor) == (1_000 + 10_050 + 0, 5_000)


def test_a_cancellation_that_a_webhook_told_is_not_told_again(hotmart: HotmartServer) -> None:
    hotmart.subscriptions = hotmart.summaries = [build_subscription("ACTIVE")]
    connection = connect_hotmart(hotmart)
    pull(connection, NOW, "subscriptions")
    contact = Contact.objects.get()
    Event.objects.create(
        contact=contact,
        original_contact_id=contact.pk,
        event_type="subscription_canceled",
        default_type="subscription_canceled",
        occurred_at=NOW + timedelta(hours=1),
        source="hotmart",
        product_id="4242",
        row_key=b"x" * 32,
    )
    hotmart.subscriptions = [build_subscription("CANCELLED_BY_SELLER")]
    pull(connection, NOW + timedelta(days=1), "subscriptions")
    assert Event.objects.count() == 2


def build_student(last: datetime | None, percentage: int, **changes: Any) -> dict[str, Any]:
    first = (
        {}
        if last is None
        else {"first_access_date": to_milliseconds(FIRST_DAY), "last_access_date": to_milliseconds(last)}
    )
    return {
        "user_id": "U1",
        "name": "Ana Lima",
        "email": "ana@example.com",
        "role": "STUDENT",
        "status": "ACTIVE",
        "purchase_date": to_milliseconds(FIRST_DAY),
        "progress": {"total": 10, "completed": 1, "completed_percentage": percentage},
        **first,
        **changes,
    }


def test_progress_and_absence_are_derived(hotmart: HotmartServer) -> None:
    connection = connect_hotmart(hotmart)
    first_visit, second_visit = FIRST_DAY + timedelta(days=10), FIRST_DAY + timedelta(days=60)
    for instant, student in [
        (first_visit + timedelta(days=1), build_student(first_visit, 10)),
        (first_visit + timedelta(days=20), build_student(first_visit, 10)),
        (first_visit + timedelta(days=40), build_student(first_visit, 10)),
        (second_visit + timedelta(days=1), build_student(second_visit, 50)),
    ]:
        hotmart.students = {"cakes": [student]}
        pull(connection, instant, "students")
    assert list_events() == [
        ("members_first_access", FIRST_DAY),
        ("members_progress", first_visit),
        ("members_inactive_15_days", first_visit + timedelta(days=15)),
        ("members_inactive_30_days", first_visit + timedelta(days=30)),
        ("members_progress", second_visit),
    ]
    assert list(Event.objects.filter(event_type="members_progress").values_list("value", flat=True)) == [10, 50]


def test_who_is_in_a_members_area_without_a_purchase_registered_free_once(hotmart: HotmartServer) -> None:
    connection, visit = connect_hotmart(hotmart), FIRST_DAY + timedelta(days=3)
    free = build_student(visit, 0, type="FREE_STUDENT", purchase_date=None, first_access_date=None)
    buyer = build_student(visit, 0, email="bruno@example.com", purchase_date=None, type="BUYER")
    for days in (0, 1):
        hotmart.students = {"cakes": [free, buyer]}
        pull(connection, visit + timedelta(days=days), "students")
    registered = Event.objects.get(event_type="free_registration")
    assert registered.contact.email == free["email"]
    assert registered.occurred_at == visit


def test_who_never_came_is_absent_since_the_purchase(hotmart: HotmartServer) -> None:
    hotmart.students = {"cakes": [build_student(None, 0)]}
    pull(connect_hotmart(hotmart), FIRST_DAY + timedelta(days=16), "students")
    assert list_events() == [("members_inactive_15_days", FIRST_DAY + timedelta(days=15))]


def test_products_are_named(hotmart: HotmartServer) -> None:
    connection = connect_hotmart(hotmart)
    for name in ("Cakes", "More cakes"):
        hotmart.products = [{"id": 4242, "name": name, "is_subscription": True, "status": "ACTIVE"}]
        pull(connection, NOW, "products")
    assert list(Product.objects.values_list("product_id", "name", "is_subscription")) == [("4242", "More cakes", True)]


def test_two_accounts_are_pulled_apart(hotmart: HotmartServer) -> None:
    hotmart.sales = list(SALES)
    for name in ("One", "Two"):
        pull(connect_hotmart(hotmart, name), NOW, "sales")
    assert list_purchases() == EXPECTED
    assert Pull.objects.count() == 2


def test_a_connection_is_tested_scheduled_and_removed(hotmart: HotmartServer) -> None:
    connection = connect_hotmart(hotmart)
    assert check_connection(connection).name == "The Owner"
    assert Schedule.objects.get(kind="pull").options == {"connection_id": connection.pk}
    assert request_pull(connection) == request_pull(connection)
    remove_connection(connection)
    assert not Schedule.objects.filter(kind="pull").exists()
    assert run_pull({"connection_id": connection.pk}, print) == {}
    connection.refresh_from_db()
    assert connection.secrets is None


def test_wrong_credentials_are_noted_without_a_secret(hotmart: HotmartServer) -> None:
    connection = connect_hotmart(hotmart)
    connection.set_secrets({"client_id": CLIENT_ID, "client_secret": "another-secret", "basic": ""})
    connection.save()
    with pytest.raises(CredentialsRefusedError):
        pull(connection)
    assert "another-secret" not in Pull.objects.get().error
    assert Pull.objects.get().error
    assert not Job.objects.filter(error__contains="another-secret").exists()


def test_contacts_become_captures_with_their_utm_fields(activecampaign: ActiveCampaignServer) -> None:
    activecampaign.contacts = [build_contact(number) for number in range(1, 8)]
    activecampaign.contacts.append(build_contact(9, deleted="1"))
    activecampaign.members = {"5": {"1", "2", "3", "4", "9"}, "6": {"4", "7"}}
    activecampaign.fields = [
        {"id": "1", "title": "UTM Source", "perstag": "UTM_SOURCE"},
        {"id": "2", "title": "Campanha", "perstag": "CAMPANHA"},
        {"id": "3", "title": "Shoe size", "perstag": "SHOE"},
    ]
    activecampaign.field_values = [
        {"id": "1", "contact": "2", "field": "1", "value": "instagram"},
        {"id": "2", "contact": "2", "field": "2", "value": "cake-2026"},
        {"id": "3", "contact": "2", "field": "3", "value": "42"},
    ]
    terms = ConsentTerms(Purpose.EMAIL_MARKETING, LegalBasis.CONSENT, "I want mails", "1")
    connection = connect_activecampaign(
        activecampaign, terms, lists=["5", "6"], utm_fields={"utm_campaign": "Campanha"}
    )
    (found,) = pull(connection)
    assert (found.rows_read, found.rows_new) == (7, 5)
    captures = Capture.objects.filter(utm_source="instagram")
    assert [(row.utm_campaign, row.attributes, row.source) for row in captures] == [("cake-2026", {}, "activecampaign")]
    assert captures[0].captured_at == datetime(2026, 3, 1, 14, tzinfo=UTC)
    assert ConsentEvent.objects.filter(purpose="email_marketing", granted=True).count() == 5
    assert not Contact.objects.filter(came_by_file_only=True).exists()


def test_the_next_pull_asks_for_what_was_changed(activecampaign: ActiveCampaignServer) -> None:
    activecampaign.contacts = [build_contact(number) for number in range(1, 5)]
    activecampaign.fields = [{"id": "1", "title": "utm_source", "perstag": "UTM_SOURCE"}]
    connection = connect_activecampaign(activecampaign)
    pull(connection, NOW)
    activecampaign.contacts.append(build_contact(8, udate="2026-06-01T10:00:00-05:00"))
    activecampaign.field_values = [{"id": "1", "contact": "8", "field": "1", "value": "google"}]
    (found,) = pull(connection, NOW + timedelta(days=1))
    assert (found.rows_read, found.rows_new) == (1, 1)
    assert Capture.objects.get(utm_source="google").contact.email == "lead8@example.com"


def test_who_unsubscribed_there_is_not_written_to_here(activecampaign: ActiveCampaignServer) -> None:
    activecampaign.contacts = [build_contact(number, udate="2026-06-01T10:00:00-05:00") for number in (1, 2, 3)]
    activecampaign.members = {"5": {"1", "2", "3"}}
    activecampaign.unsubscribed = {"3"}
    terms = ConsentTerms(Purpose.EMAIL_MARKETING, LegalBasis.CONSENT, "I want mails", "1")
    connection = connect_activecampaign(activecampaign, terms, lists=["5"])
    pull(connection)
    assert set(Contact.objects.values_list("pk", flat=True)) == list_permitted_contacts()
    activecampaign.unsubscribed = {"2", "3"}
    for days in (1, 2):
        pull(connection, NOW + timedelta(days=days))
    assert list_permitted_contacts() == {Contact.objects.earliest("pk").pk}
    assert ConsentEvent.objects.filter(granted=False).count() == 1


def test_lists_that_are_chosen_while_a_pull_runs_are_pulled_whole(activecampaign: ActiveCampaignServer) -> None:
    activecampaign.contacts = [build_contact(number) for number in range(1, 9)]
    activecampaign.members = {"5": {"5", "6", "7", "8"}, "6": {"1", "2", "3", "4"}}
    connection = connect_activecampaign(activecampaign, lists=["5"])

    def choose(_message: str) -> None:
        if not Pull.objects.exclude(cursor={}).exists():
            return
        choose_lists(Connection.objects.get(), ["6"])

    with at(NOW):
        pull_connection(connection, choose)
    pull(Connection.objects.get(), NOW + timedelta(days=1))
    assert Capture.objects.count() == 8


def test_a_pull_that_stopped_does_not_go_on_with_other_lists(activecampaign: ActiveCampaignServer) -> None:
    activecampaign.contacts = [build_contact(number) for number in range(1, 9)]
    activecampaign.members = {"5": {"5", "6", "7", "8"}, "6": {"1", "2", "3", "4"}}
    connection = connect_activecampaign(activecampaign, lists=["5"])

    def choose_and_stop(message: str) -> None:
        if "3 read" in message:
            choose_lists(Connection.objects.get(), ["6"])
        if "4 read" in message:
            raise UnavailableError("stopped")

    with at(NOW), pytest.raises(UnavailableError):
        pull_connection(connection, choose_and_stop)
    pull(Connection.objects.get(), NOW + timedelta(days=1))
    assert Capture.objects.count() == 8


def test_a_pull_that_goes_on_keeps_the_consent_of_those_it_had_read(activecampaign: ActiveCampaignServer) -> None:
    """ActiveCampaign lists somebody by a status that they have in any list, and so in both."""
    activecampaign.contacts = [build_contact(number) for number in range(1, 7)]
    activecampaign.members = {"5": {"1", "2", "3", "4", "5", "6"}}
    activecampaign.in_both_states = {"1", "6"}
    terms = ConsentTerms(Purpose.EMAIL_MARKETING, LegalBasis.CONSENT, "I want mails", "1")
    connection = connect_activecampaign(activecampaign, terms, lists=["5"])
    activecampaign.faults.extend([None] * 3 + [fail_with(500)] * POLICY.max_attempts)
    with pytest.raises(UnavailableError):
        pull(connection)
    assert Pull.objects.get().cursor
    pull(connection)
    assert set(Contact.objects.values_list("pk", flat=True)) == list_permitted_contacts()


def test_a_row_that_the_database_cannot_hold_costs_no_other(
    activecampaign: ActiveCampaignServer, hotmart: HotmartServer
) -> None:
    activecampaign.contacts = [build_contact(number) for number in (1, 2)]
    activecampaign.fields = [{"id": "1", "title": "utm_source", "perstag": "UTM_SOURCE"}]
    activecampaign.field_values = [{"id": "1", "contact": "1", "field": "1", "value": "a\0b"}]
    pull(connect_activecampaign(activecampaign))
    assert sorted(Capture.objects.values_list("utm_source", flat=True)) == ["", "ab"]
    broken = build_sale("HP9", "APPROVED", FIRST_DAY + timedelta(days=1), offer={"code": "x\0" + "y" * 900})
    hotmart.sales = [*SALES, broken]
    pull(connect_hotmart(hotmart, "Sales"), NOW, "sales")
    assert set(EXPECTED) <= set(list_purchases())


def list_permitted_contacts() -> set[int]:
    return list_permitted(list(Contact.objects.values_list("pk", flat=True)), Purpose.EMAIL_MARKETING)


def test_contacts_are_all_there_whatever_fails(activecampaign: ActiveCampaignServer) -> None:
    activecampaign.contacts = [build_contact(number) for number in range(1, 20)]
    connection = connect_activecampaign(activecampaign)
    troubles = [fail_with(429), fail_with(429, **{"Retry-After": "0"}), fail_with(502), cut_connection, send_half]
    for trouble in troubles:
        activecampaign.faults.extend([trouble, None])
    activecampaign.faults.extend([fail_with(500)] * POLICY.max_attempts)
    with pytest.raises(UnavailableError):
        pull(connection)
    pull(connection)
    assert Capture.objects.count() == 19


def test_neither_a_training_nor_a_pull_holds_up_the_other() -> None:
    for kind in ("train", "pull"):
        enqueue_job(kind, {"connection_id": 0})
    claimed = [claim_job(lane, 60) for lane in LANES]
    assert {job.kind for job in claimed if job} == {"train", "pull"}
