"""The routes: statuses, headers, who may ask and how much, and what is written down."""

import json
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from hotleads.scoring import load
from hotleads.serving import scoring_service
from hotleads.serving.openapi import EXAMPLE
from hotleads.serving.readiness import was_ready
from hotleads.serving.scoring_service import ScoringService, build_host
from hotleads.serving.settings import ServingSettings

from .conftest import LAUNCH, Row, serve, wait_for

REQUEST = {"product_id": "p", "as_of": "2025-01-01T00:00:00Z", "leads": [{"lead_id": "a"}]}
JSON = {"content-type": "application/json"}


def assert_error(response: Any, status: int, code: str) -> Row:
    assert response.status_code == status, response.text
    error: Row = response.json()["error"]
    assert error["code"] == code
    assert error["request_id"] == response.headers["x-request-id"]
    assert error["problems"]
    return error


class TestRoutes:
    def test_score_answers_with_probabilities_and_reasons(self, client: TestClient, folder: Path) -> None:
        response = client.post("/score", json=REQUEST | {"reasons": 2})
        assert response.status_code == 200
        assert response.json()["model_version"] == load(folder).version
        assert len(response.json()["leads"][0]["reasons"]) == 2

    def test_launches_in_the_models_folder_are_known(self, client: TestClient) -> None:
        assert client.post("/score", json={"launch_id": LAUNCH, "leads": [{"lead_id": "a"}]}).status_code == 200

    def test_features_answers_with_every_feature(self, client: TestClient, folder: Path) -> None:
        features = client.post("/features", json=REQUEST).json()["leads"][0]["features"]
        assert list(features) == [feature.name for feature in load(folder).features]
        assert features["purchases"] == 0
        assert features["days_since_last_purchase"] is None

    def test_model_answers_with_the_model_card(self, client: TestClient, folder: Path) -> None:
        card, model = client.get("/model").json(), load(folder)
        assert card["card"] == json.loads(json.dumps(dict(model.card)))
        assert {"windows", "quality_on_unseen_windows", "calibration"} <= set(card["card"])
        assert card["launches"][LAUNCH]["compared_with_leads"] > 500
        assert len(card["features"]) == len(model.features)

    def test_the_openapi_examples_are_answered(self, client: TestClient) -> None:
        document = client.get("/openapi.json").json()
        for path in ("/score", "/features"):
            content = document["paths"][path]["post"]["requestBody"]["content"]["application/json"]
            assert [example["value"] for example in content["examples"].values()] == [EXAMPLE]
            assert client.post(path, json=EXAMPLE).status_code == 200

    def test_wrong_methods_are_refused_and_large_batches_answered(self, client: TestClient) -> None:
        assert_error(client.get("/score"), 405, "method_not_allowed")
        assert client.get("/score").headers["allow"] == "POST"
        assert client.head("/model").status_code == 200
        many = REQUEST | {"leads": [{"lead_id": f"lead number {i:09}"} for i in range(3_000)]}
        assert len(client.post("/score", json=many).json()["leads"]) == 3_000


class TestFindings:
    def test_a_lead_sent_twice_is_scored_twice_and_says_so(self, client: TestClient) -> None:
        leads = [{"lead_id": "a"}, {"lead_id": "b"}, {"lead_id": "a"}]
        rows = client.post("/score", json=REQUEST | {"leads": leads}).json()["leads"]
        assert [row.get("findings") for row in rows] == [["duplicate-lead"], None, ["duplicate-lead"]]
        assert rows[0] == rows[2]

    def test_a_capture_from_the_time_of_scoring_on_is_left_out_and_named(self, client: TestClient) -> None:
        instant = "2025-06-02T13:00:00Z"
        captures = {
            "before": [{"captured_at": "2025-06-02T12:59:59Z"}],
            "at": [{"captured_at": instant}],
            "none": [],
        }
        leads = [{"lead_id": lead, "captures": rows} for lead, rows in captures.items()]
        rows = client.post("/score", json=REQUEST | {"as_of": instant, "leads": leads}).json()["leads"]
        assert [row.get("findings") for row in rows] == [None, ["capture-after-as-of"], None]
        assert rows[1]["probability"] == rows[2]["probability"]

    def test_a_product_that_the_model_knows_no_launch_of_is_named(self, client: TestClient) -> None:
        findings = {
            product: client.post("/score", json=REQUEST | {"product_id": product}).json()["findings"]
            for product in ("bread-course", "never-heard-of")
        }
        assert "product-unseen" not in findings["bread-course"]
        assert "product-unseen" in findings["never-heard-of"]


class TestRequestIds:
    def test_a_valid_id_is_kept_and_another_replaced(self, client: TestClient) -> None:
        returned = client.get("/model", headers={"x-request-id": "abc-1.2"}).headers["x-request-id"]
        made = [client.get("/model", headers={"x-request-id": "a b\t"}).headers["x-request-id"] for _ in range(2)]
        assert returned == "abc-1.2"
        assert len(set(made)) == 2
        assert all(len(request_id) == 16 for request_id in made)


class TestLimits:
    def test_only_json_in_utf8_is_accepted(self, client: TestClient) -> None:
        body = json.dumps(REQUEST)
        for kind in ("text/plain", "application/xml", "application/json; charset=latin-1", ""):
            assert_error(
                client.post("/score", content=body, headers={"content-type": kind}), 415, "unsupported_media_type"
            )
        squeezed = client.post("/score", content=body, headers=JSON | {"content-encoding": "gzip"})
        assert_error(squeezed, 415, "unsupported_media_type")
        utf8 = {"content-type": "Application/JSON; charset=UTF-8"}
        assert client.post("/score", content=body, headers=utf8).status_code == 200

    def test_larger_bodies_and_batches_are_refused(self, folder: Path) -> None:
        with serve(folder, max_body_bytes=1000, max_leads=2) as (client, _):
            assert_error(client.post("/score", content=b" " * 1001, headers=JSON), 413, "too_large")
            in_parts = (b" " * 400 for _ in range(5))  # of no declared length
            assert_error(client.post("/score", content=in_parts, headers=JSON), 413, "too_large")
            leads = [{"lead_id": str(i)} for i in range(3)]
            error = assert_error(client.post("/score", json=REQUEST | {"leads": leads}), 413, "too_many_leads")
            assert error["problems"][0]["path"] == "leads"
            assert (
                client.get("/openapi.json").json()["components"]["schemas"]["ScoreRequest"]["properties"]["leads"][
                    "maxItems"
                ]
                == 2
            )

    def test_invalid_json_and_wrong_fields_are_refused(self, client: TestClient) -> None:
        assert_error(client.post("/score", content=b"{", headers=JSON), 400, "invalid_json")
        error = assert_error(client.post("/score", json=REQUEST | {"lead": []}), 422, "invalid")
        assert error["problems"] == [{"path": "lead", "message": "unknown field; did you mean leads?"}]
        assert_error(client.post("/score", content=b'{"leads": "\\u0000"}', headers=JSON), 422, "invalid")


class TestKeysAndRates:
    def test_a_request_needs_one_of_the_keys(self, folder: Path) -> None:
        with serve(folder, keys="first, second") as (client, _):
            refused = client.post("/score", json=REQUEST)
            assert_error(refused, 401, "unauthorized")
            assert refused.headers["www-authenticate"] == "Bearer"
            for wrong in ("Bearer third", "Basic first", "first", "Bearer é"):
                headers = {"authorization": wrong.encode("latin-1")}
                assert_error(client.post("/score", json=REQUEST, headers=headers), 401, "unauthorized")
            for key in ("first", "second"):
                assert (
                    client.post("/score", json=REQUEST, headers={"authorization": f"Bearer {key}"}).status_code == 200
                )
            assert_error(client.get("/model"), 401, "unauthorized")

    def test_other_machines_need_keys_or_an_explicit_setting(self, folder: Path) -> None:
        with serve(folder, "http://192.0.2.7") as (client, _):
            error = assert_error(client.get("/model"), 403, "no_keys_set")
            assert "HOTLEADS_SERVING_KEYS" in error["message"]
        with serve(folder, "http://192.0.2.7", keys="off") as (client, _):
            assert client.get("/model").status_code == 200

    def test_other_machines_have_a_rate_limit_unless_it_is_off(self) -> None:
        for rate, here, elsewhere in (
            ("", None, "50/second"),
            ("off", None, None),
            ("9/minute", "9/minute", "9/minute"),
        ):
            settings = ServingSettings(rate=rate)
            assert (settings.get_rate(is_local=True), settings.get_rate(is_local=False)) == (here, elsewhere)

    def test_each_key_has_its_own_rate_limit(self, folder: Path) -> None:
        with serve(folder, keys="one,two", rate="2/hour") as (client, _):
            one, two = ({"authorization": f"Bearer {key}"} for key in ("one", "two"))
            assert [client.get("/model", headers=one).status_code for _ in range(3)] == [200, 200, 429]
            assert client.get("/model", headers=two).status_code == 200
            limited = client.get("/model", headers=one)
            assert_error(limited, 429, "too_many_requests")
            assert int(limited.headers["retry-after"]) == 3600


class TestReadiness:
    def test_requests_before_the_model_is_loaded_get_503(self, tmp_path: Path) -> None:
        service = ScoringService(ServingSettings(model=str(tmp_path / "none"), log_requests=False))
        client = TestClient(build_host(service), base_url="http://127.0.0.1")  # no lifespan: nothing is loaded
        refused = client.post("/score", json=REQUEST)
        assert_error(refused, 503, "not_ready")
        assert refused.headers["retry-after"]

    @pytest.mark.slow
    def test_a_replacement_worker_waits_for_its_model(
        self, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("HOTLEADS_SERVING_RUN", str(tmp_path))
        assert not was_ready()
        with serve(folder):
            wait_for(was_ready)
        for model, status in ((folder, 200), (tmp_path / "none", 503)):  # for what cannot be loaded nobody waits
            service = ScoringService(ServingSettings(model=str(model), log_requests=False))
            with TestClient(build_host(service), base_url="http://127.0.0.1") as client:
                assert client.post("/score", json=REQUEST).status_code == status


class TestLogsAndMetrics:
    def test_a_request_leaves_one_line_without_what_was_sent(
        self, folder: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        capture = {"captured_at": "2024-12-01T00:00:00Z", "email": "ana@example.org", "name": "Ana", "phone": "+5511"}
        private = [{"lead_id": "ana@example.org", "captures": [capture]}, {"lead_id": "Ana", "captures": [{"Ana": 1}]}]
        with serve(folder, log_requests=True) as (client, _):
            client.post("/score", json=REQUEST | {"leads": private}, headers={"x-request-id": "r1"})
            client.post("/score", content=b'{"Ana', headers=JSON)
        written = capsys.readouterr()
        lines = [json.loads(line) for line in written.out.splitlines() if line.startswith("{")]
        assert [(line["route"], line["status"], line["leads"]) for line in lines] == [
            ("/score", 200, 2),
            ("/score", 400, 0),
        ]
        assert lines[0]["request_id"] == "r1"
        assert lines[0]["model_version"] == load(folder).version
        assert "ana" not in (written.out + written.err).lower().replace("canal", "")

    def test_an_internal_error_is_a_500_without_its_message(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        def fails(*_: Any) -> Any:
            raise RuntimeError("ana@example.org")

        with serve(folder) as (client, _):
            monkeypatch.setattr(scoring_service, "prepare_request", fails)
            response = client.post("/score", json=REQUEST)
        assert_error(response, 500, "internal_error")
        assert "ana" not in response.text
        assert "RuntimeError" in caplog.text
        assert "ana@" not in caplog.text

    def test_metrics_count_leads_errors_and_missing_values(self, folder: Path) -> None:
        from prometheus_client import REGISTRY

        def value(name: str, **labels: str) -> float:
            return REGISTRY.get_sample_value(name, labels) or 0.0

        capture = {"captured_at": "2024-12-01T00:00:00Z", "utm_source": "a word that nobody learned"}
        leads = [{"lead_id": "a", "captures": [capture]}, {"lead_id": "b"}, {"lead_id": "c", "events": [{}]}]
        names = [("hotleads_scores_total", {"tier": "cold"}), ("hotleads_lead_errors_total", {"code": "invalid"})]
        names += [("hotleads_missing_values_total", {"feature": "days_since_last_purchase"})]
        names += [("hotleads_unknown_categories_total", {"column": "utm_source"})]
        before = [value(name, **labels) for name, labels in names]
        with serve(folder) as (client, service):
            assert client.post("/score", json=REQUEST | {"leads": leads}).status_code == 200
            service.metrics.publish()
            assert value("hotleads_model", model_version=load(folder).version) == 1
        grown = [value(name, **labels) - was for (name, labels), was in zip(names, before, strict=True)]
        assert grown == [2, 1, 2, 1]


@pytest.mark.slow
def test_a_folder_is_watched(folder: Path) -> None:
    with serve(folder) as (client, service):
        first = service.watcher.scorer
        file = folder / "launches" / f"{LAUNCH}.json"
        other = json.loads(file.read_text())
        other["launch"]["launch_id"] = "another"
        copy = folder / "launches" / "another.json"
        copy.write_text(json.dumps(other))
        try:
            wait_for(lambda: service.watcher.scorer is not first)
            assert client.post("/score", json={"launch_id": "another", "leads": [{"lead_id": "a"}]}).status_code == 200
        finally:
            copy.unlink()
