"""The data contract: the four tables, their columns, and what makes two rows the same or orders them.

Everything that reads or writes a purchase takes its columns from here: the import, the ledger in SQL and in memory, and
the wire schemas of a request.
"""

from dataclasses import dataclass
from typing import Literal, cast

Kind = Literal["id", "text", "instant", "money", "integer", "number", "status", "strategy"]

SCHEMA_VERSION = 2

#: In the order in which rows of one transaction at one instant apply.
STATUSES = (
    "started",
    "billet_printed",
    "approved",
    "complete",
    "overdue",
    "protested",
    "canceled",
    "expired",
    "refunded",
    "chargeback",
)
STRATEGIES = ("classic", "perpetual", "paid")

#: Personal columns: the import writes them to ``people.parquet`` only (``contacts`` reads it).
PERSONAL = ("email", "phone", "name")

#: The prefix of a form field's column; the field's own name follows.
ATTRIBUTE_PREFIX = "attr_"


@dataclass(frozen=True)
class Column:
    """One declared column.

    Attributes
    ----------
    name
        The column's name, the same in files, SQL and requests.
    kind
        What it holds.
    required
        Whether every row needs a value.
    """

    name: str
    kind: Kind
    required: bool = False


@dataclass(frozen=True)
class Table:
    """One declared table.

    Attributes
    ----------
    name
        The table's name, the same in files and SQL.
    columns
        Its columns, in order.
    time
        The column of the instant at which a row becomes known; None if rows are known always.
    """

    name: str
    columns: tuple[Column, ...]
    time: str | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns, in order."""
        return tuple(column.name for column in self.columns)


def _declare(required: str, optional: str) -> tuple[Column, ...]:
    """Return columns that are written as ``name:kind``, or ``name`` for a text."""

    def parse(declarations: str, is_required: bool) -> list[Column]:
        pairs = (declaration.partition(":") for declaration in declarations.split())
        return [Column(name, cast(Kind, kind or "text"), is_required) for name, _, kind in pairs]

    return (*parse(required, True), *parse(optional, False))


TABLES: dict[str, Table] = {
    "leads": Table(
        "leads",
        _declare(
            "lead_id:id captured_at:instant",
            "launch_id:id email phone name country language source "
            "utm_source utm_medium utm_campaign utm_content utm_term consent",
        ),
        time="captured_at",
    ),
    "purchases": Table(
        "purchases",
        _declare(
            "transaction_id:id lead_id:id occurred_at:instant",
            "event_id:id product_id:id status:status amount:money currency payment_method "
            "installments:integer recurrence_number:integer seller_id:id offer country language",
        ),
        time="occurred_at",
    ),
    "events": Table(
        "events",
        _declare("lead_id:id occurred_at:instant event_type", "event_id:id product_id:id value:number company"),
        time="occurred_at",
    ),
    "launches": Table(
        "launches",
        _declare(
            "launch_id:id strategy:strategy",
            "product_id:id entry_product_id:id capture_starts_at:instant capture_ends_at:instant "
            "cart_opens_at:instant cart_closes_at:instant horizon_days:integer",
        ),
    ),
}

#: A purchase with an ``event_id`` repeats an earlier one where these are equal.
PURCHASE_KEY = ("event_id", "transaction_id", "lead_id", "status")

#: The order of a transaction's purchase rows of one instant and one status, missing values last: every column that can
#: tell two rows apart, so that the order of a file never decides.
PURCHASE_TIE_BREAKERS = (
    "event_id",
    "amount",
    "product_id",
    "recurrence_number",
    "currency",
    "payment_method",
    "installments",
    "offer",
    "country",
    "language",
    "seller_id",
)

#: What an event with an ``event_id`` repeats, and which of the two stays: the first in this order.
EVENT_KEY = ("event_id", "event_type", "lead_id")
EVENT_ORDER = ("occurred_at", "product_id", "value", "company")

#: Optional beside the four: from ``day`` on, one unit of ``currency`` is worth ``rate`` units of ``base``.
RATES = Table("rates", _declare("currency day:instant rate:number base", ""), time="day")

#: All tables that an import reads.
INPUTS = TABLES | {RATES.name: RATES}
