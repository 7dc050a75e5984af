"""The wire format of ``/v1/leads``, ``/v1/purchases`` and ``/v1/events``: the history's tables, flat, with the person.

The types are those of the scoring request, as long as the hub's columns are. Each is declared once: the validator and
the OpenAPI document are made of it.
"""

from dataclasses import dataclass
from typing import Annotated, Any

from msgspec import Meta, Struct

from ....history.schema import ATTRIBUTE_PREFIX
from ....scoring.online.schemas import Amount, Status, Timestamp

MAX_ROWS = 500
MAX_FORM_FIELD_CHARACTERS = 2_000

Name = Annotated[str, Meta(max_length=500)] | None
Id = Annotated[str, Meta(min_length=1, max_length=200)]
OptionalId = Annotated[str, Meta(max_length=200)] | None
Word = Annotated[str, Meta(max_length=64)] | None
Count = Annotated[int, Meta(ge=0, le=1_000_000)] | None
Utm = Annotated[str, Meta(max_length=500)] | None
Language = Annotated[str, Meta(max_length=16)] | None
Country = Annotated[str, Meta(max_length=100, description="A code such as BR, or a name.")] | None
Currency = Annotated[str, Meta(max_length=3, description="Three letters, such as BRL.")] | None
Email = Annotated[str, Meta(max_length=254, description="Compared trimmed and in lower case.")] | None
Phone = (
    Annotated[str, Meta(max_length=64, description="With its country's code, unless the credential has a country.")]
    | None
)
ExternalId = Annotated[str, Meta(max_length=200, description="The sender's own id of the person.")] | None
FormField = Annotated[str, Meta(max_length=MAX_FORM_FIELD_CHARACTERS)] | float | None


class PersonRow(Struct, forbid_unknown_fields=True, kw_only=True):
    """Who a row is of."""

    email: Email = None
    phone: Phone = None
    external_id: ExternalId = None
    name: Name = None
    last_name: Name = None


class LeadRow(PersonRow, kw_only=True):
    """One time somebody showed interest. Form fields are named ``attr_<name>``; without ``captured_at``: now."""

    captured_at: Timestamp | None = None
    launch_id: OptionalId = None
    source: Annotated[str, Meta(max_length=32)] | None = None
    utm_source: Utm = None
    utm_medium: Utm = None
    utm_campaign: Utm = None
    utm_content: Utm = None
    utm_term: Utm = None
    country: Country = None
    language: Language = None
    consent: Annotated[str, Meta(max_length=200, description="``no`` records no consent for this lead.")] | None = None
    fbclid: Utm = None
    gclid: Utm = None
    fbp: Utm = None
    fbc: Utm = None


class PurchaseRow(PersonRow, kw_only=True):
    """One status change of one transaction. Without ``status``: approved."""

    transaction_id: Id
    occurred_at: Timestamp
    event_id: OptionalId = None
    product_id: OptionalId = None
    status: Status | None = None
    amount: Amount = None
    currency: Currency = None
    payment_method: Word = None
    installments: Count = None
    recurrence_number: Count = None
    offer: OptionalId = None
    seller_id: Annotated[str, Meta(max_length=200, description="Of another seller; empty: the owner.")] | None = None
    country: Country = None
    language: Language = None


class EventRow(PersonRow, kw_only=True):
    """One thing that somebody did; docs/api.md has the types that the scorecard knows."""

    event_type: Annotated[str, Meta(min_length=1, max_length=64)]
    occurred_at: Timestamp
    event_id: OptionalId = None
    product_id: OptionalId = None
    value: float | None = None
    company: OptionalId = None


@dataclass(frozen=True)
class RowTable:
    """One kind of rows that programs send.

    Attributes
    ----------
    name
        The name of their list in a request, and of their route.
    struct
        Their fields.
    extras
        The type of form fields, as a dictionary; None: they have none.
    time
        The field that says when.
    """

    name: str
    struct: type[Struct]
    time: str
    extras: Any = None

    @property
    def source(self) -> str:
        """The source of its items in the inbox."""
        return f"api_{self.name}"


LEADS = RowTable("leads", LeadRow, "captured_at", dict[str, FormField])
PURCHASES = RowTable("purchases", PurchaseRow, "occurred_at")
EVENTS = RowTable("events", EventRow, "occurred_at")
ROW_TABLES = (LEADS, PURCHASES, EVENTS)
FIELD_NAMES: dict[str, tuple[str, ...]] = {
    "": (*(table.name for table in ROW_TABLES),),
    **{table.name: table.struct.__struct_fields__ for table in ROW_TABLES},
}


def is_form_field(name: str) -> bool:
    """Return whether a name is that of a form field."""
    return name.startswith(ATTRIBUTE_PREFIX) and len(name) > len(ATTRIBUTE_PREFIX)
