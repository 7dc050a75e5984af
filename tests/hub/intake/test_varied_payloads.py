"""Every field of every payload left out, emptied and of another type: understood, or kept with its reason."""

import copy
import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from hotleads.hub.intake.api.processing import build_row
from hotleads.hub.intake.api.requests import decode_rows
from hotleads.hub.intake.api.schemas import ROW_TABLES, RowTable
from hotleads.hub.intake.hotmart.deliveries import Delivery, UnknownDeliveryError, decode_body, parse_delivery
from hotleads.hub.intake.hotmart.values import UnreadableError
from hotleads.hub.intake.inbox import process_waiting
from hotleads.hub.intake.inbox_writer import insert_items
from hotleads.hub.intake.segment.messages import check_message, read_person, read_time
from hotleads.hub.intake.segment.rows import build_capture_row, build_event_row, build_order_rows
from hotleads.hub.models import Event, InboxItem, Purchase
from hotleads.hub.site.job_kinds import register_kinds
from hotleads.scoring.online.errors import ApiError
from tests.hub.installations import Installation
from tests.hub.intake.hotmart_payloads import EVENTS, build_delivery, encode, read_captures

#: Of the varied payloads every so many-th goes the whole way; the step shares no factor with the number of values.
STEP = 67
pytestmark = pytest.mark.slow

RECEIVED = datetime(2026, 6, 1, tzinfo=UTC)
MISSING = object()
VALUES: tuple[Any, ...] = (
    MISSING,
    None,
    "",
    " ",
    "x",
    "🎉 Ana 🎂",
    "\x00",
    "1.234,56",
    "197.5",
    "2026-03-01T12:00:00Z",
    True,
    0,
    -1,
    7,
    197.5,
    1_772_366_400,
    1_772_366_400_000,
    2**53 + 1,
    2**70,
    1e300,
    [],
    ["x"],
    [{}],
    {},
    {"id": 1},
)
#: What a row says, and the last names of the fields that say it.
SAYING = {
    "email": {"email"},
    "amount": {"value", "price"},
    "currency": {"currency_value", "currency_code", "price"},
    "transaction_id": {"transaction"},
    "status": {"status", "event"},
    "event_type": {"status", "event"},
    "product_id": {"id", "product", "subscription"},
    "occurred_at": {"approved_date", "order_date", "creation_date", "creationDate", "status", "event"},
    "event_id": {"id"},
}
#: What may have no value where it is not said.
OPTIONAL = {"amount", "currency", "product_id", "occurred_at", "event_id"}
#: What may be said by another field where the first does not, or in another form.
ELSEWHERE = {"occurred_at", "product_id"}
#: Why a delivery is kept without a row.
REASONS = {"email", "transaction", "instant", "amount", "text-too-long", "json", "unknown-event", "unknown-status"}


@dataclass(frozen=True)
class Varied:
    """A payload of which one field is another."""

    original: dict[str, Any]
    path: tuple[Any, ...]
    value: Any

    def build(self) -> dict[str, Any]:
        varied = copy.deepcopy(self.original)
        place: Any = varied
        for name in self.path[:-1]:
            place = place[name]
        if self.value is MISSING:
            del place[self.path[-1]]
        else:
            place[self.path[-1]] = self.value
        return varied


def read_payloads() -> list[dict[str, Any]]:
    bodies = read_captures() or [encode(build_delivery(event)) for event in EVENTS]
    return [json.loads(body) for body in bodies]


def list_paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, child in children:
        yield (*path, name)
        yield from list_paths(child, (*path, name))


def vary(original: dict[str, Any]) -> Iterator[Varied]:
    for path in list_paths(original):
        for value in VALUES:
            yield Varied(original, path, value)


def read(body: dict[str, Any]) -> Delivery | str:
    """Return what a delivery says, or why it has no row, by way of its bytes."""
    try:
        return parse_delivery(decode_body(encode(body)), RECEIVED)
    except (UnknownDeliveryError, UnreadableError) as error:
        return error.code


def describe_wrong(varied: Varied, before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """Return which values of a row are neither those before, nor none, nor what the varied field says itself."""
    wrong = []
    for name in SAYING.keys() & before.keys() & after.keys():
        if after[name] == before[name]:
            continue
        is_touched = varied.path[-1] in SAYING[name] or varied.path[-1] in ("data", "purchase")
        is_left_out = name in OPTIONAL and (not after[name] or after[name] == RECEIVED)
        if not (is_touched and (is_left_out or name in ELSEWHERE or says(varied.value, after[name]))):
            wrong.append(f"{varied.path} = {varied.value!r}: {name} {before[name]!r} became {after[name]!r}")
    return wrong


def says(value: Any, read_value: Any) -> bool:
    """Return whether a row's value is what a field says."""
    if isinstance(read_value, Decimal):
        return not isinstance(value, bool) and Decimal(str(value)) == read_value
    return str(value).strip() == str(read_value)


def test_one_other_field_changes_nothing_but_what_it_says() -> None:
    wrong, codes, rows = [], set(), 0
    for original in read_payloads():
        before = read(original)
        assert isinstance(before, Delivery)
        for varied in vary(original):
            after = read(varied.build())
            if isinstance(after, str):
                codes.add(after)
                continue
            rows += 1
            if before.is_purchase == after.is_purchase:
                wrong += describe_wrong(varied, before.row, after.row)
    assert rows > 5_000
    assert codes <= REASONS
    assert not wrong


def test_whatever_is_kept_is_processed_or_says_why_not(sqlite_installation: Installation) -> None:
    register_kinds()
    varied = [one.build() for original in read_payloads() for one in vary(original)]
    bodies = [encode(body | {"id": str(number)}) for number, body in enumerate(varied)][::STEP]
    for start in range(0, len(bodies), 200):
        items = [
            InboxItem(source="hotmart", envelope_id=str(start + number), body=body)
            for number, body in enumerate(bodies[start : start + 200])
        ]
        insert_items(items)
    while process_waiting():
        pass
    left = InboxItem.objects.exclude(outcome="processed").values_list("outcome", "error_code").distinct()
    assert {code for _, code in left} <= REASONS
    assert not InboxItem.objects.filter(outcome="waiting").exists()
    assert Purchase.objects.exists()
    assert Event.objects.exists()


ROWS: dict[str, dict[str, Any]] = {
    "leads": {
        "email": "ana@example.com",
        "phone": "+5511987654321",
        "external_id": "7",
        "name": "Ana",
        "captured_at": "2026-03-01T12:00:00Z",
        "launch_id": "spring",
        "utm_source": "ig",
        "country": "BR",
        "language": "pt",
        "consent": "yes",
        "attr_goal": "career",
    },
    "purchases": {
        "transaction_id": "T1",
        "occurred_at": "2026-03-01T12:00:00Z",
        "email": "ana@example.com",
        "event_id": "e1",
        "product_id": "p",
        "status": "approved",
        "amount": 197.5,
        "currency": "BRL",
        "payment_method": "PIX",
        "installments": 1,
        "recurrence_number": 1,
        "offer": "early",
        "seller_id": "s",
    },
    "events": {
        "event_type": "trial_started",
        "occurred_at": "2026-03-01T12:00:00Z",
        "email": "ana@example.com",
        "event_id": "e1",
        "product_id": "p",
        "value": 5,
        "company": "ACME",
    },
}
MESSAGE: dict[str, Any] = {
    "messageId": "m1",
    "type": "track",
    "event": "Order Completed",
    "userId": "7",
    "anonymousId": "a1",
    "timestamp": "2026-03-01T12:00:00Z",
    "sentAt": "2026-03-01T12:00:01Z",
    "name": "Pricing",
    "properties": {
        "order_id": "o1",
        "total": 197.5,
        "currency": "BRL",
        "products": [{"product_id": "p", "price": 100, "quantity": 1}, {"sku": "q", "price": "97.5"}],
        "path": "/precos",
        "url": "https://example.com/precos?utm_source=ig",
    },
    "traits": {"email": "ana@example.com", "name": "Ana", "address": {"country": "BR"}, "company": {"name": "ACME"}},
    "context": {"locale": "pt-BR", "traits": {"email": "ana@example.com"}, "page": {"url": "https://example.com/"}},
}


def read_row(varied: Varied, table: RowTable) -> tuple[dict[str, Any] | None, list[dict[str, str]]]:
    """Return a row as it is taken in, or the problems for which it is refused."""
    try:
        return decode_rows(encode(varied.build()), table)[0], []
    except ApiError as error:
        return None, error.problems


@pytest.mark.parametrize("table", ROW_TABLES, ids=lambda table: table.name)
def test_one_other_field_of_a_row_is_taken_as_it_is_or_refused_by_its_name(table: RowTable) -> None:
    original = ROWS[table.name]
    for varied in vary(original):
        row, problems = read_row(varied, table)
        assert {problem["path"] for problem in problems} <= {"", *varied.path}
        if row is None:
            continue
        built = build_row(table, row, RECEIVED)
        assert built[table.time].tzinfo is not None
        changed = {name for name in original if row.get(name) != original[name]}
        assert changed <= set(varied.path)
        if "amount" in changed and row.get("amount") is not None:
            assert built["amount"] == Decimal(str(varied.value))


@pytest.mark.parametrize("kind", ["track", "identify", "page", "screen", "group", "alias"])
def test_one_other_field_of_a_message_is_understood_or_refused(kind: str) -> None:
    original = MESSAGE | {"type": kind, "groupId": "g", "previousId": "a0"}
    taken = 0
    for varied in vary(original):
        message = varied.build()
        with suppress(ApiError):
            check_message(message, kind, "")
            taken += 1
        person = read_person(message, "crm", "BR")
        at = read_time(message, RECEIVED)
        assert at <= RECEIVED
        build_event_row(message, kind, person, at)
        build_capture_row(message, person, at)
        totals = [row["amount"] for row in build_order_rows(message, "approved", person, at)]
        if varied.path[-1] not in ("total", "properties", "products", "order_id") and all(totals):
            assert sum(totals) in (0, Decimal("197.5"))
    assert taken > 500
