"""The part of ``/openapi.json`` that the hub adds: ``/v1``, written from the types that decode its requests."""

from typing import Any

from msgspec.json import schema_components

from ...history.schema import ATTRIBUTE_PREFIX
from ...language import LANGUAGES
from ...scoring.online.schemas import ErrorResponse
from ..intake.api.schemas import MAX_FORM_FIELD_CHARACTERS, MAX_ROWS, ROW_TABLES
from ..models import Scope, Tier
from .read_routes import DEFAULT_ROWS
from .read_routes import MAX_ROWS as MAX_PAGE
from .segment_routes import MAX_MESSAGES, MESSAGE_ROUTES

_REF = "#/components/schemas/{name}"
_OAUTH, _WRITE_KEY = "oauth", "write_key"
_SCOPES = {"leads": Scope.WRITE_LEADS, "purchases": Scope.WRITE_PURCHASES, "events": Scope.WRITE_EVENTS}
EXAMPLES: dict[str, Any] = {
    "leads": {
        "email": "ana@example.com",
        "name": "Ana Souza",
        "phone": "+5511987654321",
        "captured_at": "2026-03-01T12:00:00-03:00",
        "launch_id": "spring",
        "utm_source": "instagram",
        "utm_campaign": "spring-leads",
        "attr_goal": "career",
    },
    "purchases": {
        "email": "ana@example.com",
        "transaction_id": "HP1",
        "occurred_at": "2026-03-05T10:00:00Z",
        "product_id": "cake-course",
        "amount": "197.00",
        "currency": "BRL",
    },
    "events": {
        "email": "ana@example.com",
        "event_type": "sales_page_visit",
        "occurred_at": "2026-03-02T10:00:00Z",
        "product_id": "cake-course",
    },
}
_MESSAGES: dict[str, Any] = {
    "track": {"userId": "7", "event": "Checkout Started", "properties": {"product_id": "cake-course", "value": 197}},
    "identify": {"userId": "7", "anonymousId": "b-1", "traits": {"email": "ana@example.com", "name": "Ana"}},
    "page": {"anonymousId": "b-1", "name": "Pricing", "properties": {"path": "/pricing"}},
    "screen": {"userId": "7", "name": "Home"},
    "group": {"userId": "7", "groupId": "acme", "traits": {"name": "Acme"}},
    "alias": {"previousId": "b-1", "userId": "7"},
}
_MEANINGS = {
    "400": "Not JSON, or no message",
    "401": "No token or write key, or a wrong one",
    "403": "The credential lacks the scope",
    "404": "There is no such launch",
    "413": "Too large",
    "415": "Not JSON, or packed otherwise than by gzip",
    "422": "Wrong fields, by their paths; or the Idempotency-Key came with another body",
    "429": "Too many requests, or too many wrong secrets",
    "503": "Not kept: send it again",
}
_WRITE_ERRORS = ("400", "401", "403", "413", "415", "422", "429", "503")
_MESSAGE_ERRORS = ("400", "401", "403", "413", "415", "429", "503")


def describe_api() -> dict[str, Any]:
    """Return paths and components of OpenAPI 3.1."""
    types = (*(table.struct for table in ROW_TABLES), ErrorResponse)
    schemas: dict[str, Any] = schema_components(types, ref_template=_REF)[1]
    form_field = {"type": ["string", "number", "null"], "maxLength": MAX_FORM_FIELD_CHARACTERS}
    schemas["LeadRow"]["patternProperties"] = {f"^{ATTRIBUTE_PREFIX}[A-Za-z0-9_-]{{1,100}}$": form_field}
    for table in ROW_TABLES:
        name = table.struct.__name__
        schemas[name]["anyOf"] = [_require_text(field) for field in ("email", "external_id", "phone")]
    paths: dict[str, Any] = {f"/v1/{table.name}": {"post": _describe_rows(table.name)} for table in ROW_TABLES}
    paths |= {f"/v1/{kind}": {"post": _describe_message(kind)} for kind in MESSAGE_ROUTES}
    paths["/v1/batch"] = {"post": _describe_batch()}
    paths["/v1/launches"] = {"get": _describe_launches()}
    paths["/v1/scores"] = {"get": _describe_scores()}
    scopes = {scope.value: str(scope.label) for scope in Scope}
    flow = {"tokenUrl": "/oauth/token", "scopes": scopes}
    security = {
        _OAUTH: {"type": "oauth2", "flows": {"clientCredentials": flow}},
        _WRITE_KEY: {"type": "http", "scheme": "basic", "description": "The write key as user name, no password."},
    }
    return {"paths": paths, "components": {"schemas": schemas, "securitySchemes": security}}


def _require_text(name: str) -> dict[str, Any]:
    return {"required": [name], "properties": {name: {"type": "string", "minLength": 1}}}


def _describe_rows(name: str) -> dict[str, Any]:
    row = {"$ref": _REF.format(name=f"{name[:-1].capitalize()}Row")}
    many = {"type": "array", "items": row, "minItems": 1, "maxItems": MAX_ROWS}
    listed = {"type": "object", "properties": {name: many}, "required": [name], "additionalProperties": False}
    example = EXAMPLES[name]
    examples = {f"one of the {name}": {"value": example}, "a list": {"value": {name: [example]}}}
    accepted = {
        "type": "object",
        "properties": {"id": {"type": "string"}, "accepted": {"type": "integer"}},
        "required": ["id", "accepted"],
    }
    return {
        "operationId": f"send_{name}",
        "summary": f"Send {name}: one flat row, or a list of up to {MAX_ROWS}",
        "description": "Every row is on the disk when it is answered, and seconds later on the pages.",
        "security": [{_OAUTH: [_SCOPES[name].value]}],
        "parameters": [
            {
                "name": "Idempotency-Key",
                "in": "header",
                "description": "The same key and body again count once.",
                "schema": {"type": "string", "maxLength": 255},
            }
        ],
        "requestBody": _describe_body({"oneOf": [row, listed]}, examples),
        "responses": {"202": _describe_json("Kept", accepted)} | _describe_errors(*_WRITE_ERRORS),
    }


def _describe_message(kind: str) -> dict[str, Any]:
    schema = {"type": "object", "properties": {name: {} for name in ("userId", "anonymousId", "timestamp", "context")}}
    return {
        "operationId": kind,
        "summary": f"Segment's {kind}, as their libraries send it",
        "security": [{_WRITE_KEY: []}],
        "requestBody": _describe_body(schema, {kind: {"value": _MESSAGES[kind]}}),
        "responses": {"200": _describe_success()} | _describe_errors(*_MESSAGE_ERRORS),
    }


def _describe_batch() -> dict[str, Any]:
    messages = {"type": "array", "items": {"type": "object"}, "minItems": 1, "maxItems": MAX_MESSAGES}
    schema = {"type": "object", "properties": {"batch": messages}, "required": ["batch"]}
    example = {"batch": [{"type": kind, **message} for kind, message in _MESSAGES.items()]}
    return {
        "operationId": "batch",
        "summary": f"Up to {MAX_MESSAGES:,} of Segment's messages, maybe gzipped",
        "security": [{_WRITE_KEY: []}],
        "requestBody": _describe_body(schema, {"one of each": {"value": example}}),
        "responses": {"200": _describe_success()} | _describe_errors(*_MESSAGE_ERRORS),
    }


def _describe_launches() -> dict[str, Any]:
    number, count = {"type": "number", "minimum": 0}, {"type": "integer", "minimum": 0}
    basis = {
        "type": "string",
        "enum": ["scores", "before_learning"],
        "description": "The present scores or, where the model has learned from the launch since, what it promised "
        "before; both are of leads that it had not seen.",
    }
    forecast = {
        "description": "Buyers expected, and their 90% interval; null where nobody is scored.",
        "type": ["object", "null"],
        "properties": {"leads": count, "expected": number, "low": count, "high": count, "basis": basis},
    }
    bought = {
        "description": "Of how many leads it is known whether they bought, and how many did; null before.",
        "type": ["object", "null"],
        "properties": {"judged": count, "buyers": count},
    }
    page = _describe_page("launches")
    page["properties"]["launches"]["items"]["properties"] = {"forecast": forecast, "bought": bought}
    return {
        "operationId": "launches",
        "summary": "Launches with their counts, and buyers expected and come, newest first",
        "security": [{_OAUTH: [Scope.READ_LAUNCHES.value]}],
        "parameters": _describe_paging(),
        "responses": {"200": _describe_json("A page", page)} | _describe_errors("401", "403", "422", "429", "503"),
    }


def _describe_scores() -> dict[str, Any]:
    return {
        "operationId": "scores",
        "summary": "Present scores of a launch, hottest first",
        "description": "Leads that came by a file only are there where the installation lists them.",
        "security": [{_OAUTH: [Scope.READ_SCORES.value]}],
        "parameters": [
            {"name": "launch_id", "in": "query", "required": True, "schema": {"type": "string", "minLength": 1}},
            {"name": "tier", "in": "query", "schema": {"type": "string", "enum": list(Tier.values)}},
            {
                "name": "contacts",
                "in": "query",
                "description": "With email, name and phone; needs contacts:read, and is noted in the audit log.",
                "schema": {"type": "string", "enum": ["true", "false"]},
            },
            {
                "name": "language",
                "in": "query",
                "description": "In which reasons are said; by default the installation's.",
                "schema": {"type": "string", "enum": list(LANGUAGES)},
            },
            *_describe_paging(),
        ],
        "responses": {"200": _describe_json("A page", _describe_page("scores"))}
        | _describe_errors("401", "403", "404", "422", "429", "503"),
    }


def _describe_paging() -> list[dict[str, Any]]:
    limit = {"type": "integer", "minimum": 1, "maximum": MAX_PAGE, "default": DEFAULT_ROWS}
    return [
        {"name": "limit", "in": "query", "schema": limit},
        {
            "name": "cursor",
            "in": "query",
            "description": "next_cursor of the page before.",
            "schema": {"type": "string"},
        },
    ]


def _describe_page(name: str) -> dict[str, Any]:
    rows = {"type": "array", "items": {"type": "object"}}
    properties = {name: rows, "next_cursor": {"type": ["string", "null"]}}
    return {"type": "object", "properties": properties, "required": [name, "next_cursor"]}


def _describe_body(schema: dict[str, Any], examples: dict[str, Any]) -> dict[str, Any]:
    return {"required": True, "content": {"application/json": {"schema": schema, "examples": examples}}}


def _describe_success() -> dict[str, Any]:
    properties = {"success": {"type": "boolean", "const": True}}
    return _describe_json("Kept", {"type": "object", "properties": properties, "required": ["success"]})


def _describe_json(description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def _describe_errors(*codes: str) -> dict[str, Any]:
    return {code: _describe_json(_MEANINGS[code], {"$ref": _REF.format(name="ErrorResponse")}) for code in codes}
