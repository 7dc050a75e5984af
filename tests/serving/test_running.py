"""A real service of two workers: swaps and a killed worker under load, and an hour's requests in miniature."""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from hotleads.scoring import Calibration, Model, with_content_version
from hotleads.scoring.online.requests import build_score_response, prepare_request
from hotleads.scoring.online.scorer import Scorer
from hotleads.tracking.registry import promote, register_model
from hotleads.tracking.runs import start_run

from .conftest import Row, wait_for
from .running import Load, Running, is_ready, run_service
from .spoiled import spoiled_requests, values

pytestmark = pytest.mark.slow

ROUNDS = 5
LONG = 300  # seconds, on a busy machine
JSON = {"content-type": "application/json"}
SETTINGS = settings(max_examples=50, deadline=None, database=None, suppress_health_check=list(HealthCheck))


class Registry:
    """Two registered models by their registry version, each with what it says of one request."""

    def __init__(self, models: list[Model], body: Row) -> None:
        with start_run("train", {}):
            self.versions = {register_model(model): model.version for model in models}
        scorers = [Scorer(model, "tests", {}) for model in models]
        answers = [build_score_response(prepare_request(scorer, json.dumps(body).encode(), 10)) for scorer in scorers]
        self.rows = {answer["model_version"]: answer["leads"] for answer in answers}


@pytest.fixture(scope="module")
def body(leads: list[Row]) -> Row:
    return {"product_id": "p", "as_of": "2025-06-02T13:00:00Z", "leads": leads[:2]}


@pytest.fixture(scope="module")
def workplace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("running")


@pytest.fixture(scope="module")
def store(workplace: Path) -> Iterator[str]:
    """Where the models are registered: the same for this process and for the service."""
    uri = f"sqlite:///{workplace}/mlflow.db"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLFLOW_TRACKING_URI", uri)
        yield uri


@pytest.fixture(scope="module")
def registry(store: str, model: Model, body: Row) -> Registry:
    return Registry([model, with_content_version(replace(model, calibration=Calibration(1.1, 0.4)))], body)


@pytest.fixture(scope="module")
def service(workplace: Path, store: str, registry: Registry) -> Iterator[Running]:
    promote(next(iter(registry.versions)), "test")
    at = {"MLFLOW_TRACKING_URI": store, "HOTLEADS_SERVING_POLL_SECONDS": "0.2"}
    with run_service(workplace, at) as running_service:
        wait_for(lambda: count_swaps(running_service) == 2, LONG)  # both workers
        yield running_service


def test_no_request_is_lost_while_models_are_swapped(
    service: Running, registry: Registry, body: Row, choose_size: Callable[[int, int], int]
) -> None:
    with Load(service.url, body) as load:
        for swap in range(1, choose_size(10, 100) + 1):
            version, expected_version = list(registry.versions.items())[swap % 2]
            promote(version, "test")
            wait_for(lambda swap=swap: count_swaps(service) == 2 * (swap + 1), LONG)  # type: ignore[misc]
            swapped, seen = time.monotonic(), len(load.outcomes)
            wait_for(lambda seen=seen: len(load.outcomes) > seen + 12)  # type: ignore[misc]
            after = [outcome for outcome in load.outcomes[seen:] if outcome.began > swapped]
            assert {outcome.answer["model_version"] for outcome in after} == {expected_version}
    assert {outcome.status for outcome in load.outcomes} == {200}, [
        outcome for outcome in load.outcomes if outcome.status != 200
    ]
    assert {outcome.answer["model_version"] for outcome in load.outcomes} == set(registry.rows)
    for outcome in load.outcomes:
        assert outcome.answer["leads"] == registry.rows[outcome.answer["model_version"]]  # never a mixture


def count_swaps(service: Running) -> int:
    """How many models the workers have taken over so far."""
    return service.log.read_text().count("scoring with model")


def test_a_killed_worker_costs_its_requests_in_flight_alone(service: Running, body: Row) -> None:
    first = service.workers()
    assert len(first) == 2
    with Load(service.url, body) as load:
        wait_for(lambda: len(load.outcomes) > 40)
        killed = time.monotonic()
        first[0].kill()
        first[0].wait()
        gone = time.monotonic()  # until then it may have taken another connection
        wait_for(lambda: len(service.workers()) == 2 and first[0] not in service.workers(), LONG)
        wait_for(lambda: service.log.read_text().count("Service hotleads initialized") == 3, LONG)
        seen = len(load.outcomes)
        wait_for(lambda: len(load.outcomes) > seen + 40)
    failed = [outcome for outcome in load.outcomes if outcome.status != 200]
    assert all(outcome.status is None and outcome.began <= gone and killed <= outcome.ended for outcome in failed), (
        failed
    )
    assert is_ready(service.url)


def test_an_hours_requests_in_miniature(service: Running, leads: list[Row]) -> None:
    leads = [with_addresses(lead, number) for number, lead in enumerate(leads)]
    described = schemathesis.openapi.from_url(f"{service.url}/openapi.json")
    operations = [operation.ok() for operation in described.get_all_operations()]
    statuses: list[int] = []
    with httpx.Client(base_url=service.url, timeout=60) as client:

        def ask_all(number: int) -> None:
            statuses.extend(send_valid(client, leads))
            statuses.extend(send_spoiled(client, number))
            for operation in operations:
                statuses.extend(send_as_described(operation, number))

        ask_all(0)
        after_the_first = service.resident()
        for number in range(1, ROUNDS):
            ask_all(number)
        at_the_end = service.resident()
        written = client.get("/metrics").text + service.log.read_text()
    print(f"{len(statuses)} requests; resident {after_the_first / 1e6:.1f} MB, then {at_the_end / 1e6:.1f} MB")
    assert {200, 400, 404, 405, 422} <= set(statuses)
    assert max(statuses) < 500
    assert at_the_end < 1.05 * after_the_first
    assert "Traceback" not in written
    for counted in ("hotleads_scores_total", "hotleads_missing_values_total", "hotleads_unknown_categories_total"):
        assert counted in written
    assert 'bentoml_service_request_duration_seconds_count{endpoint="/score",http_response_code="200"' in written
    assert not [secret for secret in list_personal(leads) if secret in written]


def with_addresses(lead: Row, number: int) -> Row:
    """The lead as a careless client sends it."""
    personal = {"email": f"somebody.{number}@example.com", "phone": f"+5511{number:09}"}
    return lead | {"captures": [row | personal for row in lead["captures"]]}


def list_personal(leads: list[Row]) -> set[str]:
    """Addresses and telephone numbers that the requests bring."""
    captures = [capture for lead in leads for capture in lead["captures"]]
    addresses = {str(capture.get(name)) for capture in captures for name in ("email", "phone")} - {"None"}
    assert len(addresses) > len(leads)
    return addresses


def send_valid(client: httpx.Client, leads: list[Row]) -> Iterator[int]:
    """Batches, and leads alone."""
    for begin in range(0, len(leads), 200):
        for batch in (leads[begin : begin + 200], *([lead] for lead in leads[begin : begin + 40])):
            body = {"product_id": "p", "as_of": "2025-06-02T13:00:00Z", "leads": batch}
            yield client.post("/score", json=body).status_code


def send_spoiled(client: httpx.Client, number: int) -> list[int]:
    """Any JSON, good requests with something spoiled, and any bytes, on any path."""
    statuses: list[int] = []

    @seed(number)
    @SETTINGS
    @given(request=values | spoiled_requests(), bytes_=st.binary(max_size=2_000), path=st.text("abc/é", max_size=5))
    def ask(request: object, bytes_: bytes, path: str) -> None:
        content = json.dumps(request, ensure_ascii=False).encode("utf-8", "surrogatepass")
        bodies = [(target, content) for target in ("/score", "/features", "/model", f"/{path}")]
        bodies += [("/score", bytes_), ("/score", b"[" * 50_000)]
        statuses.extend(client.post(target, content=body, headers=JSON).status_code for target, body in bodies)

    ask()
    return statuses


def send_as_described(operation: Any, number: int) -> list[int]:
    """What the OpenAPI document allows."""
    statuses: list[int] = []

    @seed(number)
    @SETTINGS
    @given(case=operation.as_strategy())
    def ask(case: schemathesis.Case) -> None:
        statuses.append(case.call(timeout=60).status_code)

    ask()
    return statuses
