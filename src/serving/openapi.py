"""The OpenAPI document, written from the types that check the requests, with examples that run."""

from importlib.metadata import PackageNotFoundError, version
from typing import Any, Literal

from pydantic import TypeAdapter
from typing_extensions import TypedDict

from ..scoring.online.contract import REQUEST
from .settings import ServingSettings

_REF = "#/components/schemas/{model}"
_FORM = "^attr_"

EXAMPLE: dict[str, Any] = {
    "product_id": "cake-course",
    "as_of": "2025-06-02T13:00:00Z",
    "language": "en",
    "leads": [
        {
            "lead_id": "42",
            "captures": [{"captured_at": "2025-05-28T10:15:00-03:00", "country": "BR", "utm_source": "instagram"}],
            "purchases": [
                {
                    "transaction_id": "HP1",
                    "occurred_at": "2024-11-29T21:04:00Z",
                    "product_id": "bread-course",
                    "amount": 197.0,
                    "currency": "BRL",
                }
            ],
            "events": [{"event_type": "sales_page_view", "occurred_at": "2025-06-01T20:00:00Z"}],
        }
    ],
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
    """A scored row, or an ``error``."""

    lead_id: str | None
    as_of: str
    probability: float
    logit: float
    score: float
    tier: Literal["hot", "warm", "cold"]
    reasons: list[Reason]
    error: Error


class LeadFeatures(TypedDict, total=False):
    """What the model saw of a lead, or an ``error``."""

    lead_id: str | None
    as_of: str
    features: dict[str, float | None]
    error: Error


class _Header(TypedDict):
    model_version: str
    feature_hash: str
    findings: list[str]
    context_hash: str
    launch_id: str
    tier_policy: str


class ScoreResponse(_Header):
    """The leads in the request's order."""

    leads: list[ScoredLead]


class FeaturesResponse(_Header):
    """The leads in the request's order."""

    leads: list[LeadFeatures]


def build_openapi_document(settings: ServingSettings) -> dict[str, Any]:
    """OpenAPI 3.1."""
    types: dict[str, TypeAdapter[Any]] = {
        "ScoreRequest": REQUEST,
        **{kind.__name__: TypeAdapter(kind) for kind in _ANSWERS},
    }
    schemas: dict[str, Any] = {}
    for name, kind in types.items():
        schema = kind.json_schema(ref_template=_REF)
        schemas |= schema.pop("$defs", {})
        schemas[name] = schema
    _name_form_fields(schemas["Capture"])
    one_of = [{"required": [name]} for name in ("launch_id", "launch", "product_id")]
    schemas["ScoreRequest"]["oneOf"] = one_of
    schemas["ScoreRequest"]["properties"]["leads"]["maxItems"] = settings.max_leads
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "hotleads scoring",
            "version": _version(),
            "description": "Scores leads by how likely they are to buy. See docs/serving.md.",
        },
        "paths": {
            "/score": {"post": _asked("score", "Score leads, with reasons", "ScoreResponse")},
            "/features": {"post": _asked("features", "What the model sees of leads", "FeaturesResponse")},
            "/model": {
                "get": {
                    "operationId": "model",
                    "summary": "The champion's card, and the launches that it knows",
                    "responses": {"200": _json("The card", {"type": "object"})} | _errors("401", "403", "429", "503"),
                }
            },
        },
        "components": {"schemas": schemas, "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}}},
        "security": [{"key": []}] if settings.key_list else [],
    }


_ANSWERS = (ErrorResponse, ScoreResponse, FeaturesResponse)


def _asked(operation: str, summary: str, answer: str) -> dict[str, Any]:
    schema = {"$ref": _REF.format(model="ScoreRequest")}
    return {
        "operationId": operation,
        "summary": summary,
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": schema, "examples": {"one lead": {"value": EXAMPLE}}}},
        },
        "responses": {"200": _json("Every lead scored, or with its own error", {"$ref": _REF.format(model=answer)})}
        | _errors("400", "401", "403", "413", "415", "422", "429", "503"),
    }


def _json(description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


_MEANINGS = {
    "400": "Not JSON",
    "401": "No key, or a wrong one",
    "403": "Other machines need keys, and none are set",
    "413": "Too large, or too many leads",
    "415": "Not application/json",
    "422": "Wrong fields, by their paths",
    "429": "Too many requests",
    "503": "The model is being loaded",
}


def _errors(*codes: str) -> dict[str, Any]:
    return {code: _json(_MEANINGS[code], {"$ref": _REF.format(model="ErrorAnswer")}) for code in codes}


def _name_form_fields(capture: dict[str, Any]) -> None:
    capture["patternProperties"] = {_FORM: capture.pop("additionalProperties")}
    capture["additionalProperties"] = False


def _version() -> str:
    try:
        return version("hotleads")
    except PackageNotFoundError:  # in a bento the packages lie there without being installed
        return "0"
