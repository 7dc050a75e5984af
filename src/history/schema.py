"""The data contract: four tables, their columns and the words a status may be."""

from dataclasses import dataclass
from typing import Literal, cast

Kind = Literal["id", "text", "instant", "money", "integer", "number", "status", "strategy"]

SCHEMA_VERSION = 1

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

#: Columns that go to ``people.parquet`` and that nothing after the import opens.
PERSONAL = ("email", "phone", "name")

#: Form fields keep their own names behind this prefix.
ATTRIBUTE_PREFIX = "attr_"


@dataclass(frozen=True)
class Column:
    """One declared column: what it is called, what it holds, whether a row can do without."""

    name: str
    kind: Kind
    required: bool = False


@dataclass(frozen=True)
class Table:
    """One declared table; ``time`` names the instant at which a row becomes known."""

    name: str
    columns: tuple[Column, ...]
    time: str | None = None

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)


def _columns(required: str, optional: str) -> tuple[Column, ...]:
    """Columns written as ``name:kind``, text where no kind is written."""

    def declared(words: str, is_required: bool) -> list[Column]:
        pairs = (word.partition(":") for word in words.split())
        return [Column(name, cast(Kind, kind or "text"), is_required) for name, _, kind in pairs]

    return (*declared(required, True), *declared(optional, False))


TABLES: dict[str, Table] = {
    "leads": Table(
        "leads",
        _columns(
            "lead_id:id captured_at:instant",
            "launch_id:id email phone name country language source "
            "utm_source utm_medium utm_campaign utm_content utm_term consent",
        ),
        time="captured_at",
    ),
    "purchases": Table(
        "purchases",
        _columns(
            "transaction_id:id lead_id:id occurred_at:instant",
            "event_id:id product_id:id status:status amount:money currency payment_method "
            "installments:integer recurrence_number:integer offer country language",
        ),
        time="occurred_at",
    ),
    "events": Table(
        "events",
        _columns("lead_id:id occurred_at:instant event_type", "event_id:id product_id:id value:number company"),
        time="occurred_at",
    ),
    "launches": Table(
        "launches",
        _columns(
            "launch_id:id strategy:strategy",
            "product_id:id entry_product_id:id capture_starts_at:instant capture_ends_at:instant "
            "cart_opens_at:instant cart_closes_at:instant horizon_days:integer",
        ),
    ),
}

#: Optional beside the four: from ``day`` on, one unit of ``currency`` is worth ``rate`` units of ``base``.
RATES = Table("rates", _columns("currency day:instant rate:number base", ""), time="day")

#: Everything that an import reads.
INPUTS = TABLES | {RATES.name: RATES}
