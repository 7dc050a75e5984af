"""What the feed takes of each table, and the types of its parts. Nothing that identifies a person is among it."""

from dataclasses import dataclass

import pyarrow as pa

_INSTANT = pa.timestamp("us", tz="UTC")


@dataclass(frozen=True)
class FeedTable:
    """One table of the history, as the hub keeps it.

    Attributes
    ----------
    name
        The history's name of it, and of the folder of its parts.
    source
        The hub's table. Its ``contact_id`` follows merges; the feed takes ``original_contact_id``, which does not, so
        that a part stays right whatever is merged later.
    schema
        The columns of a part, by name and type.
    """

    name: str
    source: str
    schema: pa.Schema


def _declare(name: str, source: str, /, **columns: pa.DataType) -> FeedTable:
    types = {"id": pa.int64(), "original_contact_id": pa.int64(), **columns}
    return FeedTable(name, source, pa.schema(list(types.items())))


FEED_TABLES = (
    _declare(
        "leads",
        "hub_capture",
        captured_at=_INSTANT,
        source=pa.string(),
        utm_source=pa.string(),
        utm_medium=pa.string(),
        utm_campaign=pa.string(),
        utm_content=pa.string(),
        utm_term=pa.string(),
        country=pa.string(),
        language=pa.string(),
        consent=pa.string(),
        attributes=pa.string(),
    ),
    _declare(
        "purchases",
        "hub_purchase",
        transaction_id=pa.string(),
        occurred_at=_INSTANT,
        event_id=pa.string(),
        product_id=pa.string(),
        status=pa.string(),
        amount_minor=pa.int64(),
        currency=pa.string(),
        payment_method=pa.string(),
        installments=pa.int32(),
        recurrence_number=pa.int32(),
        seller_id=pa.string(),
        offer=pa.string(),
        country=pa.string(),
        language=pa.string(),
    ),
    _declare(
        "events",
        "hub_event",
        event_type=pa.string(),
        occurred_at=_INSTANT,
        event_id=pa.string(),
        product_id=pa.string(),
        value=pa.float64(),
        company=pa.string(),
    ),
)
