"""Leads, purchases and events by ``/v1``: kept before they are acknowledged, each once, refused with every fault."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hotleads.hub.clock import get_now
from hotleads.hub.intake.api.schemas import MAX_ROWS, ROW_TABLES
from hotleads.hub.intake.credentials import CredentialOptions, add_credential
from hotleads.hub.models import (
    Capture,
    ConsentEvent,
    Contact,
    Event,
    Identity,
    InboxItem,
    LegalBasis,
    Purchase,
    Purpose,
    Scope,
)
from hotleads.hub.people.consent import ConsentTerms
from tests.hub.api.conftest import Service, ask_token, process_inbox
from tests.hub.rows import create_launch

LEAD = {
    "email": "Ana@Example.com ",
    "phone": "(11) 98765-4321",
    "name": "Ana",
    "last_name": "Souza",
    "captured_at": "2026-03-01T12:00:00-03:00",
    "launch_id": "spring",
    "utm_source": "instagram",
    "utm_campaign": "cake-1",
    "country": "BR",
    "attr_goal": "career",
    "attr_age": 31,
    "fbclid": "IwAR0",
}
SALE = {
    "email": "ana@example.com",
    "transaction_id": "T1",
    "occurred_at": "2026-03-05T10:00:00Z",
    "product_id": "course",
    "amount": "197.50",
    "currency": "brl",
}
VISIT = {"email": "ana@example.com", "event_type": "sales_page_visit", "occurred_at": "2026-03-02T10:00:00Z"}


def test_a_lead_becomes_a_capture_of_its_contact(service: Service) -> None:
    launch = create_launch("spring")
    answer = service.send("/v1/leads", LEAD, Scope.WRITE_LEADS)
    assert (answer.status_code, answer.json()["accepted"]) == (202, 1)
    assert process_inbox() == ["processed"]
    capture = Capture.objects.get()
    assert (capture.contact.email, capture.contact.phone) == ("ana@example.com", "+5511987654321")
    assert capture.contact.name == "Ana Souza"
    assert not capture.contact.came_by_file_only
    assert capture.captured_at.isoformat() == "2026-03-01T15:00:00+00:00"
    assert (capture.launch, capture.source, capture.utm_source) == (launch, "api", "instagram")
    assert capture.attributes == {"age": "31", "goal": "career"}
    assert json.loads(capture.click_ids or "") == {"fbclid": "IwAR0"}
    assert not ConsentEvent.objects.exists()
    launch.refresh_from_db()
    assert launch.rollup.leads == 1


def test_leads_purchases_and_events_come_in_lists(service: Service) -> None:
    leads = [{"email": f"lead{number}@example.com"} for number in range(MAX_ROWS)]
    before = get_now()
    answer = service.send("/v1/leads", {"leads": leads})
    assert answer.json()["accepted"] == MAX_ROWS
    refund = SALE | {"status": "refunded", "occurred_at": "2026-03-09T10:00:00Z"}
    assert service.send("/v1/purchases", {"purchases": [SALE, refund]}).status_code == 202
    assert service.send("/v1/events", {"events": [VISIT, VISIT | {"value": 2}]}).status_code == 202
    assert set(process_inbox()) == {"processed"}
    assert Capture.objects.filter(captured_at__gte=before).count() == MAX_ROWS
    sale = Purchase.objects.order_by("occurred_at").first()
    assert sale is not None
    assert (sale.amount_minor, sale.currency, sale.status, sale.source) == (19_750, "BRL", "approved", "api")
    assert Purchase.objects.count() == Event.objects.count() == 2
    assert ConsentEvent.objects.get().purpose == Purpose.SERVICE


def test_rows_wait_on_the_disk_when_they_are_acknowledged(service: Service) -> None:
    service.send("/v1/leads", LEAD)
    item = InboxItem.objects.get()
    assert (item.source, item.outcome) == ("api_leads", "waiting")
    assert json.loads(item.body or b"")["email"] == "Ana@Example.com"


def test_what_the_owner_declares_is_recorded_for_each_lead_that_did_not_refuse(service: Service) -> None:
    terms = ConsentTerms(Purpose.EMAIL_MARKETING, LegalBasis.CONSENT, "I want news", "v2")
    issued = add_credential("form", CredentialOptions((Scope.WRITE_LEADS,), terms=terms))
    headers = {"authorization": f"Bearer {ask_token(issued)}"}
    leads = [{"email": "ana@example.com"}, {"email": "bia@example.com", "consent": "No"}]
    service.client.post("/v1/leads", json={"leads": leads}, headers=headers)
    process_inbox()
    consent = ConsentEvent.objects.get()
    assert consent.contact.email == "ana@example.com"
    assert (consent.purpose, consent.text_version) == ("email_marketing", "v2")
    assert consent.proof == f"credential {issued.credential.pk}"


def test_ids_of_one_giver_are_one_person(service: Service) -> None:
    shop, other = (
        ask_token(add_credential(name, CredentialOptions((Scope.WRITE_LEADS,), ids_of=name)))
        for name in ("shop", "crm")
    )
    for token, lead in (
        (shop, {"external_id": "7", "email": "ana@example.com"}),
        (shop, {"external_id": "7", "attr_goal": "again"}),
        (other, {"external_id": "7"}),
    ):
        service.client.post("/v1/leads", json=lead, headers={"authorization": f"Bearer {token}"})
    process_inbox()
    assert Contact.objects.count() == 2
    assert Capture.objects.filter(contact__email_hmac__isnull=False).count() == 2
    assert set(Identity.objects.filter(kind="vendor").values_list("source", flat=True)) == {"shop", "crm"}


def test_a_key_makes_a_request_count_once(service: Service) -> None:
    rows = {"leads": [{"email": "ana@example.com"}, {"email": "bia@example.com"}]}
    first = service.send("/v1/leads", rows, idempotency_key="one")
    again = service.send("/v1/leads", rows, idempotency_key="one")
    assert (again.status_code, again.json()) == (202, first.json())
    other = service.send("/v1/leads", {"leads": [{"email": "x@example.com"}] * 3}, idempotency_key="one")
    assert (other.status_code, other.json()["error"]["code"]) == (422, "idempotency_key_reused")
    assert InboxItem.objects.count() == 2
    assert service.send("/v1/leads", rows, idempotency_key="two").json()["id"] != first.json()["id"]
    assert service.send("/v1/leads", rows, Scope.WRITE_LEADS, idempotency_key="one").json()["id"] != first.json()["id"]


@pytest.mark.parametrize(
    ("path", "content", "status", "faulty", "remedy"),
    [
        ("leads", {"leads": [{"email": "a@b.co"}, {"emial": "a@b.co"}]}, 422, "leads.1.emial", "did you mean email?"),
        ("leads", {"email": "nobody"}, 422, "email", "correct it"),
        ("leads", {"name": "Ana"}, 422, "", "says who it is"),
        ("leads", {"phone": "12"}, 422, "", "country's code"),
        ("leads", {"email": "a@b.co", "captured_at": "2026-03-01"}, 422, "captured_at", "2025-02-03T12:00:00Z"),
        ("leads", {"email": "a@b.co", "captured_at": "1492-03-01T00:00:00Z"}, 422, "captured_at", "1900"),
        ("leads", {"email": "a@b.co", "attr_x": "\0"}, 422, "attr_x", "NUL"),
        ("leads", {"leads": []}, 422, "leads", "1 to 500"),
        ("leads", {"leads": [{}] * 501}, 422, "leads", "1 to 500"),
        ("leads", {"leads": [{"email": "a@b.co"}], "launch": 1}, 422, "launch", "nothing else"),
        ("leads", [1], 422, "", "an object"),
        ("purchases", SALE | {"status": "sold"}, 422, "status", "approved"),
        ("purchases", SALE | {"amount": "1,5"}, 422, "amount", "decimal"),
        ("purchases", SALE | {"amount": -3}, 422, "amount", "refunded"),
        ("purchases", SALE | {"currency": "R$1"}, 422, "currency", "BRL"),
        ("purchases", SALE | {"installments": 10**12}, 422, "installments", "1000000"),
        ("purchases", {"email": "a@b.co"}, 422, "transaction_id", "required"),
        ("events", VISIT | {"event_type": ""}, 422, "event_type", "1 character"),
    ],
)
def test_a_wrong_row_refuses_the_request_with_its_field_and_the_remedy(
    path: str, content: Any, status: int, faulty: str, remedy: str, sqlite_service: Service
) -> None:
    answer = sqlite_service.send(f"/v1/{path}", content)
    assert answer.status_code == status, answer.text
    error = answer.json()["error"]
    assert error["problems"][0]["path"] == faulty
    assert remedy in error["problems"][0]["message"]
    assert error["request_id"] == answer.headers["x-request-id"]
    assert not InboxItem.objects.exists()


def test_who_may_not_send_is_told_so(sqlite_service: Service) -> None:
    client = sqlite_service.client
    nobody = client.post("/v1/leads", json=LEAD)
    assert nobody.status_code == 401
    assert nobody.headers["www-authenticate"].startswith("Bearer")
    guessed = client.post("/v1/leads", json=LEAD, headers={"authorization": "Bearer guessed"})
    assert guessed.status_code == 401
    answer = sqlite_service.send("/v1/purchases", SALE, Scope.WRITE_LEADS)
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "insufficient_scope")
    for _ in range(25):
        guessed = client.post("/v1/leads", json=LEAD, headers={"authorization": "Bearer guessed"})
    assert guessed.status_code == 429
    assert int(guessed.headers["retry-after"]) > 0


def test_other_bodies_and_methods_are_refused(sqlite_service: Service) -> None:
    client = sqlite_service.client
    headers = {"authorization": f"Bearer {sqlite_service.get_token()}"}
    assert client.get("/v1/leads", headers=headers).status_code == 405
    assert client.post("/v1/leads", content=b"x", headers=headers).status_code == 415
    headers["content-type"] = "application/json"
    assert client.post("/v1/leads", content=b"{", headers=headers).status_code == 400
    assert client.post("/v1/leads", content=b"[" * 100_000, headers=headers).status_code == 400
    assert client.post("/v1/leads", content=b" " * 4_000_001, headers=headers).status_code == 413
    assert client.post("/v1/leads", content=b"{}", headers=headers | {"content-encoding": "gzip"}).status_code == 400
    assert client.post("/v1/leads", content=b"{}", headers=headers | {"content-encoding": "br"}).status_code == 415
    assert client.post("/v1/leads", content=b"\xff", headers=headers).status_code == 400


_VALUES = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_any_row_is_taken_in_and_processed_or_refused(data: Any, sqlite_service: Service) -> None:
    table = data.draw(st.sampled_from(ROW_TABLES))
    base = {"leads": LEAD, "purchases": SALE, "events": VISIT}[table.name]
    names = st.sampled_from([*table.struct.__struct_fields__, "attr_x"]) | st.text(max_size=8)
    row = base | data.draw(st.dictionaries(names, _VALUES, max_size=3))
    body = json.dumps(row).encode()
    headers = {"authorization": f"Bearer {sqlite_service.get_token()}", "content-type": "application/json"}
    answer = sqlite_service.client.post(f"/v1/{table.name}", content=body, headers=headers)
    assert answer.status_code in (202, 400, 422), answer.text
    assert set(process_inbox()) <= {"processed"}


@pytest.mark.parametrize("table", ROW_TABLES, ids=lambda table: table.name)
def test_fields_are_no_longer_than_their_columns(table: Any, sqlite_service: Service) -> None:
    base: dict[str, Any] = {"leads": LEAD, "purchases": SALE, "events": VISIT}[table.name]
    model: Any = {"leads": Capture, "purchases": Purchase, "events": Event}[table.name]
    columns = {field.name: field.max_length for field in model._meta.concrete_fields if field.max_length}
    columns["launch_key"] = columns.get("launch_key", 0)
    for name in table.struct.__struct_fields__:
        length = columns.get("launch_key" if name == "launch_id" else name)
        if length and name not in ("country", "currency", "status", "transaction_id"):
            answer = sqlite_service.send(f"/v1/{table.name}", base | {name: "x" * (length + 1)})
            assert answer.status_code == 422, name
