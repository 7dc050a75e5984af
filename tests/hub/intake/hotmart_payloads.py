"""Deliveries of Hotmart for tests: small ones of our own, and captured ones where they lie beside the repository."""

import copy
import json
from pathlib import Path
from typing import Any

CAPTURES = Path(__file__).parents[4] / "shared" / "spec" / "hotmart_payloads"
CREATED_MS = 1_772_366_400_000
ORDERED_MS = CREATED_MS - 120_000
APPROVED_MS = CREATED_MS - 60_000

_PURCHASE: dict[str, Any] = {
    "product": {"id": 101, "name": "Course"},
    "affiliates": [{"affiliate_code": "", "name": ""}],
    "buyer": {"email": "ana@example.com", "name": "Ana Souza", "checkout_phone": "11987654321"},
    "purchase": {
        "transaction": "HP1000000001",
        "order_date": ORDERED_MS,
        "price": {"value": 197.5, "currency_value": "BRL"},
        "full_price": {"value": 214.9, "currency_value": "BRL"},
        "payment": {"type": "PIX", "installments_number": 1},
        "offer": {"code": "early"},
        "checkout_country": {"iso": "BR", "name": "Brasil"},
    },
}
_PRODUCT = {"id": 101, "name": "Course"}
_PERSON = {"email": "ana@example.com", "name": "Ana Souza"}
_DATA: dict[str, Any] = {
    "PURCHASE_OUT_OF_SHOPPING_CART": {"product": _PRODUCT, "buyer": _PERSON, "checkout_country": {"iso": "BR"}},
    "SUBSCRIPTION_CANCELLATION": {"product": _PRODUCT, "subscriber": _PERSON, "subscription": {"id": 1}},
    "SWITCH_PLAN": {"subscription": {"product": _PRODUCT, "user": {"email": "ana@example.com"}}, "plans": []},
    "UPDATE_SUBSCRIPTION_CHARGE_DATE": {
        "subscriber": _PERSON,
        "subscription": {"product": _PRODUCT, "date_next_charge": "2026-04-01T12:00:00.000Z"},
    },
    "CLUB_FIRST_ACCESS": {"product": _PRODUCT, "user": _PERSON},
    "CLUB_MODULE_COMPLETED": {"product": {"id": "101"}, "user": _PERSON, "module": {"id": "m1"}},
    "ORDER_FULFILLMENT": {"product": _PRODUCT, "buyer": _PERSON, "shipping": {"type": "FREE_SHIPPING"}},
}
STATUS_WORDS = {
    "PURCHASE_APPROVED": "APPROVED",
    "PURCHASE_COMPLETE": "COMPLETED",
    "PURCHASE_CANCELED": "CANCELED",
    "PURCHASE_BILLET_PRINTED": "BILLET_PRINTED",
    "PURCHASE_PROTEST": "DISPUTE",
    "PURCHASE_DELAYED": "DELAYED",
    "PURCHASE_REFUNDED": "REFUNDED",
    "PURCHASE_CHARGEBACK": "CHARGEBACK",
    "PURCHASE_EXPIRED": "EXPIRED",
}
EVENTS = (*STATUS_WORDS, *_DATA)


def build_delivery(event: str, number: int = 0, **purchase: Any) -> dict[str, Any]:
    """Return a delivery of an event; ``purchase`` are fields of its purchase to set, None to leave out."""
    data = copy.deepcopy(_DATA.get(event, _PURCHASE))
    if event in STATUS_WORDS:
        data["purchase"]["status"] = STATUS_WORDS[event]
        if event != "PURCHASE_BILLET_PRINTED":
            data["purchase"]["approved_date"] = APPROVED_MS
        data["purchase"] |= purchase
        data["purchase"] = {name: value for name, value in data["purchase"].items() if value is not None}
    created = "creationDate" if event == "CLUB_FIRST_ACCESS" else "creation_date"
    identifier = f"00000000-0000-4000-8000-{EVENTS.index(event):04d}{number:08d}"
    return {"id": identifier, created: CREATED_MS, "event": event, "version": "2.0.0", "data": data}


def encode(delivery: object) -> bytes:
    return json.dumps(delivery, ensure_ascii=False).encode()


def read_captures() -> list[bytes]:
    """Return the captured bodies; none where they are not at hand."""
    return [path.read_bytes() for path in sorted(CAPTURES.glob("*.json"))]
