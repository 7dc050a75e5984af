"""The sample history in the hub's tables, as it stood at an instant: what the tests of models and scores work on."""

import csv
import gzip
import hashlib
import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from hotleads.hub.models import Capture, Contact, Event, Launch, Purchase
from hotleads.hub.money import convert_to_minor

SAMPLE = Path(__file__).parents[3] / "data" / "sample"
#: A week before the cart of the last launch opens: its capture has begun.
NOW = datetime(2025, 5, 26, 12, tzinfo=UTC)
OPEN_LAUNCH = "2025-06-bread-course"
OPENS_AT = datetime(2025, 6, 2, 13, tzinfo=UTC)
CLOSES_AT = datetime(2025, 6, 9, 13, tzinfo=UTC)
PERPETUAL_LAUNCH = "2024-07-coffee-mini-course"
_BATCH_ROWS = 1000


def fill_hub(until: datetime = NOW, every: int = 4, later: timedelta = timedelta(0)) -> dict[str, int]:
    """Write the sample's launches, and one lead in so many with their rows before an instant; return their contacts.

    All times are moved by ``later``.
    """
    launches = {
        row["launch_id"]: Launch(
            key=row["launch_id"],
            strategy=row["strategy"],
            product_id=row["product_id"],
            entry_product_id=row["entry_product_id"],
            horizon_days=int(row["horizon_days"]) if row["horizon_days"] else None,
            **{name: parse(row[name], later) for name in row if name.endswith("_at")},
        )
        for row in read_rows("launches.csv")
    }
    Launch.objects.bulk_create(launches.values())
    rows = {
        name: [
            row
            for row in read_rows(f"{name}.csv.gz")
            if row[column] < until.strftime("%Y-%m-%dT%H:%M:%SZ") and int(row["lead_id"][1:]) % every == 0
        ]
        for name, column in (("leads", "captured_at"), ("purchases", "occurred_at"), ("events", "occurred_at"))
    }
    lead_ids = sorted({row["lead_id"] for table in rows.values() for row in table})
    created = Contact.objects.bulk_create([Contact() for _ in lead_ids], _BATCH_ROWS)
    contacts = {lead_id: contact.pk for lead_id, contact in zip(lead_ids, created, strict=True)}
    Capture.objects.bulk_create([build_capture(row, contacts, launches, later) for row in rows["leads"]], _BATCH_ROWS)
    Purchase.objects.bulk_create([build_purchase(row, contacts, later) for row in rows["purchases"]], _BATCH_ROWS)
    Event.objects.bulk_create([build_event(row, contacts, later) for row in rows["events"]], _BATCH_ROWS)
    return contacts


def read_rows(name: str) -> Iterator[dict[str, str]]:
    text = (SAMPLE / name).read_bytes()
    text = gzip.decompress(text) if name.endswith(".gz") else text
    yield from csv.DictReader(io.StringIO(text.decode("utf-8"), newline=""))


def parse(text: str, later: timedelta) -> datetime | None:
    return datetime.fromisoformat(text) + later if text else None


def build_capture(
    row: dict[str, str], contacts: dict[str, int], launches: dict[str, Launch], later: timedelta
) -> Capture:
    texts = ("country", "language", "source", "utm_source", "utm_medium", "utm_campaign", "consent")
    attributes = {
        name.removeprefix("attr_"): value for name, value in row.items() if name.startswith("attr_") and value
    }
    return Capture(
        captured_at=parse(row["captured_at"], later),
        launch=launches.get(row["launch_id"]),
        launch_key=row["launch_id"],
        attributes=attributes,
        **{name: row[name] for name in texts},
        **_identify(row, contacts),
    )


def build_purchase(row: dict[str, str], contacts: dict[str, int], later: timedelta) -> Purchase:
    texts = [
        "transaction_id",
        "event_id",
        "product_id",
        "status",
        "currency",
        "payment_method",
        "offer",
        "country",
        "language",
    ]
    integers = ("installments", "recurrence_number")
    return Purchase(
        occurred_at=parse(row["occurred_at"], later),
        amount_minor=convert_to_minor(Decimal(row["amount"]), row["currency"]) if row["amount"] else None,
        source="csv",
        seller_id="another" if row["transaction_id"].endswith("7") else "",
        **{name: row[name] for name in texts},
        **{name: int(row[name]) if row[name] else None for name in integers},
        **_identify(row, contacts),
    )


def build_event(row: dict[str, str], contacts: dict[str, int], later: timedelta) -> Event:
    return Event(
        event_type=row["event_type"],
        default_type=row["event_type"],
        occurred_at=parse(row["occurred_at"], later),
        product_id=row["product_id"],
        value=float(row["value"]) if row["value"] else None,
        source="csv",
        **_identify(row, contacts),
    )


def _identify(row: dict[str, str], contacts: dict[str, int]) -> dict[str, Any]:
    contact_id = contacts[row["lead_id"]]
    key = hashlib.sha256(repr(sorted(row.items())).encode()).digest()
    return {"contact_id": contact_id, "original_contact_id": contact_id, "row_key": key}
