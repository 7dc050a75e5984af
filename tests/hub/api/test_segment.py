"""Segment's messages: their own library, their limits and answers, and what becomes of each."""

import gzip
import itertools
import json
import threading
import time
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import uvicorn
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.applications import Starlette

from hotleads.hub.api.routes import build_api_routes
from hotleads.hub.api.segment_routes import MAX_MESSAGES
from hotleads.hub.clock import get_now
from hotleads.hub.intake.credentials import CredentialOptions, add_credential, revoke_credential
from hotleads.hub.intake.guess_limit import MAX_FAILURES_A_MINUTE
from hotleads.hub.intake.inbox_writer import InboxWriter
from hotleads.hub.intake.segment.event_types import EVENT_TYPES, find_event_type
from hotleads.hub.models import Capture, ConsentEvent, Contact, Event, InboxItem, LegalBasis, Purchase, Purpose, Scope
from hotleads.hub.people.consent import ConsentTerms
from hotleads.scoring.scorecard import DEFAULT_SCORECARD
from tests.hub.api.conftest import Service, process_inbox
from tests.hub.installations import Installation

WRITING = (Scope.WRITE_LEADS, Scope.WRITE_EVENTS, Scope.WRITE_PURCHASES)
NOW = "2026-03-05T12:00:00Z"


def add_site(name: str = "site", scopes: tuple[Scope, ...] = WRITING, terms: ConsentTerms | None = None) -> str:
    return add_credential(name, CredentialOptions(scopes, "BR", terms)).write_key


def send(service: Service, key: str, path: str, content: Any) -> Any:
    return service.client.post(f"/v1/{path}", json=content, auth=(key, ""))


@pytest.fixture
def address(installation: Installation) -> Iterator[str]:
    """The routes on a port, for a library that talks HTTP."""
    writer = InboxWriter()
    server = uvicorn.Server(uvicorn.Config(Starlette(routes=build_api_routes(writer)), port=0, log_level="error"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join()
    writer.stop()


@pytest.mark.parametrize("is_gzipped", [False, True])
def test_segments_own_library_works_unchanged(is_gzipped: bool, address: str, service: Service) -> None:
    library = pytest.importorskip("segment.analytics.client", reason="segment-analytics-python is not installed")
    errors: list[object] = []
    client = library.Client(
        add_site(), host=address, gzip=is_gzipped, on_error=lambda error, items: errors.append(error), thread=1
    )
    client.page(anonymous_id="browser", name="Pricing", properties={"path": "/pricing"})
    client.identify("7", {"email": "ana@example.com", "firstName": "Ana", "goal": "career"}, anonymous_id="browser")
    client.track("7", "Order Completed", {"order_id": "O1", "total": 99.9, "currency": "BRL", "products": []})
    client.group("7", "acme", {"name": "Acme"})
    client.alias("browser-2", "7")
    client.screen("7", name="Home")
    client.flush()
    client.join()
    assert not errors
    assert set(process_inbox()) == {"processed"}
    contact = Contact.objects.get()
    assert (contact.email, contact.name) == ("ana@example.com", "Ana")
    assert set(Event.objects.values_list("event_type", flat=True)) == {
        *("sales_page_visit", "order_completed", "group", "screen_view")
    }
    assert Event.objects.get(event_type="group").company == "Acme"
    purchase = Purchase.objects.get()
    assert (purchase.transaction_id, purchase.amount_minor, purchase.currency) == ("O1", 9_990, "BRL")
    assert Capture.objects.get().attributes == {"goal": "career"}


@pytest.mark.parametrize(
    ("is_gzipped", "content_type"),
    [
        (False, "application/json"),
        (True, "application/json"),
        (True, "application/x-www-form-urlencoded"),  # RudderStack's library for Node
    ],
)
def test_a_batch_as_their_libraries_write_it_is_taken_in(is_gzipped: bool, content_type: str, service: Service) -> None:
    """The bytes of Python's, version 2.4.0: its fields, its headers, the write key in both places."""
    common: dict[str, Any] = {
        "integrations": {},
        "anonymousId": "browser",
        "timestamp": "2026-03-01T12:00:00.123456+00:00",
        "context": {"library": {"name": "analytics-python", "version": "2.4.0"}},
        "userId": "7",
    }
    batch = [
        common | {"messageId": "m1", "type": "identify", "traits": {"email": "ana@example.com", "firstName": "Ana"}},
        common | {"messageId": "m2", "type": "track", "event": "Webinar Attended", "properties": {"value": 3}},
        common | {"messageId": "m3", "type": "group", "groupId": "acme", "traits": {"name": "Acme"}},
    ]
    key = add_site()
    sent = {"batch": batch, "sentAt": "2026-03-01T12:00:01.5+00:00", "writeKey": key}
    body = json.dumps(sent).encode()
    headers = {"content-type": content_type, "user-agent": "analytics-python/2.4.0"}
    if is_gzipped:
        body, headers["content-encoding"] = gzip.compress(body), "gzip"
    answer = service.client.post("/v1/batch", content=body, headers=headers, auth=(key, ""))
    assert (answer.status_code, answer.json()) == (200, {"success": True})
    assert process_inbox() == ["processed"] * 3
    assert Capture.objects.get().contact.email == "ana@example.com"
    assert set(Event.objects.values_list("event_type", "value", "company")) == {
        ("webinar_attended", 3.0, ""),
        ("group", None, "Acme"),
    }


def test_a_text_that_was_cut_within_an_emoji_costs_no_batch(sqlite_service: Service) -> None:
    body = rb'{"batch": [{"type": "track", "event": "Cut \ud83d", "userId": "7"}, {"type": "page", "userId": "7"}]}'
    response = sqlite_service.client.post("/v1/batch", content=body, auth=(add_site(), ""))
    assert (response.status_code, InboxItem.objects.count()) == (200, 2)


def test_answers_are_segments(sqlite_service: Service) -> None:
    key = add_site()
    track = {"type": "track", "event": "Signed Up", "userId": "7", "messageId": "m1"}
    answer = send(sqlite_service, key, "track", track)
    assert (answer.status_code, answer.json()) == (200, {"success": True})
    assert send(sqlite_service, key, "batch", {"batch": [track]}).json() == {"success": True}
    in_body = sqlite_service.client.post(
        "/v1/t", content=json.dumps(track | {"writeKey": key}), headers={"content-type": "text/plain"}
    )
    assert in_body.status_code == 200
    assert InboxItem.objects.count() == 1
    assert b"writeKey" not in bytes(InboxItem.objects.get().body or b"")
    assert sqlite_service.client.post("/v1/track", json=track).status_code == 401
    assert send(sqlite_service, "wrong", "track", track).status_code == 401


def test_browsers_of_other_sites_may_send_and_nothing_else(sqlite_service: Service) -> None:
    asked = {"origin": "https://shop.example", "access-control-request-method": "POST"}
    preflight = sqlite_service.client.options("/v1/track", headers=asked)
    assert preflight.status_code == 204
    assert preflight.headers["access-control-allow-origin"] == "*"
    refused = sqlite_service.client.options("/v1/leads", headers=asked)
    assert "access-control-allow-origin" not in refused.headers
    assert "access-control-allow-credentials" not in preflight.headers


@pytest.mark.parametrize(
    ("path", "content", "status", "faulty"),
    [
        ("track", {"event": "x"}, 400, "userId"),
        ("track", {"userId": "7"}, 400, "event"),
        ("alias", {"userId": "7"}, 400, "previousId"),
        ("group", {"userId": "7"}, 400, "groupId"),
        ("track", [1], 400, ""),
        ("batch", {"batch": []}, 400, "batch"),
        ("batch", {"batch": [{"type": "page", "userId": "1"}, {"type": "sing", "userId": "7"}]}, 400, "batch.1.type"),
        ("batch", {"batch": [7]}, 400, "batch.0"),
        ("batch", {"batch": [{"type": "page", "userId": "7"}] * (MAX_MESSAGES + 1)}, 413, "batch"),
        ("batch", {"batch": [{"type": "page", "userId": "7", "name": "x" * 33_000}]}, 413, "batch.0"),
        ("batch", {"batch": [{"type": "page", "userId": "7", "name": "x" * 600_000}]}, 413, ""),
        ("track", {"event": "x" * 33_000, "userId": "7"}, 413, ""),
    ],
)
def test_what_is_no_message_is_refused_with_its_place(
    path: str, content: Any, status: int, faulty: str, sqlite_service: Service
) -> None:
    answer = send(sqlite_service, add_site(), path, content)
    assert (answer.status_code, answer.json()["error"]["problems"][0]["path"]) == (status, faulty), answer.text
    assert not InboxItem.objects.exists()


def test_a_bomb_is_refused(sqlite_service: Service) -> None:
    bomb = gzip.compress(b" " * 50_000_000)
    headers = {"content-encoding": "gzip", "content-type": "application/json"}
    key = add_site()
    tracemalloc.start()
    try:
        answer = sqlite_service.client.post("/v1/batch", content=bomb, headers=headers, auth=(key, ""))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert answer.status_code == 413
    assert peak < 20_000_000  # it is unpacked no further than its limit


def test_an_address_that_guesses_write_keys_has_to_wait(sqlite_service: Service) -> None:
    key = add_site()
    answers = [send(sqlite_service, f"guessed-{number}", "track", {}) for number in range(MAX_FAILURES_A_MINUTE)]
    assert {answer.status_code for answer in answers} == {401}
    answer = send(sqlite_service, key, "track", {"event": "x", "userId": "7"})
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 60


def test_a_write_key_in_use_is_refused_a_second_after_it_was_revoked(sqlite_service: Service) -> None:
    issued = add_credential("site", CredentialOptions(WRITING, "BR", None))
    message = {"event": "Product Viewed", "anonymousId": "browser"}
    assert send(sqlite_service, issued.write_key, "track", message).status_code == 200
    revoke_credential(issued.credential)
    time.sleep(1.1)
    assert send(sqlite_service, issued.write_key, "track", message).status_code == 401


def test_a_credential_sends_what_its_scopes_allow(sqlite_service: Service) -> None:
    key = add_site("events", (Scope.WRITE_EVENTS,))
    order = {"event": "Order Completed", "userId": "7", "properties": {"order_id": "O1", "total": 5}}
    assert send(sqlite_service, key, "track", order).status_code == 200
    assert send(sqlite_service, key, "identify", {"userId": "7"}).status_code == 403
    process_inbox()
    assert (Event.objects.count(), Purchase.objects.count()) == (1, 0)


def test_identify_is_a_capture_with_campaign_click_ids_and_consent(service: Service) -> None:
    terms = ConsentTerms(Purpose.EMAIL_MARKETING, LegalBasis.CONSENT, "news", "v1")
    message = {
        "userId": "7",
        "timestamp": NOW,
        "traits": {
            "email": "ana@example.com",
            "phone": "11987654321",
            "name": "Ana",
            "plan": 3,
            "address": {"city": "X"},
        },
        "context": {
            "campaign": {"name": "cake", "source": "ig", "medium": "paid"},
            "page": {"url": "https://shop.example/?fbclid=F1&utm_term=bolo"},
            "locale": "pt-BR",
        },
    }
    assert send(service, add_site(terms=terms), "identify", message).status_code == 200
    assert process_inbox() == ["processed"]
    capture = Capture.objects.get()
    assert (capture.utm_campaign, capture.utm_source, capture.utm_medium, capture.utm_term) == (
        "cake",
        "ig",
        "paid",
        "bolo",
    )
    assert json.loads(capture.click_ids or "") == {"fbclid": "F1"}
    assert (capture.attributes, capture.language, capture.source) == ({"plan": "3"}, "pt-BR", "segment")
    assert capture.contact.phone == "+5511987654321"
    assert ConsentEvent.objects.get().text_version == "v1"


def test_a_clock_that_is_wrong_is_corrected(service: Service) -> None:
    key, before = add_site(), get_now()
    wrong = {"timestamp": "2031-01-01T00:00:00Z", "sentAt": "2031-01-01T01:00:00Z"}
    batch = [
        {"type": "page", "userId": "7", "messageId": "m1", **wrong},
        {"type": "page", "userId": "7", "messageId": "m2"},
    ]
    send(service, key, "batch", {"batch": batch, "sentAt": "2026-01-01T00:00:00Z"})
    process_inbox()
    hour_ago, now = Event.objects.order_by("occurred_at").values_list("occurred_at", flat=True)
    assert timedelta(0) <= hour_ago - (before - timedelta(hours=1)) < timedelta(minutes=1)
    assert now >= before


def test_orders_become_purchases_product_by_product(service: Service) -> None:
    key = add_site()
    products = [{"product_id": "a", "price": 10, "quantity": 2}, {"sku": "b", "price": 20}]
    common = {"userId": "7", "context": {"traits": {"email": "ana@example.com"}}}
    order = {"order_id": "O1", "total": "30.01", "currency": "usd"}
    messages = [
        ("Order Completed", order | {"products": products}, "2026-03-01T00:00:00Z"),
        ("Order Refunded", {"order_id": "O1"}, "2026-03-02T00:00:00Z"),
        ("Order Completed", {"order_id": "O2", "revenue": 5, "product_id": "c"}, "2026-03-03T00:00:00Z"),
        ("Order Cancelled", {"order_id": "O2"}, "2026-03-04T00:00:00Z"),
    ]
    batch = [
        common | {"type": "track", "event": name, "properties": properties, "timestamp": at, "messageId": name + at}
        for name, properties, at in messages
    ]
    for message in batch:
        send(service, key, "track", message)
        process_inbox()
    rows = Purchase.objects.order_by("occurred_at", "transaction_id").values_list(
        "transaction_id", "product_id", "status", "amount_minor"
    )
    assert list(rows) == [
        ("O1:a", "a", "approved", 1501),
        ("O1:b", "b", "approved", 1500),
        ("O1:a", "a", "refunded", None),
        ("O1:b", "b", "refunded", None),
        ("O2", "c", "approved", 500),
        ("O2", "", "canceled", None),
    ]
    assert Purchase.objects.filter(currency="USD").count() == 2


VISITOR = [
    {"type": "page", "anonymousId": "b", "name": "Pricing", "timestamp": "2026-03-01T00:00:00Z", "messageId": "1"},
    {"type": "track", "event": "Checkout Started", "anonymousId": "b", "timestamp": "2026-03-02T00:00:00Z",
     "messageId": "2"},
    {"type": "identify", "anonymousId": "b", "userId": "7", "timestamp": "2026-03-03T00:00:00Z", "messageId": "3",
     "traits": {"email": "ana@example.com"}},
    {"type": "page", "anonymousId": "b", "name": "Home", "timestamp": "2026-03-04T00:00:00Z", "messageId": "4"},
]  # fmt: skip


@pytest.mark.parametrize("order", list(itertools.permutations(range(4)))[::3])
def test_what_a_visitor_did_is_known_from_the_moment_they_said_who_they_are(
    order: tuple[int, ...], sqlite_service: Service
) -> None:
    key = add_site()
    for number in (*order, *order):
        send(sqlite_service, key, "batch", {"batch": [VISITOR[number]]})
        process_inbox()
    assert set(process_inbox()) == {"processed"}
    joined = datetime(2026, 3, 3, tzinfo=UTC)
    contact = Contact.objects.get()
    assert set(Event.objects.values_list("event_type", "occurred_at", "contact")) == {
        ("sales_page_visit", joined, contact.pk),
        ("checkout_started", joined, contact.pk),
        ("page_view", joined + timedelta(days=1), contact.pk),
    }


def test_an_alias_joins_a_visitor_too_and_the_first_person_keeps_the_browser(service: Service) -> None:
    key = add_site()
    send(service, key, "batch", {"batch": VISITOR[:2]})
    assert process_inbox() == ["unknown", "unknown"]
    assert not Contact.objects.exists()
    send(service, key, "alias", {"previousId": "b", "userId": "7"})
    send(service, key, "identify", {"anonymousId": "b", "userId": "8", "traits": {"email": "bia@example.com"}})
    assert set(process_inbox()) == {"processed"}
    assert set(Event.objects.values_list("contact__identities__source", flat=True)) == {"api", "visitor:api"}
    assert Event.objects.values("contact").distinct().count() == 1
    assert Contact.objects.count() == 2


def test_every_type_of_the_default_scorecard_that_names_reserve_is_one_of_the_card() -> None:
    of_card = {event_type for signal in DEFAULT_SCORECARD.signals for event_type in signal.event_types}
    assert len(set(EVENT_TYPES.values()) & of_card) >= 11


@pytest.mark.parametrize(
    ("message", "event_type"),
    [
        ({"type": "page", "name": "Preços"}, "sales_page_visit"),
        ({"type": "page", "properties": {"url": "https://x.example/comparativo?x=1"}}, "comparison_page_visit"),
        ({"type": "page", "context": {"page": {"path": "/ementa"}}}, "syllabus_visit"),
        ({"type": "screen", "name": "Quiz"}, "calculator_used"),
        ({"type": "page", "name": "About"}, "page_view"),
        ({"type": "track", "event": "FILE DOWNLOADED"}, "file_downloaded"),
        ({"type": "track", "event": "Viu a Aula!"}, "viu_a_aula"),
        ({"type": "track", "event": "!!"}, "event"),
    ],
)
def test_names_and_addresses_say_the_type_of_event(message: dict[str, Any], event_type: str) -> None:
    assert find_event_type(message, message["type"]) == event_type


_VALUES = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=10,
)
_NAMES = ("event", "userId", "anonymousId", "previousId", "groupId", "timestamp", "sentAt", "messageId", "name")
_OBJECTS = ("traits", "properties", "context")
_INNER = ("email", "phone", "name", "order_id", "total", "products", "currency", "price", "campaign", "page", "address")


@pytest.mark.slow
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    fields=st.dictionaries(st.sampled_from(_NAMES), _VALUES, max_size=4),
    objects=st.dictionaries(
        st.sampled_from(_OBJECTS), st.dictionaries(st.sampled_from(_INNER), _VALUES, max_size=4) | _VALUES, max_size=3
    ),
    kind=st.sampled_from(["track", "identify", "page", "group", "alias"]),
)
def test_any_message_is_taken_in_and_processed_or_refused(
    fields: Any, objects: Any, kind: str, sqlite_service: Service
) -> None:
    base = {"type": kind, "event": "Order Completed", "userId": "7", "groupId": "g", "previousId": "p"}
    key = getattr(sqlite_service, "write_key", None) or add_site()
    sqlite_service.write_key = key  # type: ignore[attr-defined]
    body = json.dumps({"batch": [base | fields | objects]}).encode()
    headers = {"content-type": "application/json"}
    answer = sqlite_service.client.post("/v1/batch", content=body, headers=headers, auth=(key, ""))
    assert answer.status_code in (200, 400), answer.text
    assert "failed" not in process_inbox()
