"""What is answered: the bits and words of the batch, an error of its own for each bad lead, and refusals by path."""

import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from hotleads.features import compute_features
from hotleads.history import History, Launch, build_cohort
from hotleads.scoring import LaunchProfile, Model, ScoringOptions, build_scored_rows, predict_launch, score_launch
from hotleads.scoring.online import build_request_leads
from hotleads.scoring.online.errors import ApiError
from hotleads.scoring.online.requests import build_features_response, build_score_response, prepare_request
from hotleads.scoring.online.scorer import Scorer

from .conftest import LAUNCH, Row

SOME = slice(None, None, 11)


def score_leads(scorer: Scorer, leads: list[Any], most: int = 1000, **more: Any) -> Row:
    request = {"launch_id": LAUNCH} | more | {"leads": leads}
    if "launch" in more or "product_id" in more:
        del request["launch_id"]
    return build_score_response(prepare_request(scorer, json.dumps(request).encode(), most))


def collect_problems(scorer: Scorer, leads: list[Any], **more: Any) -> list[Row]:
    with pytest.raises(ApiError) as caught:
        score_leads(scorer, leads, **more)
    assert 400 <= caught.value.status < 500
    return caught.value.problems


def list_paths(problems: list[Row]) -> list[str]:
    return [problem["path"] for problem in problems]


def are_equal(rows: pd.DataFrame, answered: list[Row]) -> bool:
    """Equal to the bit, reasons to the word."""
    expected = [
        {name: row[name] for name in ("lead_id", "probability", "logit", "score", "tier")}
        | {"as_of": row["as_of"].isoformat(), "reasons": list(row["reasons"])}
        for row in rows.to_dict("records")
    ]
    return expected == answered


class TestParity:
    def test_a_batch_equals_the_scored_launch(
        self, scorer: Scorer, batch: tuple[pd.DataFrame, LaunchProfile], leads: list[Row]
    ) -> None:
        response = score_leads(scorer, leads)
        assert response["context_hash"] == batch[0]["context_hash"].iloc[0]
        assert response["model_version"] == batch[0]["model_version"].iloc[0]
        assert response["feature_hash"] == batch[0]["feature_hash"].iloc[0]
        assert response["tier_policy"] == batch[0]["tier_policy"].iloc[0]
        assert len(response["leads"]) > 500
        assert are_equal(batch[0], response["leads"])

    def test_leads_alone_equal_the_scored_launch(
        self, scorer: Scorer, batch: tuple[pd.DataFrame, LaunchProfile], leads: list[Row]
    ) -> None:
        assert are_equal(batch[0][SOME], [score_leads(scorer, [lead])["leads"][0] for lead in leads[SOME]])

    def test_another_language_equals_the_scored_launch(
        self, scorer: Scorer, history: History, model: Model, leads: list[Row]
    ) -> None:
        rows = score_launch(history, history.get_launch(LAUNCH), model, options=ScoringOptions(5, "pt_BR"))
        assert are_equal(rows[SOME], score_leads(scorer, leads[SOME], language="pt_BR", reasons=5)["leads"])

    def test_a_perpetual_launch_equals_its_batch(self, scorer: Scorer, history: History, model: Model) -> None:
        opens = history.get_launch(LAUNCH).as_of
        times = {"capture_starts_at": opens - timedelta(days=40), "capture_ends_at": opens}
        launch = Launch("evergreen", "perpetual", **times, horizon_days=7)
        ranked = predict_launch(history, launch, model)
        rows = pd.concat(build_scored_rows(ranked), ignore_index=True)
        own_scorer = Scorer(model, "tests", {"evergreen": ranked.profile})
        lead_bodies = build_request_leads(history, rows["lead_id"])
        assert rows["as_of"].nunique() > 10
        assert are_equal(rows, score_leads(own_scorer, lead_bodies, launch_id="evergreen")["leads"])

    def test_a_model_that_has_learned_from_a_launch_says_so(
        self, scorer: Scorer, history: History, model: Model, leads: list[Row]
    ) -> None:
        """Of a perpetual launch it knows the leads that came before it was made."""
        learned = replace(model, card={**model.card, "recalibrated": {"on": LAUNCH}})
        profile = scorer.launches[LAUNCH]
        assert "model-trained-on-launch" not in score_leads(scorer, leads[:1])["findings"]
        told = score_leads(Scorer(learned, "tests", {LAUNCH: profile}), leads[:1])
        assert "model-trained-on-launch" in told["findings"]
        assert "findings" not in told["leads"][0]
        opens = history.get_launch(LAUNCH).as_of
        times = {"capture_starts_at": opens - timedelta(days=40), "capture_ends_at": opens}
        perpetual = replace(profile, launch=Launch(LAUNCH, "perpetual", **times, horizon_days=7))
        made = datetime.fromisoformat(model.card["as_of"])
        captures = [{"captured_at": (made + timedelta(days=days)).isoformat()} for days in (-1, 1)]
        bodies = [{"lead_id": str(number), "captures": [capture]} for number, capture in enumerate(captures)]
        told = score_leads(Scorer(learned, "tests", {LAUNCH: perpetual}), bodies)
        assert "model-trained-on-launch" not in told["findings"]
        assert [lead.get("findings", []) for lead in told["leads"]] == [["model-trained-on-launch"], []]

    def test_the_order_and_a_second_copy_of_rows_change_nothing(self, scorer: Scorer, leads: list[Row]) -> None:
        lead = max(leads, key=lambda lead: len(lead.get("purchases", ())))
        mixed = {
            name: [*reversed(rows), rows[0]] if name in ("purchases", "captures") else rows
            for name, rows in lead.items()
        }
        assert score_leads(scorer, [mixed])["leads"] == score_leads(scorer, [lead])["leads"]

    def test_features_equal_those_of_the_batch(
        self, scorer: Scorer, history: History, model: Model, leads: list[Row]
    ) -> None:
        facts = scorer.launches[LAUNCH]
        body = json.dumps({"launch_id": LAUNCH, "leads": leads[:40]}).encode()
        rows = build_features_response(prepare_request(scorer, body, 100))["leads"]
        members = (
            build_cohort(history, facts.launch).set_index("lead_id").loc[[row["lead_id"] for row in rows]].reset_index()
        )
        expected = compute_features(history, facts.launch, members, facts.context, model.features)
        features = pd.DataFrame([row["features"] for row in rows]).to_numpy(np.float64)
        assert np.array_equal(features, expected.to_numpy(), equal_nan=True)


class TestWhatIsLater:
    def test_rows_at_or_after_as_of_change_nothing(self, scorer: Scorer, leads: list[Row]) -> None:
        at = scorer.launches[LAUNCH].launch.as_of
        later = {"transaction_id": "later", "occurred_at": at.isoformat(), "amount": 99999, "currency": "BRL"}
        lead = leads[0] | {"purchases": [*leads[0].get("purchases", []), later]}
        assert score_leads(scorer, [lead])["leads"] == score_leads(scorer, [leads[0]])["leads"]

    def test_a_later_as_of_sees_them(self, scorer: Scorer, leads: list[Row]) -> None:
        later = (scorer.launches[LAUNCH].launch.as_of + timedelta(days=60)).isoformat()
        now, then = (score_leads(scorer, [leads[0]], **more)["leads"][0] for more in ({}, {"as_of": later}))
        assert now["probability"] != then["probability"]
        assert score_leads(scorer, [leads[0] | {"as_of": later}])["leads"][0] == then


class TestLaunches:
    def test_a_product_is_scored_in_the_models_context(self, scorer: Scorer, model: Model) -> None:
        response = score_leads(scorer, [{"lead_id": "a"}], product_id="p", as_of="2025-01-01T00:00:00Z")
        assert response["context_hash"] == model.context.hash
        assert response["leads"][0]["as_of"] == "2025-01-01T00:00:00+00:00"

    def test_a_described_launch_is_scored_in_the_models_context(self, scorer: Scorer, model: Model) -> None:
        launch = {"launch_id": "new", "strategy": "paid", "product_id": "p", "entry_product_id": "q"}
        response = score_leads(scorer, [{"lead_id": "a"}], launch=launch, as_of="2025-01-01T00:00:00Z")
        assert (response["launch_id"], response["context_hash"]) == ("new", model.context.hash)

    def test_the_error_of_an_unknown_launch_names_known_ones(self, scorer: Scorer) -> None:
        problems = collect_problems(scorer, [{"lead_id": "a"}], launch_id="nope")
        assert list_paths(problems) == ["launch_id"]
        assert LAUNCH in problems[0]["message"]

    def test_a_request_without_a_launch_or_time_is_refused(self, scorer: Scorer) -> None:
        at = "2025-01-01T00:00:00Z"
        body = json.dumps({"as_of": at, "leads": [{"lead_id": "a"}]}).encode()
        with pytest.raises(ApiError, match="give one of"):
            prepare_request(scorer, body, 10)
        assert list_paths(collect_problems(scorer, [{"lead_id": "a"}], product_id="p")) == ["as_of"]

    def test_owners_are_not_scored(self, scorer: Scorer) -> None:
        sale = {"transaction_id": "t", "occurred_at": "2025-01-01T00:00:00Z", "product_id": "p", "amount": 5}
        back = sale | {"status": "refunded", "occurred_at": "2025-01-05T00:00:00Z"}
        more = {"product_id": "p", "as_of": "2025-01-03T00:00:00Z"}
        response = score_leads(scorer, [{"lead_id": "a", "purchases": [sale, back]}, {"lead_id": "b"}], **more)
        assert response["leads"][0]["error"]["code"] == "owner"
        given_back = score_leads(
            scorer, [{"lead_id": "a", "purchases": [sale, back]}], product_id="p", as_of="2025-01-09T00:00:00Z"
        )
        assert "probability" in given_back["leads"][0]


class TestBadLeads:
    def test_each_gets_its_own_error_and_the_others_are_answered(self, scorer: Scorer, leads: list[Row]) -> None:
        sale = {"transaction_id": "t", "occurred_at": "2025-01-01T00:00:00Z"}
        bad = [
            {"lead_id": "b1", "purchases": [sale | {"amount": "12,5"}]},
            {"lead_id": "b2", "purchases": [sale | {"amount": -1}]},
            {"lead_id": "b3", "events": [{"event_type": "e", "occurred_at": "2025-02-30T00:00:00Z"}]},
            {"captures": []},
            "nothing",
        ]
        rows = score_leads(scorer, [leads[0], *bad, leads[1]])["leads"]
        assert [rows[0], rows[-1]] == score_leads(scorer, leads[:2])["leads"]
        error_paths = [row["error"]["problems"][0]["path"] for row in rows[1:-1]]
        assert error_paths == [
            "leads.1.purchases.0.amount",
            "leads.2.purchases.0.amount",
            "leads.3.events.0.occurred_at",
            "leads.4.lead_id",
            "leads.5",
        ]
        assert [row["lead_id"] for row in rows[1:-1]] == ["b1", "b2", "b3", None, None]

    @pytest.mark.parametrize(
        ("lead", "path", "expected_message"),
        [
            ({"lead_id": 7}, "leads.0.lead_id", "string"),
            ({"lead_id": ""}, "leads.0.lead_id", "at least 1"),
            ({"lead_id": "a", "purchase": []}, "leads.0.purchase", "did you mean purchases?"),
            ({"lead_id": "a", "captures": [{}]}, "leads.0.captures.0.captured_at", "required"),
            (
                {"lead_id": "a", "captures": [{"captured_at": "2025-01-01T00:00:00Z", "utm_sorce": "x"}]},
                "leads.0.captures.0.utm_sorce",
                "did you mean utm_source?",
            ),
            (
                {"lead_id": "a", "captures": [{"captured_at": "2025-01-01T00:00:00Z", "attr_x": True}]},
                "leads.0.captures.0.attr_x",
                "valid",
            ),
            ({"lead_id": "a", "captures": [{"captured_at": "2025-01-01"}]}, "leads.0.captures.0.captured_at", "offset"),
            ({"lead_id": "a", "as_of": "2025-01-01T00:00:00"}, "leads.0.as_of", "offset"),
            ({"lead_id": "a", "as_of": "2500-01-01T00:00:00Z"}, "leads.0.as_of", "1900 to 2199"),
            ({"lead_id": "a", "as_of": 1735689600}, "leads.0.as_of", "string"),
        ],
    )
    def test_wrong_types_are_refused_by_path(self, scorer: Scorer, lead: Row, path: str, expected_message: str) -> None:
        problems = collect_problems(scorer, [lead])
        assert path in list_paths(problems)
        assert expected_message in problems[list_paths(problems).index(path)]["message"].lower().replace("field ", "")

    def test_nan_and_infinity_are_refused(self, scorer: Scorer) -> None:
        for number in ("NaN", "Infinity", "1e999"):
            event = f'{{"event_type": "e", "occurred_at": "2025-01-01T00:00:00Z", "value": {number}}}'
            body = f'{{"launch_id": "{LAUNCH}", "leads": [{{"lead_id": "a", "events": [{event}]}}]}}'
            with pytest.raises(ApiError) as caught:
                prepare_request(scorer, body.encode(), 10)
            assert caught.value.problems[0]["path"] == "leads.0.events.0.value"

    def test_nesting_encodings_and_other_roots_are_refused(self, scorer: Scorer) -> None:
        for body in (
            b"",
            b"[]",
            b"7",
            b"{",
            b"[" * 100_000,
            b'{"leads": ' + b"[" * 5000 + b"]" * 5000 + b"}",
            b"\xff\xfe",
        ):
            with pytest.raises(ApiError) as caught:
                prepare_request(scorer, body, 10)
            assert caught.value.status in (400, 422)

    def test_more_leads_than_allowed_are_refused(self, scorer: Scorer, leads: list[Row]) -> None:
        with pytest.raises(ApiError) as caught:
            score_leads(scorer, leads[:3], most=2)
        assert caught.value.status == 413

    def test_errors_repeat_no_value_that_was_sent(self, scorer: Scorer) -> None:
        lead = {"lead_id": "a", "captures": [{"captured_at": "ana@example.org", "email": 5, "phone": ["+5511999"]}]}
        errors = json.dumps(collect_problems(scorer, [lead]))
        assert "ana@" not in errors
        assert "+55" not in errors
