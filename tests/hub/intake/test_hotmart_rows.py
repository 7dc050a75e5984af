"""Hotmart's deliveries read into rows: every event, every spelling, in any order, twice over."""

import json
import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hotleads.hub.errors import HubError
from hotleads.hub.intake.hotmart.accounts import AccountSettings, add_account
from hotleads.hub.intake.hotmart.deliveries import DeliveryKind
from hotleads.hub.intake.hotmart.tracking import check_pattern, read_tracking
from hotleads.hub.intake.inbox import process_waiting, replay_items
from hotleads.hub.intake.inbox_writer import insert_items
from hotleads.hub.intake.uploads import UploadOptions, check_upload, import_upload, propose_upload, receive_upload
from hotleads.hub.models import (
    ConsentEvent,
    Contact,
    Event,
    Identity,
    InboxItem,
    Purchase,
    UploadKind,
)
from hotleads.hub.people.consent import ConsentTerms, read_terms
from hotleads.hub.site.job_kinds import register_kinds
from tests.hub.installations import Installation
from tests.hub.intake.hotmart_payloads import (
    APPROVED_MS,
    CREATED_MS,
    EVENTS,
    ORDERED_MS,
    STATUS_WORDS,
    build_delivery,
    encode,
    read_captures,
)

register_kinds()


def to_instant(milliseconds: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)


def receive(*bodies: bytes, origin_id: int | None = None, first_id: int = 0) -> None:
    """Keep bodies as the route does, and process them."""
    items = [
        InboxItem(source="hotmart", envelope_id=str(first_id + number), origin_id=origin_id, body=body)
        for number, body in enumerate(bodies)
    ]
    insert_items(items)
    while process_waiting():
        pass


def receive_delivery(event: str, number: int = 0, **purchase: Any) -> None:
    receive(encode(build_delivery(event, number, **purchase)), first_id=InboxItem.objects.count())


def describe_state() -> dict[str, list[str]]:
    """Return all that deliveries leave behind, without ids and the times of arrival."""
    people = {
        contact.pk: (contact.email, contact.phone, contact.name, contact.country, contact.came_by_file_only)
        for contact in Contact.objects.all()
    }
    return {
        "contacts": sorted(map(str, people.values())),
        "identities": sorted(str((people[row.contact_id], row.kind, row.value)) for row in Identity.objects.all()),
        **{
            model.__name__: sorted(str((people[row["contact_id"]], drop_ids(row))) for row in model.objects.values())
            for model in (Purchase, Event, ConsentEvent)
        },
    }


def drop_ids(row: dict[str, Any]) -> list[tuple[str, Any]]:
    arrived = {"id", "contact_id", "original_contact_id", "received_at", "recorded_at", "batch_id", "proof"}
    return sorted((name, value) for name, value in row.items() if name not in arrived)


@pytest.mark.parametrize("event", EVENTS)
def test_each_event_is_one_row_of_the_person_by_their_address(event: str, sqlite_installation: Installation) -> None:
    receive_delivery(event)
    item = InboxItem.objects.get()
    assert (item.outcome, item.event_type, item.error_code) == ("processed", event, "")
    contact = Contact.objects.get()
    assert (contact.email, contact.came_by_file_only) == ("ana@example.com", False)
    assert list(item.contacts.all()) == [contact]
    assert [row.source for row in (*Purchase.objects.all(), *Event.objects.all())] == ["hotmart"]


def test_a_status_is_at_its_own_time_and_the_amount_is_the_price(sqlite_installation: Installation) -> None:
    for event in STATUS_WORDS:
        receive_delivery(event)
    times = {row.status: row.occurred_at for row in Purchase.objects.all()}
    assert times.pop("approved") == to_instant(APPROVED_MS)
    assert times.pop("billet_printed") == to_instant(ORDERED_MS)
    assert set(times) == {"complete", "canceled", "protested", "overdue", "refunded", "chargeback", "expired"}
    assert set(times.values()) == {to_instant(CREATED_MS)}
    row = Purchase.objects.get(status="approved")
    said = (row.amount_minor, row.currency, row.product_id, row.offer, row.payment_method, row.installments)
    assert said == (19_750, "BRL", "101", "early", "PIX", 1)
    assert (Contact.objects.get().phone, row.country) == ("+5511987654321", "BR")


@pytest.mark.parametrize(
    ("word", "status"), [("PRINTED_BILLET", "billet_printed"), ("CANCELLED", "canceled"), ("OVERDUE", "overdue")]
)
def test_statuses_in_the_words_of_rest_are_known_too(word: str, status: str, sqlite_installation: Installation) -> None:
    receive_delivery("PURCHASE_APPROVED", status=word)
    assert Purchase.objects.get().status == status


def test_ids_amounts_and_instants_may_be_texts_and_dates_iso(sqlite_installation: Installation) -> None:
    written = {"approved_date": "2026-03-01T12:00:00.000Z", "price": {"value": "197.50", "currency_code": "BRL"}}
    delivery = build_delivery("PURCHASE_APPROVED", **written)
    delivery["data"]["product"]["id"] = "101"
    receive(encode(delivery))
    row = Purchase.objects.get()
    assert (row.product_id, row.amount_minor, row.occurred_at) == ("101", 19_750, datetime(2026, 3, 1, 12, tzinfo=UTC))


def test_what_is_missing_now_and_then_is_not_needed(sqlite_installation: Installation) -> None:
    delivery = build_delivery("PURCHASE_APPROVED", approved_date=None, offer=None, payment=None, checkout_country=None)
    del delivery["data"]["affiliates"], delivery["data"]["buyer"]["checkout_phone"], delivery["data"]["product"]
    delivery["data"]["purchase"]["approved_date"] = None
    receive(encode(delivery))
    row = Purchase.objects.get()
    assert (row.occurred_at, row.product_id, row.payment_method) == (to_instant(ORDERED_MS), "", "")


def test_a_long_text_that_tells_no_sale_apart_is_cut_and_costs_no_sale(sqlite_installation: Installation) -> None:
    delivery = build_delivery("PURCHASE_APPROVED", offer={"code": "o" * 900}, origin={"sck": "spring" + "g" * 900})
    delivery["data"]["buyer"] |= {"name": "Ana " * 900, "checkout_phone": "1" * 900}
    receive(encode(delivery))
    row = Purchase.objects.get()
    assert (row.offer, row.utm_campaign) == ("o" * 200, "spring" + "g" * 494)
    assert row.contact.name == ("Ana " * 125).strip()


def test_an_instant_of_nothing_is_none(sqlite_installation: Installation) -> None:
    refund = build_delivery("PURCHASE_REFUNDED") | {"creation_date": None, "creationDate": CREATED_MS + 5}
    receive(encode(build_delivery("PURCHASE_APPROVED", approved_date=0)), encode(refund))
    times = dict(Purchase.objects.values_list("status", "occurred_at"))
    assert times == {"approved": to_instant(ORDERED_MS), "refunded": to_instant(CREATED_MS + 5)}


def test_a_name_that_was_cut_within_an_emoji_costs_no_sale(sqlite_installation: Installation) -> None:
    delivery = build_delivery("PURCHASE_APPROVED")
    delivery["data"]["buyer"]["name"] = "Ana \ud83d\ude00 \ud83d"
    receive(json.dumps(delivery).encode())
    assert Purchase.objects.get().contact.name == "Ana \U0001f600 \ufffd"


def test_a_shared_phone_merges_nobody(sqlite_installation: Installation) -> None:
    other = build_delivery("PURCHASE_APPROVED", 1, transaction="HP2")
    other["data"]["buyer"]["email"] = "bruno@example.com"
    receive(encode(build_delivery("PURCHASE_APPROVED")), encode(other))
    assert Contact.objects.count() == 2


def test_unknown_events_and_statuses_are_kept_and_shown(sqlite_installation: Installation) -> None:
    strange = build_delivery("PURCHASE_APPROVED") | {"event": "PURCHASE_TELEPORTED"}
    receive(encode(strange), encode(build_delivery("PURCHASE_APPROVED", status="PARTIALLY_REFUNDED")))
    items = InboxItem.objects.order_by("pk").values_list("outcome", "event_type", "error_code")
    assert list(items) == [
        ("unknown", "PURCHASE_TELEPORTED", "unknown-event"),
        ("unknown", "PURCHASE_APPROVED", "unknown-status"),
    ]
    assert InboxItem.objects.first().body == encode(strange)  # type: ignore[union-attr]


def test_a_delivery_that_cannot_be_read_keeps_its_code_and_keeps_back_no_other(
    sqlite_installation: Installation,
) -> None:
    nameless = build_delivery("CLUB_FIRST_ACCESS")
    nameless["data"]["user"] = {"name": "Ana"}
    bodies = [
        encode(nameless),
        encode(build_delivery("PURCHASE_APPROVED", approved_date="yesterday")),
        encode(build_delivery("PURCHASE_APPROVED", price={"value": [1]})),
        encode(build_delivery("PURCHASE_APPROVED", transaction={})),
        encode(build_delivery("PURCHASE_APPROVED", price={"value": 1e300})),
        encode(build_delivery("PURCHASE_APPROVED", transaction="H" * 5_000)),
        b"[" * 100_000,
        encode(build_delivery("PURCHASE_APPROVED")),
    ]
    receive(*bodies)
    codes = list(InboxItem.objects.order_by("pk").values_list("error_code", flat=True))
    assert codes == ["email", "instant", "amount", "transaction", "amount", "text-too-long", "json", ""]
    assert Purchase.objects.count() == 1


def test_sck_is_split_as_the_account_says(sqlite_installation: Installation) -> None:
    purchase = {"origin": {"sck": "spring|whatsapp|day 4|warm", "src": "list"}}
    assert read_tracking(purchase, "campaign|medium|content") == {
        "utm_source": "list",
        "utm_medium": "whatsapp",
        "utm_campaign": "spring",
        "utm_content": "day 4|warm",
        "utm_term": "",
    }
    assert read_tracking({"origin": {"sck": "fb-spring"}}, "source-campaign")["utm_campaign"] == "spring"
    account = add_account("Main", "a-hottok-1", AccountSettings(sck="medium.campaign"), {})
    receive(encode(build_delivery("PURCHASE_APPROVED", origin={"sck": "ads.spring"})), origin_id=account.pk)
    row = Purchase.objects.get()
    assert (row.utm_medium, row.utm_campaign) == ("ads", "spring")
    for wrong in ("", "campaign|campaign", "campaign|colour", "campaign|medium-content", "Campaign"):
        with pytest.raises(HubError):
            check_pattern(wrong)


def test_a_sale_or_a_slip_permits_service_and_a_cart_nothing(sqlite_installation: Installation) -> None:
    for event in EVENTS:
        receive_delivery(event)
    purposes = ConsentEvent.objects.order_by("occurred_at").values_list("purpose", "basis", "occurred_at")
    times = [to_instant(milliseconds) for milliseconds in (ORDERED_MS, APPROVED_MS, CREATED_MS)]
    assert list(purposes) == [("service", "contract", time) for time in times]


def test_an_account_declares_consent_for_each_kind_of_delivery(sqlite_installation: Installation) -> None:
    terms = read_terms("email_marketing", "legitimate_interest", "We write about carts", "2026-01")
    assert isinstance(terms, ConsentTerms)
    account = add_account("Main", "a-hottok-1", AccountSettings(), {DeliveryKind.CARTS: terms})
    receive(*(encode(build_delivery(event)) for event in EVENTS), origin_id=account.pk)
    declared = ConsentEvent.objects.exclude(purpose="service").get()
    assert (declared.purpose, declared.basis, declared.text_version) == (
        "email_marketing",
        "legitimate_interest",
        "2026-01",
    )
    assert declared.proof == f"inbox item {InboxItem.objects.get(event_type='PURCHASE_OUT_OF_SHOPPING_CART').pk}"


@pytest.mark.parametrize("file_first", [True, False])
def test_a_sale_by_webhook_and_by_file_is_one_row(
    file_first: bool, sqlite_installation: Installation, tmp_path: Path
) -> None:
    lines = ["transaction_id,email,occurred_at,status,amount,currency", "HP1000000001,Ana@example.com,"]
    lines[1] += f"{to_instant(APPROVED_MS).isoformat()},approved,197.50,BRL"
    path = tmp_path / "sales.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")

    def bring_file() -> None:
        upload = receive_upload(UploadKind.PURCHASES, [path], UploadOptions())
        assert check_upload(upload, propose_upload(upload)).is_accepted
        import_upload(upload)

    steps = [bring_file, lambda: receive_delivery("PURCHASE_APPROVED")]
    for step in steps if file_first else reversed(steps):
        step()
    assert (Purchase.objects.count(), Contact.objects.count(), ConsentEvent.objects.count()) == (1, 1, 1)


def test_replay_after_the_parser_was_mended_gives_the_rows(
    sqlite_installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    from hotleads.hub.intake.hotmart import statuses

    monkeypatch.delitem(statuses.WEBHOOK_STATUSES, "DISPUTE")
    monkeypatch.delitem(statuses.REST_STATUSES, "DISPUTE")
    receive_delivery("PURCHASE_PROTEST")
    assert not Purchase.objects.exists()
    monkeypatch.undo()
    assert replay_items("hotmart") == 1
    assert process_waiting()
    assert Purchase.objects.get().status == "protested"


def gather_bodies() -> list[bytes]:
    own = [encode(build_delivery(event, 1, transaction="HP7")) for event in EVENTS]
    return own + read_captures() + [encode(build_other_words(number)) for number in range(3)]


def build_other_words(number: int) -> dict[str, Any]:
    """Return a delivery that has another name and number of the same person."""
    delivery = build_delivery("PURCHASE_APPROVED", 2 + number, transaction=f"HP8{number}", approved_date=None)
    delivery["data"]["purchase"]["order_date"] = ORDERED_MS - number % 2
    delivery["data"]["buyer"] |= {"name": f"Ana {number}", "checkout_phone": f"1198765430{number}"}
    return delivery


@pytest.fixture(scope="module")
def state_in_order(module_installation: Installation) -> dict[str, list[str]]:
    return receive_and_undo(gather_bodies(), random.Random(0))  # noqa: S311


@pytest.mark.slow
@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(draws=st.randoms(use_true_random=False))
def test_any_order_twice_over_gives_the_same_state(
    module_installation: Installation, state_in_order: dict[str, list[str]], draws: random.Random
) -> None:
    shuffled = gather_bodies() * 2
    draws.shuffle(shuffled)
    assert receive_and_undo(shuffled, draws) == state_in_order


def receive_and_undo(bodies: Sequence[bytes], draws: random.Random) -> dict[str, list[str]]:
    """Return what bodies leave behind, taken in a few at a time, in a transaction that is undone."""
    with transaction.atomic():
        for number, body in enumerate(bodies):
            InboxItem.objects.create(source="hotmart", envelope_id=str(number), body=body)
            if draws.random() < 0.2:
                process_waiting()
        while process_waiting():
            pass
        assert not InboxItem.objects.exclude(outcome="processed").exists()
        state = describe_state()
        transaction.set_rollback(True)
    return state
