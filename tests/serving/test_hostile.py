"""Requests of every kind, as the OpenAPI document allows and as nobody should: answered or refused, never a fault."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.specs.openapi.checks import positive_data_acceptance
from starlette.testclient import TestClient

from hotleads.serving.scoring_service import ScoringService, build_host
from hotleads.serving.settings import ServingSettings

from .conftest import serve
from .spoiled import spoiled_requests, values


@pytest.fixture(scope="module")
def described(folder: Path) -> Any:
    """The service's own description, asked in process."""
    open_to_all = ServingSettings(model=str(folder), log_requests=False, max_leads=50, keys="off", rate="off")
    service = ScoringService(open_to_all)
    service.watcher.refresh()
    return schemathesis.openapi.from_asgi("/openapi.json", build_host(service))


@pytest.mark.slow
def test_as_the_document_says(described: Any) -> None:
    operations = [operation.ok() for operation in described.get_all_operations()]
    assert {(operation.method, operation.path) for operation in operations} >= {
        ("post", "/score"),
        ("post", "/features"),
    }
    for operation in operations:

        @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
        @given(case=operation.as_strategy())
        def is_valid(case: Any) -> None:
            # A schema cannot say which launches are known here, so some well-formed requests are refused.
            case.call_and_validate(excluded_checks=[positive_data_acceptance])

        is_valid()


@pytest.fixture(scope="module")
def asking(folder: Path) -> Iterator[TestClient]:
    with serve(folder, max_body_bytes=200_000) as (client, _):
        yield client


def is_answered(client: TestClient, path: str, body: bytes) -> None:
    answer = client.post(path, content=body, headers={"content-type": "application/json"})
    assert answer.status_code < 500, answer.text
    content = answer.json()
    if answer.status_code == 200:
        assert all(("error" in row) != ("as_of" in row) for row in content["leads"])
    else:
        assert content["error"]["problems"]


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(request=values | spoiled_requests(), path=st.sampled_from(["/score", "/features"]))
def test_any_json(asking: TestClient, request: Any, path: str) -> None:
    is_answered(asking, path, json.dumps(request, ensure_ascii=False).encode("utf-8", "surrogatepass"))


@settings(max_examples=60, deadline=None)
@given(body=st.binary(max_size=200))
def test_any_bytes(asking: TestClient, body: bytes) -> None:
    is_answered(asking, "/score", body)


@pytest.mark.parametrize(("open_", "close"), [(b"[", b"]"), (b'{"a":', b"}")])
@pytest.mark.parametrize("depth", [100, 200, 1_000, 30_000])
def test_deep_nesting(asking: TestClient, open_: bytes, close: bytes, depth: int) -> None:
    nested = open_ * depth + b"1" + close * depth
    for body in (nested, b'{"leads": [' + nested + b"]}", b'{"leads": [{"lead_id": ' + nested + b"}]}", open_ * depth):
        is_answered(asking, "/score", body)
