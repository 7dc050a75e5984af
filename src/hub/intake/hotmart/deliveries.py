"""One webhook of version 2.0.0 read into one row: a status of a purchase, or an event.

Fields that nobody knows are let pass, and so is everything that Hotmart leaves out now and then: phones, affiliates,
dates of approval, subscriptions. An e-mail address and an instant must be there.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec

from ...people.identifiers import normalise_email
from ..json_bodies import decode_lenient_json
from .statuses import CANCELED_BY, CART_EVENT, EVENT_TYPES, STATUS_OF_EVENT, find_status
from .tracking import DEFAULT_PATTERN, read_tracking
from .values import (
    MAX_NAME,
    Object,
    UnreadableError,
    get_object,
    read_amount,
    read_count,
    read_currency,
    read_instant,
    read_label,
    read_phone,
    read_text,
)

_MAX_EVENT = 64


class DeliveryKind(StrEnum):
    """What an account declares purpose, basis and text for."""

    SALES = "sales"
    SLIPS = "slips"
    CARTS = "carts"
    OTHERS = "others"


_KINDS = {"approved": DeliveryKind.SALES, "complete": DeliveryKind.SALES, "billet_printed": DeliveryKind.SLIPS}
#: Where a row of a status has its instant, best first; the others have that of the delivery.
_TIMES = {"approved": ("approved_date", "order_date"), "billet_printed": ("order_date",)}


@dataclass(frozen=True)
class Delivery:
    """What one webhook says.

    Attributes
    ----------
    event
        Hotmart's name of it.
    kind
        What its account's declared terms are looked up by.
    row
        The fields of the row, as ``write_purchase_rows`` and ``write_event_rows`` take them.
    is_purchase
        Whether it is a row of purchases; else of events.
    """

    event: str
    kind: DeliveryKind
    row: dict[str, Any]
    is_purchase: bool


class UnknownDeliveryError(Exception):
    """An event, or a status, that nobody reads yet: ``code`` says which of the two."""

    def __init__(self, event: str, code: str) -> None:
        super().__init__(code)
        self.event = event
        self.code = code


def find_kind(status: str) -> DeliveryKind:
    """Return what a purchase of a status is declared as."""
    return _KINDS.get(status, DeliveryKind.OTHERS)


def read_event(body: Object) -> str:
    """Return Hotmart's name of what happened; empty where it says none."""
    value = body.get("event")
    return read_text(value[:_MAX_EVENT]) if isinstance(value, str) else ""


def decode_body(body: bytes) -> Object:
    """Return the object of a body. Raises UnreadableError for what is no JSON object in UTF-8."""
    try:
        decoded = decode_lenient_json(body.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        raise UnreadableError("json") from None
    if not isinstance(decoded, dict):
        raise UnreadableError("json")
    return decoded


def parse_delivery(body: Object, received_at: datetime, country: str = "", pattern: str = DEFAULT_PATTERN) -> Delivery:
    """Return what a webhook says.

    Parameters
    ----------
    body
        The decoded body.
    received_at
        When it came: its instant where it says none itself.
    country
        Where phone numbers without a country code are, unless the checkout says it.
    pattern
        How the account's ``sck`` is split into UTM fields.

    Raises
    ------
    UnknownDeliveryError
        The event, or its status, is none that has a row.
    UnreadableError
        A value without which there is no row is missing or wrong.
    """
    event = read_event(body)
    data = get_object(body, "data")
    if event in STATUS_OF_EVENT:
        delivery = _parse_purchase(event, data, country, pattern)
    elif event in EVENT_TYPES:
        delivery = _parse_event(event, body, data, country)
    else:
        raise UnknownDeliveryError(event, "unknown-event")
    if delivery.row["occurred_at"] is None:
        written_at = read_instant(body.get("creation_date")) or read_instant(body.get("creationDate"))
        delivery.row["occurred_at"] = written_at or received_at
    return delivery


def _parse_purchase(event: str, data: Object, country: str, pattern: str) -> Delivery:
    purchase = get_object(data, "purchase")
    status = find_status(read_text(purchase.get("status")), event)
    if status is None:
        raise UnknownDeliveryError(event, "unknown-status")
    transaction_id = read_text(purchase.get("transaction"))
    if not transaction_id:
        raise UnreadableError("transaction")
    price, payment = get_object(purchase, "price"), get_object(purchase, "payment")
    times = _TIMES.get(status, ())
    row: dict[str, Any] = _read_person(data, purchase, country) | {
        "transaction_id": transaction_id,
        "status": status,
        "occurred_at": next((at for name in times if (at := read_instant(purchase.get(name)))), None),
        "event_id": "",
        "product_id": _read_product(data),
        "amount": read_amount(price.get("value")),
        "currency": _read_currency(price),
        "payment_method": read_label(payment.get("type"), _MAX_EVENT),
        "installments": read_count(payment.get("installments_number")),
        "recurrence_number": read_count(purchase.get("recurrence_number")),
        "offer": read_label(get_object(purchase, "offer").get("code")),
    }
    row |= read_tracking(purchase, pattern)
    return Delivery(event, find_kind(status), row, is_purchase=True)


def _parse_event(event: str, body: Object, data: Object, country: str) -> Delivery:
    event_type = EVENT_TYPES[event]
    if event == "SUBSCRIPTION_CANCELLATION":
        status = read_text(get_object(data, "subscription").get("status"))
        event_type = CANCELED_BY.get(status.upper(), event_type)
    row = _read_person(data, {}, country) | {
        "event_type": event_type,
        "event_name": event,
        "occurred_at": None,
        "event_id": read_text(body.get("id")),
        "product_id": _read_product(data),
        "company": "",
        "value": None,
    }
    kind = DeliveryKind.CARTS if event_type == CART_EVENT else DeliveryKind.OTHERS
    return Delivery(event, kind, row, is_purchase=False)


def _read_person(data: Object, purchase: Object, country: str) -> dict[str, Any]:
    """Return whom a delivery speaks of, by the address: buyer, subscriber, or user of the members' area."""
    places = (
        ("buyer",),
        ("subscriber",),
        ("user",),
        ("subscription", "subscriber"),
        ("subscription", "user"),
    )
    found = [person for place in places if (person := get_object(data, *place)).get("email")]
    person = found[0] if found else {}
    email = normalise_email(read_text(person.get("email"), MAX_NAME))
    if email is None:
        raise UnreadableError("email")
    checkout = get_object(data, "checkout_country") or get_object(purchase, "checkout_country")
    place = read_label(checkout.get("iso")) or read_label(get_object(person, "address").get("country_iso"))
    names = read_label(person.get("name"), MAX_NAME) or " ".join(
        filter(None, (read_label(person.get(name), MAX_NAME // 2) for name in ("first_name", "last_name")))
    )
    return {
        "email": email,
        "phone": _read_phone(person, place or country),
        "name": names,
        "country": place,
        "language": "",
    }


def _read_phone(person: Object, country: str) -> str:
    number = read_label(person.get("checkout_phone")) or read_label(person.get("phone"))
    code = read_label(person.get("checkout_phone_code"))
    if not number:
        parts = get_object(person, "phone")
        number = read_label(parts.get("dddCell")) + read_label(parts.get("cell"))
        number = number or read_label(parts.get("dddPhone")) + read_label(parts.get("phone"))
    return read_phone(number, code, country.upper())


def _read_product(data: Object) -> str:
    product = get_object(data, "product") or get_object(data, "subscription", "product")
    return read_text(product.get("id"))


def _read_currency(price: Object) -> str:
    return read_currency(read_text(price.get("currency_value")) or read_text(price.get("currency_code")))
