"""Small rows of the hub, for tests that need some."""

import hashlib
from datetime import UTC, datetime
from typing import Any

from hotleads.features import FEATURES
from hotleads.hub.feed.reasons import store_features
from hotleads.hub.models import Capture, Contact, Event, Launch, Purchase, Strategy

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


#: The features that example reasons speak of.
EXAMPLE_FEATURES = [feature for feature in FEATURES if feature.name in ("purchases_90d", "spend")]
BOUGHT = {"feature": "purchases_90d", "group": "purchases", "value": 3.0, "contribution": 1.2}


def store_example_features() -> str:
    """Store the declarations of these features and return their hash."""
    return store_features(EXAMPLE_FEATURES)


def build_key(*parts: object) -> bytes:
    return hashlib.sha256(repr(parts).encode()).digest()


def create_contact(**fields: Any) -> Contact:
    return Contact.objects.create(**fields)


def build_capture(contact: Contact, number: int = 0, **fields: Any) -> Capture:
    fields = {"captured_at": NOON, "source": "csv", "row_key": build_key("capture", contact.pk, number)} | fields
    return Capture(contact=contact, original_contact_id=contact.pk, **fields)


def build_purchase(contact: Contact, number: int = 0, **fields: Any) -> Purchase:
    fields = {
        "transaction_id": f"T{number}",
        "occurred_at": NOON,
        "source": "csv",
        "status": "approved",
        "amount_minor": 19_700,
        "currency": "BRL",
        "row_key": build_key("purchase", contact.pk, number),
    } | fields
    return Purchase(contact=contact, original_contact_id=contact.pk, **fields)


def build_event(contact: Contact, number: int = 0, **fields: Any) -> Event:
    fields = {
        "event_type": "page_view",
        "occurred_at": NOON,
        "source": "snippet",
        "row_key": build_key("event", contact.pk, number),
    } | fields
    fields = {"default_type": fields["event_type"], "event_name": fields["event_type"]} | fields
    return Event(contact=contact, original_contact_id=contact.pk, **fields)


def create_launch(key: str = "spring", **fields: Any) -> Launch:
    fields = {
        "strategy": Strategy.CLASSIC,
        "product_id": "course",
        "cart_opens_at": NOON.replace(month=4),
        "cart_closes_at": NOON.replace(month=5),
    } | fields
    return Launch.objects.create(key=key, **fields)
