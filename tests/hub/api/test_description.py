"""The description of ``/v1``: its examples run, and requests of every kind that it allows are answered."""

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

from hotleads.hub.api.openapi import describe_api
from hotleads.hub.api.routes import build_api_routes
from hotleads.hub.intake.credentials import CredentialOptions, add_credential
from hotleads.hub.intake.inbox_writer import InboxWriter
from hotleads.hub.models import Scope
from tests.hub.api.conftest import Service, ask_token, process_inbox
from tests.hub.installations import Installation

_MESSAGES = {"track", "identify", "page", "screen", "group", "alias", "batch"}


def build_document() -> dict[str, Any]:
    return {"openapi": "3.1.0", "info": {"title": "hub", "version": "1"}, **describe_api()}


def test_every_example_is_taken_in(sqlite_service: Service) -> None:
    key = add_credential("site", CredentialOptions(tuple(Scope))).write_key
    sent = 0
    for path, operations in describe_api()["paths"].items():
        body = operations.get("post", {}).get("requestBody", {"content": {"application/json": {"examples": {}}}})
        for example in body["content"]["application/json"]["examples"].values():
            is_row = path in ("/v1/leads", "/v1/purchases", "/v1/events")
            if is_row:
                answer = sqlite_service.send(path, example["value"])
            else:
                answer = sqlite_service.client.post(path, json=example["value"], auth=(key, ""))
            assert answer.status_code in (200, 202), answer.text
            sent += 1
    assert sent == 13
    assert set(process_inbox()) == {"processed"}


def check_operation(operation: Any, **options: Any) -> None:
    """Send requests of every kind that the document allows, and compare each answer with it."""

    @settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy())
    def is_valid(case: Any) -> None:
        # A schema cannot say which launches there are, nor what an address or a message must hold.
        case.call_and_validate(excluded_checks=[positive_data_acceptance], **options)

    is_valid()


@pytest.mark.slow
def test_as_the_document_says(sqlite_installation: Installation) -> None:
    writer = InboxWriter()

    async def describe(request: object) -> JSONResponse:
        return JSONResponse(build_document())

    app = Starlette(routes=[Route("/openapi.json", describe), *build_api_routes(writer)])
    issued = add_credential("program", CredentialOptions(tuple(Scope)))
    token = ask_token(issued)
    described = schemathesis.openapi.from_asgi("/openapi.json", app)
    for operation in (found.ok() for found in described.get_all_operations()):
        if operation.path.split("/")[-1] in _MESSAGES:
            check_operation(operation, auth=(issued.write_key, ""))
        else:
            check_operation(operation, headers={"authorization": f"Bearer {token}"})
    writer.stop()
    assert "failed" not in process_inbox()


@pytest.mark.parametrize("path", sorted(describe_api()["paths"]))
def test_each_described_route_wants_a_credential(path: str, sqlite_service: Service) -> None:
    method = "get" if "get" in describe_api()["paths"][path] else "post"
    options = {} if method == "get" else {"json": {"batch": [{"type": "page", "userId": "7"}], "userId": "7"}}
    assert getattr(sqlite_service.client, method)(path, **options).status_code == 401
