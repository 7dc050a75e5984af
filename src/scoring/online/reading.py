"""A request as it is sent, read and checked in one pass of ``msgspec``: a quarter of what the whole contract takes.

These types take nothing that the contract refuses (``tests/serving/test_reading.py``). What they do not take, or what
its rows show to be wrong, is checked by the contract itself, which tells all that is wrong and where.
"""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType
from msgspec.json import Decoder

from ...history.schema import STATUSES, STRATEGIES
from .contract import LARGEST, LARGEST_AMOUNT, MOST_ID, MOST_TEXT

Id = Annotated[str, Meta(min_length=1, max_length=MOST_ID)]
Text = Annotated[str, Meta(max_length=MOST_TEXT)] | None
Whole = Annotated[int, Meta(gt=-LARGEST, lt=LARGEST)] | None
Number = Annotated[float, Meta(ge=-LARGEST_AMOUNT, le=LARGEST_AMOUNT)]
#: By the columns' names; form fields come along under names that nobody can list beforehand.
Capture = dict[str, str | float | None]


class Purchase(Struct, forbid_unknown_fields=True, gc=False):
    """One status change of one transaction."""

    transaction_id: Id
    occurred_at: str
    event_id: Text = None
    product_id: Text = None
    status: Literal[*STATUSES] | None = None  # type: ignore[valid-type]
    amount: Number | str | None = None
    currency: Text = None
    payment_method: Text = None
    installments: Whole = None
    recurrence_number: Whole = None
    offer: Text = None
    country: Text = None
    language: Text = None


class Event(Struct, forbid_unknown_fields=True, gc=False):
    """One thing the lead did."""

    event_type: Id
    occurred_at: str
    event_id: Text = None
    product_id: Text = None
    value: float | None = None
    company: Text = None


class Lead(Struct, forbid_unknown_fields=True):
    """A lead with all that is known of it."""

    lead_id: Id
    as_of: str | UnsetType = UNSET
    captures: list[Capture] = []
    purchases: list[Purchase] = []
    events: list[Event] = []


class LaunchDescription(Struct, forbid_unknown_fields=True):
    """A launch that the service does not know."""

    launch_id: Id
    strategy: Literal[*STRATEGIES] = "classic"  # type: ignore[valid-type]
    product_id: Text = None
    entry_product_id: Text = None


class Request(Struct, forbid_unknown_fields=True):
    """Leads to score, and for what."""

    leads: list[Lead]
    launch_id: Id | UnsetType = UNSET
    launch: LaunchDescription | UnsetType = UNSET
    product_id: Id | UnsetType = UNSET
    as_of: str | UnsetType = UNSET
    language: Literal["en", "pt_BR"] = "en"
    reasons: Annotated[int, Meta(ge=0, le=50)] = 3


READER = Decoder(Request)
