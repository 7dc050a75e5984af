"""The wire format of ``/score`` and ``/features``: the data contract's tables as JSON, a lead's rows inside the lead.

Each request type is declared once. ``msgspec`` decodes a request with it, ``validation.py`` derives the validator whose
errors name every wrong field, and the OpenAPI document is written from it. A response is a dictionary; its types here
describe it.
"""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType, defstruct
from typing_extensions import TypedDict

from ...history.schema import STATUSES, STRATEGIES, TABLES

INTEGER_LIMIT = 10**15  # whole numbers lie between its negative and itself
MAX_AMOUNT = 10**14 - 1  # eighteen digits, four of them behind the point
MAX_ID_CHARACTERS = 500
MAX_TEXT_CHARACTERS = 2000
MAX_REASONS = 50
TIMESTAMP_PATTERN = r"^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:?\d\d)$"
AMOUNT_PATTERN = r"^[+-]?(\d{1,14}(\.\d{0,20})?|\.\d{1,20})$"

# The patterns are not msgspec's: ``rows.py`` parses all timestamps and amounts of a request in a quicker way.
Timestamp = Annotated[
    str,
    Meta(
        description="ISO 8601 with an offset, 1900 to 2199.",
        examples=["2025-02-03T12:00:00Z"],
        extra_json_schema={"format": "date-time", "pattern": TIMESTAMP_PATTERN},
    ),
]
Id = Annotated[str, Meta(min_length=1, max_length=MAX_ID_CHARACTERS)]
Text = Annotated[str, Meta(max_length=MAX_TEXT_CHARACTERS)] | None
Integer = Annotated[int, Meta(gt=-INTEGER_LIMIT, lt=INTEGER_LIMIT)] | None
Amount = (
    Annotated[float, Meta(ge=-MAX_AMOUNT, le=MAX_AMOUNT)]
    | Annotated[str, Meta(extra_json_schema={"pattern": AMOUNT_PATTERN})]
    | None
)
# msgspec sorts the values of a literal; these are in the order of the data contract.
Status = Annotated[Literal[*STATUSES], Meta(extra_json_schema={"enum": list(STATUSES)})]  # type: ignore[valid-type]
Strategy = Annotated[Literal[*STRATEGIES], Meta(extra_json_schema={"enum": list(STRATEGIES)})]  # type: ignore[valid-type]


class Purchase(Struct, forbid_unknown_fields=True, gc=False):
    """One status change of one transaction. Without ``status``: approved."""

    transaction_id: Id
    occurred_at: Timestamp
    event_id: Text = None
    product_id: Text = None
    status: Status | None = None
    amount: Amount = None
    currency: Text = None
    payment_method: Text = None
    installments: Integer = None
    recurrence_number: Integer = None
    seller_id: Text = None
    offer: Text = None
    country: Text = None
    language: Text = None


class Event(Struct, forbid_unknown_fields=True, gc=False):
    """One thing the lead did."""

    event_type: Id
    occurred_at: Timestamp
    event_id: Text = None
    product_id: Text = None
    value: float | None = None
    company: Text = None


#: The columns of a capture, for the validator and the document. ``Capture`` is what a request is decoded to.
CaptureColumns = defstruct(
    "Capture",
    [
        ("captured_at", Timestamp),
        *((name, Text, None) for name in TABLES["leads"].names if name not in ("lead_id", "captured_at")),
    ],
    namespace={
        "__doc__": "One time the lead showed interest; form fields are named ``attr_<name>``.\n\n"
        "``email``, ``phone`` and ``name`` are accepted and not used."
    },
)
#: A capture by column name: nobody can list the form fields beforehand.
Capture = dict[str, str | float | None]


class Lead(Struct, forbid_unknown_fields=True):
    """A lead with all its rows; rows at or after ``as_of`` change nothing."""

    lead_id: Id
    as_of: Annotated[Timestamp, Meta(description="Of this lead alone; else the request's.")] | UnsetType = UNSET
    captures: list[Annotated[Capture, Meta(extra={"columns": CaptureColumns})]] = []
    purchases: list[Purchase] = []
    events: list[Event] = []


class LaunchDescription(Struct, forbid_unknown_fields=True):
    """A launch that the service does not know, as in the launches table."""

    launch_id: Id
    strategy: Strategy = "classic"
    product_id: Text = None
    entry_product_id: Text = None


class RequestOptions(Struct, forbid_unknown_fields=True, kw_only=True):
    """What to score leads for, and how."""

    launch_id: (
        Annotated[Id, Meta(description="A launch that the service knows (`GET /model` lists them).")] | UnsetType
    ) = UNSET
    launch: (
        Annotated[LaunchDescription, Meta(description="Any other launch; scored in the model's own context.")]
        | UnsetType
    ) = UNSET
    product_id: Annotated[Id, Meta(description="Instead of a launch: the product that may be bought.")] | UnsetType = (
        UNSET
    )
    as_of: (
        Annotated[Timestamp, Meta(description="The time of scoring; a known classic or paid launch has its own.")]
        | UnsetType
    ) = UNSET
    language: Annotated[Literal["en", "pt_BR"], Meta(description="Language of the reasons.")] = "en"
    reasons: Annotated[int, Meta(ge=0, le=MAX_REASONS, description="Reasons a lead.")] = 3


class ScoreRequest(RequestOptions, kw_only=True):
    """Leads to score, together or alone. Give one of ``launch_id``, ``launch`` and ``product_id``."""

    leads: Annotated[list[Lead], Meta(min_length=1)]


#: The fields of each table of a request, to suggest the nearest one for an unknown name.
FIELD_NAMES: dict[str, tuple[str, ...]] = {
    "leads": Lead.__struct_fields__,
    "captures": CaptureColumns.__struct_fields__,
    "purchases": Purchase.__struct_fields__,
    "events": Event.__struct_fields__,
    "launch": LaunchDescription.__struct_fields__,
    "": ScoreRequest.__struct_fields__,
}


class Problem(TypedDict):
    """One thing that is wrong, and where."""

    path: str
    message: str


class Error(TypedDict, total=False):
    """Why a request, or a lead of it, is not answered."""

    code: str
    message: str
    problems: list[Problem]
    request_id: str


class ErrorResponse(TypedDict):
    """A request that is not answered."""

    error: Error


class Reason(TypedDict):
    """One feature's part in the logit."""

    feature: str
    group: str
    value: float | None
    contribution: float
    text: str


class ScoredLead(TypedDict, total=False):
    """A scored row, or an ``error``; ``findings`` where the lead's own rows leave something in doubt."""

    lead_id: str | None
    as_of: str
    probability: float
    logit: float
    score: float
    tier: Literal["hot", "warm", "cold"]
    reasons: list[Reason]
    findings: list[str]
    error: Error


class LeadFeatures(TypedDict, total=False):
    """What the model saw of a lead, or an ``error``."""

    lead_id: str | None
    as_of: str
    features: dict[str, float | None]
    error: Error


class ResponseHeader(TypedDict):
    """What every response of a launch begins with."""

    model_version: str
    feature_hash: str
    findings: list[str]
    context_hash: str
    launch_id: str
    tier_policy: str


class ScoreResponse(ResponseHeader):
    """The leads in the request's order."""

    leads: list[ScoredLead]


class FeaturesResponse(ResponseHeader):
    """The leads in the request's order."""

    leads: list[LeadFeatures]
