"""What may be asked: the tables of the data contract as JSON, one lead's rows inside the lead.

These types check each request once (``pydantic``), and the OpenAPI document is written from them.
"""

from typing import Annotated, Any, Literal, Required

from pydantic import ConfigDict, Field, TypeAdapter, with_config
from typing_extensions import TypedDict

from ...history.schema import STATUSES, STRATEGIES

#: Whole numbers stay in 64 bits, and money in the eighteen digits of which four are behind the point.
LARGEST, LARGEST_AMOUNT = 10**15, 10**14 - 1
MOST_ID, MOST_TEXT = 500, 2000  # characters
WRITTEN_INSTANT = r"^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:?\d\d)$"
WRITTEN_AMOUNT = r"^[+-]?(\d{1,14}(\.\d{0,20})?|\.\d{1,20})$"

_STRICT = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False, str_strip_whitespace=True)
# Fields of a form come along under names that nobody can list beforehand.
_WITH_FORM = ConfigDict(strict=True, allow_inf_nan=False, str_strip_whitespace=True)

Instant = Annotated[
    str,
    Field(
        pattern=WRITTEN_INSTANT,
        description="ISO 8601 with an offset, 1900 to 2199.",
        json_schema_extra={"format": "date-time", "examples": ["2025-02-03T12:00:00Z"]},
    ),
]
Id = Annotated[str, Field(min_length=1, max_length=MOST_ID)]
Text = Annotated[str, Field(max_length=MOST_TEXT)] | None
Whole = Annotated[int, Field(gt=-LARGEST, lt=LARGEST)] | None
Amount = (
    Annotated[float, Field(ge=-LARGEST_AMOUNT, le=LARGEST_AMOUNT)]
    | Annotated[str, Field(pattern=WRITTEN_AMOUNT)]
    | None
)


@with_config(_STRICT)
class Purchase(TypedDict, total=False):
    """One status change of one transaction. Without ``status``: approved."""

    transaction_id: Required[Id]
    occurred_at: Required[Instant]
    event_id: Text
    product_id: Text
    status: Literal[*STATUSES] | None  # type: ignore[valid-type]
    amount: Amount
    currency: Text
    payment_method: Text
    installments: Whole
    recurrence_number: Whole
    offer: Text
    country: Text
    language: Text


@with_config(_WITH_FORM)
class Capture(TypedDict, total=False, extra_items=str | float | None):  # type: ignore[call-arg]
    """One time the lead showed interest; form fields are named ``attr_<name>``.

    ``email``, ``phone`` and ``name`` may be there, and are not looked at.
    """

    captured_at: Required[Instant]
    launch_id: Text
    email: Text
    phone: Text
    name: Text
    country: Text
    language: Text
    source: Text
    utm_source: Text
    utm_medium: Text
    utm_campaign: Text
    utm_content: Text
    utm_term: Text
    consent: Text


@with_config(_STRICT)
class Event(TypedDict, total=False):
    """One thing the lead did."""

    event_type: Required[Id]
    occurred_at: Required[Instant]
    event_id: Text
    product_id: Text
    value: float | None
    company: Text


@with_config(_STRICT)
class Lead(TypedDict, total=False):
    """A lead with all that is known of it; rows at or after ``as_of`` change nothing."""

    lead_id: Required[Id]
    as_of: Annotated[Instant, Field(description="Of this lead alone; else the request's.")]
    captures: list[Capture]
    purchases: list[Purchase]
    events: list[Event]


@with_config(_STRICT)
class LaunchDescription(TypedDict, total=False):
    """A launch that the service does not know, as in the launches table."""

    launch_id: Required[Id]
    strategy: Literal[*STRATEGIES]  # type: ignore[valid-type]
    product_id: Text
    entry_product_id: Text


class _Asked(TypedDict, total=False):
    launch_id: Annotated[Id, Field(description="A launch that the service knows (`GET /model` lists them).")]
    launch: Annotated[LaunchDescription, Field(description="Any other launch; scored in the model's own context.")]
    product_id: Annotated[Id, Field(description="Instead of a launch: the product that may be bought.")]
    as_of: Annotated[Instant, Field(description="The instant of scoring; a known classic or paid launch has its own.")]
    language: Annotated[Literal["en", "pt_BR"], Field(description="Of the reasons.")]
    reasons: Annotated[int, Field(ge=0, le=50, description="Reasons a lead; 3 unless told.")]


@with_config(_STRICT)
class ScoreRequest(_Asked, total=False):
    """Leads to score, together or alone. One of ``launch_id``, ``launch`` and ``product_id`` says for what."""

    leads: Required[Annotated[list[Lead], Field(min_length=1)]]


@with_config(_STRICT)
class Envelope(_Asked, total=False):
    """The same with leads that are not looked at yet, so that one bad lead does not refuse the others."""

    leads: Required[Annotated[list[Any], Field(min_length=1)]]


REQUEST: TypeAdapter[ScoreRequest] = TypeAdapter(ScoreRequest)
ENVELOPE: TypeAdapter[Envelope] = TypeAdapter(Envelope)
LEAD: TypeAdapter[Lead] = TypeAdapter(Lead)

#: The fields of each table that may be asked for, to name the nearest one where a name is not known.
FIELDS: dict[str, tuple[str, ...]] = {
    "leads": tuple(Lead.__annotations__),
    "captures": tuple(Capture.__annotations__),
    "purchases": tuple(Purchase.__annotations__),
    "events": tuple(Event.__annotations__),
    "launch": tuple(LaunchDescription.__annotations__),
    "": tuple(ScoreRequest.__annotations__),
}
