"""The rows of one message: a capture for who tells who they are, purchases for orders, an event for the rest."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from ...people.identifiers import PersonFields
from ..api.processing import build_row
from ..api.schemas import EVENTS, LEADS, PURCHASES
from ..event_rules import mask_page
from ..row_writer import CLICK_IDS
from .event_types import find_event_type, read_name, read_path
from .messages import Message, read_event_id, read_number, read_object, read_text, read_traits

ORDER_STATUSES = {"order_completed": "approved", "order_refunded": "refunded", "order_canceled": "canceled"}
#: Between an order and one of its products, in the id of a transaction.
OF_ORDER = ":"
_CAMPAIGN = {
    "utm_campaign": "name",
    "utm_source": "source",
    "utm_medium": "medium",
    "utm_content": "content",
    "utm_term": "term",
}
#: Traits that are no answers of a form: they say who somebody is, or are read otherwise.
_OWN_TRAITS = {
    *("address", "avatar", "birthday", "email", "firstName", "lastName", "name", "phone", "username", "website"),
    *(
        "id",
        "company",
        "country",
        "title",
        "gender",
        "launch_id",
        "consent",
        "consent_version",
        "source",
        "ip",
        "fbp",
        "fbc",
    ),
}
_VALUES = ("value", "total", "revenue", "rating", "progress")
_MAX_ANSWERS = 100
_MAX_ANSWER = 2_000


def build_capture_row(message: Message, person: PersonFields, at: datetime) -> dict[str, Any]:
    """Return the row of a lead who told who they are."""
    traits = read_traits(message)
    sent: dict[str, Any] = _describe(person) | _read_campaign(message)
    sent |= {"launch_id": read_text(traits.get("launch_id")), "consent": read_text(traits.get("consent"))}
    sent |= {"source": read_text(traits.get("source"), 32)}
    sent |= {name: read_text(traits.get(name), 500) or sent.get(name) for name in ("fbp", "fbc")}
    answers = [(name, value) for name, value in traits.items() if name not in _OWN_TRAITS]
    for name, value in answers[:_MAX_ANSWERS]:
        key = read_text(name)
        if key and isinstance(value, (str, int, float)):
            sent[f"attr_{key}"] = read_text(value, _MAX_ANSWER) if isinstance(value, str) else _format(value)
    return build_row(LEADS, {name: value for name, value in sent.items() if value}, at)


def build_event_row(message: Message, kind: str, person: PersonFields, at: datetime) -> dict[str, Any]:
    """Return the row of what somebody did."""
    properties = read_object(message.get("properties"))
    values = (read_number(properties.get(name)) for name in _VALUES)
    value = next((number for number in values if number is not None), None)
    sent = _describe(person) | {
        "event_type": find_event_type(message, kind),
        "event_id": read_event_id(message),
        "product_id": _read_product_id(properties),
        "value": value,
        "company": _read_company(message, kind),
    }
    said = {"event_name": read_name(message, kind), "page": mask_page(read_path(message))}
    return build_row(EVENTS, sent, at) | said


def build_order_rows(
    message: Message, status: str, person: PersonFields, at: datetime, bought: Sequence[str] = ()
) -> Iterator[dict[str, Any]]:
    """Yield the rows of an order: one for each of its products, which share what was paid by their prices.

    ``bought`` are the products of the order as far as they are known; a refund that lists none is of all of them.
    """
    properties = read_object(message.get("properties"))
    order_id = read_order_id(message)
    if not order_id:
        return
    common = _describe(person) | {
        "status": status,
        "currency": read_text(properties.get("currency"), 3).upper(),
        "payment_method": read_text(properties.get("payment_method"), 64),
        "offer": read_text(properties.get("coupon")),
    }
    listed = properties.get("products")
    products: list[Message] = [read_object(item) for item in listed][:200] if isinstance(listed, list) else []
    products = products or [{"product_id": product_id} for product_id in bought]
    ids = [_read_product_id(item) for item in products] or [_read_product_id(properties)]
    shares = _share(_read_total(properties), products) if len(products) > 1 else [_read_total(properties)]
    for product_id, amount in zip(ids, shares, strict=True):
        transaction_id = f"{order_id}{OF_ORDER}{product_id[:100]}" if len(ids) > 1 else order_id
        sent = common | {"transaction_id": transaction_id, "product_id": product_id, "amount": amount}
        yield build_row(PURCHASES, {name: value for name, value in sent.items() if value not in ("", None)}, at)


def read_order_id(message: Message) -> str:
    """Return the id of the order that a message speaks of; empty where it has none."""
    properties = read_object(message.get("properties"))
    return read_text(properties.get("order_id") or properties.get("orderId"), 90)


def _describe(person: PersonFields) -> dict[str, Any]:
    names = ("email", "phone", "name", "external_id", "country", "language")
    return {name: getattr(person, name) for name in names}


def _read_campaign(message: Message) -> dict[str, str]:
    """Return the UTM fields and click ids of a message: its campaign, else what the page's address says."""
    context = read_object(message.get("context"))
    campaign = read_object(context.get("campaign"))
    found = {field: read_text(campaign.get(name), 500) for field, name in _CAMPAIGN.items()}
    page = read_object(context.get("page"))
    try:
        query = urlsplit(read_text(page.get("url"), 4_000)).query or read_text(page.get("search"), 4_000).lstrip("?")
        parameters = dict(parse_qsl(query, max_num_fields=100))
    except ValueError:
        parameters = {}
    for name in (*_CAMPAIGN, *CLICK_IDS):
        if not found.get(name) and parameters.get(name):
            found[name] = read_text(parameters[name], 500)
    return found


def _read_product_id(properties: Message) -> str:
    return next((text for name in ("product_id", "productId", "sku") if (text := read_text(properties.get(name)))), "")


def _read_company(message: Message, kind: str) -> str:
    traits = read_object(message.get("traits")) if kind == "group" else read_traits(message)
    if kind == "group":
        return read_text(traits.get("name")) or read_text(message.get("groupId"))
    company = traits.get("company") or read_object(message.get("properties")).get("company")
    return read_text(company) or read_text(read_object(company).get("name"))


def _read_total(properties: Message) -> Decimal | None:
    for name in ("total", "revenue", "value", "subtotal"):
        number = read_number(properties.get(name))
        if number is not None and 0 <= number < 1e12:
            try:
                return Decimal(str(properties[name]).strip())
            except InvalidOperation:
                return Decimal(str(number))
    return None


def _share(total: Decimal | None, products: list[Message]) -> list[Decimal | None]:
    """Return each product's share of a total by price and quantity, to the cent; together they are the total."""
    if total is None:
        return [None] * len(products)
    weights = [_read_weight(item) for item in products]
    if not any(weights):
        weights = [Decimal(1)] * len(products)
    whole = sum(weights)
    shares = [(total * weight / whole).quantize(Decimal("0.01"), ROUND_HALF_UP) for weight in weights]
    shares[-1] += total - sum(shares)
    return list(shares)


def _read_weight(product: Message) -> Decimal:
    price, quantity = read_number(product.get("price")), read_number(product.get("quantity"))
    return Decimal(str(max(price or 0.0, 0.0))) * Decimal(str(max(1.0 if quantity is None else quantity, 0.0)))


def _format(value: float) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value).lower()
