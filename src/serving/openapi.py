"""The OpenAPI document, written from the types that decode the requests, with examples that run."""

from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from msgspec.json import schema_components

from ..history.schema import ATTRIBUTE_PREFIX
from ..scoring.online.schemas import (
    CaptureColumns,
    ErrorResponse,
    FeaturesResponse,
    ScoreRequest,
    ScoreResponse,
)
from .settings import ServingSettings

_REF = "#/components/schemas/{name}"

EXAMPLE: dict[str, object] = {
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


def build_openapi_document(settings: ServingSettings, others: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return the OpenAPI 3.1 document.

    Parameters
    ----------
    settings
        The limits that it names.
    others
        Paths and components of what is served beside the scoring routes.
    """
    types = (ScoreRequest, ScoreResponse, FeaturesResponse, ErrorResponse, CaptureColumns)
    schemas: dict[str, Any] = schema_components(types, ref_template=_REF)[1]
    _describe_form_fields(schemas)
    one_of = [{"required": [name]} for name in ("launch_id", "launch", "product_id")]
    schemas["ScoreRequest"]["oneOf"] = one_of
    schemas["ScoreRequest"]["properties"]["leads"]["maxItems"] = settings.max_leads
    document = {
        "openapi": "3.1.0",
        "info": {
            "title": "hotleads scoring",
            "version": _get_version(),
            "description": "Scores leads by how likely they are to buy. See docs/serving.md.",
        },
        "paths": {
            "/score": {"post": _describe_post("score", "Score leads, with reasons", "ScoreResponse")},
            "/features": {"post": _describe_post("features", "What the model sees of leads", "FeaturesResponse")},
            "/model": {
                "get": {
                    "operationId": "model",
                    "summary": "The champion's card, and the launches that it knows",
                    "responses": {"200": _describe_json("The card", {"type": "object"})}
                    | _describe_errors("401", "403", "429", "503"),
                }
            },
        },
        "components": {"schemas": schemas, "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}}},
        "security": [{"key": []}] if settings.key_list else [],
    }
    return document if others is None else _add_others(document, others)


def _add_others(document: dict[str, Any], others: Mapping[str, Any]) -> dict[str, Any]:
    """Return a document with what another one says too."""
    components = {
        kind: {**others["components"].get(kind, {}), **declared} for kind, declared in document["components"].items()
    }
    return {**document, "paths": {**document["paths"], **others["paths"]}, "components": components}


def _describe_post(operation: str, summary: str, response: str) -> dict[str, Any]:
    schema = {"$ref": _REF.format(name="ScoreRequest")}
    return {
        "operationId": operation,
        "summary": summary,
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": schema, "examples": {"one lead": {"value": EXAMPLE}}}},
        },
        "responses": {
            "200": _describe_json("Every lead scored, or with its own error", {"$ref": _REF.format(name=response)})
        }
        | _describe_errors("400", "401", "403", "413", "415", "422", "429", "503"),
    }


def _describe_json(description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


_MEANINGS = {
    "400": "Not JSON",
    "401": "No key, or a wrong one",
    "403": "Other machines need keys, and none are set",
    "413": "Too large, or too many leads",
    "415": "Not application/json",
    "422": "Wrong fields, by their paths",
    "429": "Too many requests",
    "503": "There is no model, or it is being loaded",
}


def _describe_errors(*codes: str) -> dict[str, Any]:
    return {code: _describe_json(_MEANINGS[code], {"$ref": _REF.format(name="ErrorResponse")}) for code in codes}


def _describe_form_fields(schemas: dict[str, Any]) -> None:
    """A capture is decoded to a dictionary: its known columns, and form fields by the pattern of their names."""
    captures = schemas["Lead"]["properties"]["captures"]
    form_field = captures["items"]["additionalProperties"]
    captures["items"] = {"$ref": _REF.format(name="Capture")}
    schemas["Capture"]["patternProperties"] = {f"^{ATTRIBUTE_PREFIX}": form_field}
    schemas["Capture"]["additionalProperties"] = False


def _get_version() -> str:
    try:
        return version("hotleads")
    except PackageNotFoundError:  # in a bento the packages lie there without being installed
        return "0"
