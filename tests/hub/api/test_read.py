"""Launches and scores by ``/v1``: by cursor, by scope, and as HL-7's policy says."""

from typing import Any

import pytest

from hotleads.hub.figures.launch_figures import MODEL_KEY
from hotleads.hub.models import (
    AuditEntry,
    ConsentEvent,
    Contact,
    CsvLeadPolicy,
    CurrentScore,
    Launch,
    Scope,
    StoredFigures,
)
from hotleads.hub.models import Installation as InstallationRow
from hotleads.hub.models.rollups import Outcome, recount_launch, update_rollups
from hotleads.scoring import estimate_launch_spread
from hotleads.scoring.forecast import compute_count_interval
from tests.hub.api.conftest import Service
from tests.hub.rows import BOUGHT, NOON, build_key, create_contact, create_launch, store_example_features


def create_scores(probabilities: list[float], **fields: Any) -> list[Contact]:
    launch = create_launch("spring")
    contacts = [create_contact(email=f"lead{number}@example.com", **fields) for number in range(len(probabilities))]
    for contact, probability in zip(contacts, probabilities, strict=True):
        CurrentScore.objects.create(
            contact=contact,
            launch=launch,
            state="final",
            as_of=NOON,
            probability=probability,
            logit=0.0,
            score=50.0,
            tier="hot" if probability > 0.5 else "cold",
            tier_policy="default",
            reasons=[BOUGHT],
            model_version="3",
            feature_hash=store_example_features(),
            context_hash="c",
        )
    recount_launch(launch)
    return contacts


def test_scores_come_hottest_first_page_by_page(service: Service) -> None:
    contacts = create_scores([0.1, 0.9, 0.9, 0.6, 0.2], came_by_file_only=False)
    seen, cursor = [], ""
    while True:
        page = service.get(f"/v1/scores?launch_id=spring&limit=2{cursor}", Scope.READ_SCORES).json()
        seen += page["scores"]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    expected = [contacts[number].pk for number in (1, 2, 3, 4, 0)]
    assert [score["lead_id"] for score in seen] == [str(pk) for pk in expected]
    assert {"email", "name", "phone"} & set(seen[0]) == set()
    assert seen[0]["reasons"] == [BOUGHT | {"text": "Bought 3 times in the last 90 days"}]
    first = service.get("/v1/scores?launch_id=spring&limit=1&language=pt_BR", Scope.READ_SCORES).json()["scores"][0]
    assert first["reasons"][0]["text"] == "Comprou 3 vezes nos últimos 90 dias"
    InstallationRow.objects.update(language="pt-br")
    unasked = service.get("/v1/scores?launch_id=spring&limit=1", Scope.READ_SCORES).json()["scores"][0]
    assert unasked["reasons"] == first["reasons"]
    hot = service.get("/v1/scores?launch_id=spring&tier=hot", Scope.READ_SCORES).json()["scores"]
    assert [score["probability"] for score in hot] == [0.9, 0.9, 0.6]


@pytest.mark.parametrize(
    ("policy", "shown"), [(CsvLeadPolicy.UNANSWERED, 0), (CsvLeadPolicy.AGGREGATE, 0), (CsvLeadPolicy.LISTED, 1)]
)
def test_leads_that_came_by_a_file_only_are_there_where_they_are_listed(
    policy: str, shown: int, sqlite_service: Service
) -> None:
    create_scores([0.9], came_by_file_only=True)
    InstallationRow.objects.update(csv_lead_policy=policy)
    assert len(sqlite_service.get("/v1/scores?launch_id=spring").json()["scores"]) == shown


def test_names_and_addresses_need_a_scope_and_leave_a_line(service: Service) -> None:
    (contact,) = create_scores([0.9], came_by_file_only=False)
    ConsentEvent.objects.create(
        contact=contact,
        original_contact_id=contact.pk,
        purpose="email_marketing",
        granted=True,
        occurred_at=NOON,
        source="csv",
        row_key=build_key("consent"),
    )
    refused = service.get("/v1/scores?launch_id=spring&contacts=true", Scope.READ_SCORES)
    assert refused.status_code == 403
    (score,) = service.get("/v1/scores?launch_id=spring&contacts=true").json()["scores"]
    assert (score["email"], score["may"]) == ("lead0@example.com", ["email_marketing"])
    entry = AuditEntry.objects.get(action="scores.read_with_contacts")
    assert (entry.details["rows"], entry.details["launch"]) == (1, "spring")


def test_launches_come_with_their_counts_newest_first(service: Service) -> None:
    create_scores([0.9, 0.1])
    create_launch("summer")
    first = service.get("/v1/launches?limit=1", Scope.READ_LAUNCHES).json()
    assert [launch["launch_id"] for launch in first["launches"]] == ["summer"]
    (spring,) = service.get(f"/v1/launches?cursor={first['next_cursor']}").json()["launches"]
    assert spring["counts"]["hot"] == 1
    assert spring["cart_opens_at"] == "2026-04-01T12:00:00+00:00"


def test_launches_say_how_many_buyers_are_expected_and_came(service: Service) -> None:
    (buyer, _) = create_scores([0.9, 0.1])
    launch = Launch.objects.get(key="spring")
    create_launch("summer")

    def read() -> list[tuple[Any, Any]]:
        launches = service.get("/v1/launches", Scope.READ_LAUNCHES).json()["launches"]
        return [(one["forecast"], one["bought"]) for one in launches]

    low, high = compute_count_interval(1.0, 0.18, 2, estimate_launch_spread({}))
    forecast = {"leads": 2, "expected": 1.0, "low": low, "high": high, "basis": "scores"}
    assert read() == [(None, None), (forecast, None)]
    update_rollups([buyer.pk], {(launch.pk, buyer.pk): Outcome(True, 19_700)})
    assert read()[1] == (forecast, {"judged": 1, "buyers": 1})
    window = {"n": 2, "buyers": 2, "mean_probability": 0.5, "roc_auc": None, "lift_10": None}
    values = {"spread": 0.3, "windows": {"spring": window}, "learned_from": ["spring"]}
    StoredFigures.objects.create(key=MODEL_KEY, values=values)
    low, high = compute_count_interval(1.0, 0.5, 2, 0.3)
    before = {"leads": 2, "expected": 1.0, "low": low, "high": high, "basis": "before_learning"}
    assert read()[1] == (before, {"judged": 2, "buyers": 2})


@pytest.mark.parametrize(
    ("query", "status", "faulty"),
    [
        ("scores", 422, "launch_id"),
        ("scores?launch_id=none", 404, "launch_id"),
        ("scores?launch_id=a&tier=tepid", 422, "tier"),
        ("scores?launch_id=a&limit=0", 422, "limit"),
        ("scores?launch_id=a&limit=501", 422, "limit"),
        ("scores?launch_id=a&cursor=!", 422, "cursor"),
        ("scores?launch_id=a&cursor=YQ==", 422, "cursor"),
        ("scores?launch_id=a&launch_id=b", 422, "launch_id"),
        ("scores?launch_id=a&email=x", 422, "email"),
        ("launches?cursor=MQ%3D%3D&limit=x", 422, "limit"),
    ],
)
def test_wrong_queries_are_refused_by_their_field(
    query: str, status: int, faulty: str, sqlite_service: Service
) -> None:
    answer = sqlite_service.get(f"/v1/{query}")
    assert (answer.status_code, answer.json()["error"]["problems"][0]["path"]) == (status, faulty)
