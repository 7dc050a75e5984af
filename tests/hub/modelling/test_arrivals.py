"""Leads are scored as they arrive, with the bits that the next scoring of their launch gives them."""

from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings

from hotleads.history import History, open_history
from hotleads.hub.clock import set_clock
from hotleads.hub.feed.sync import run_sync
from hotleads.hub.modelling.arrivals import score_contacts
from hotleads.hub.modelling.champion import load_champion
from hotleads.hub.modelling.launches import TierPolicyError, build_tiers
from hotleads.hub.modelling.scoring import score_launch
from hotleads.hub.models import Contact, CurrentScore, Launch, Score, ScoreState
from tests.hub.modelling.sample_hub import NOW, OPEN_LAUNCH, OPENS_AT, PERPETUAL_LAUNCH

_COMPARED = (
    "as_of",
    "probability",
    "logit",
    "score",
    "tier",
    "tier_policy",
    "reasons",
    "context_hash",
    "model_version",
)


@pytest.fixture(scope="module")
def history(sample_hub: dict[str, int]) -> History:
    run_sync({}, lambda message: None)
    return open_history(settings.HUB_DATA / "history")


def read_scores(launch: Launch) -> dict[int, tuple[object, ...]]:
    rows = CurrentScore.objects.filter(launch=launch)
    return {row.contact_id: tuple(getattr(row, name) for name in (*_COMPARED, "state")) for row in rows}


@pytest.mark.parametrize(
    ("launch_id", "now", "state"),
    [
        (OPEN_LAUNCH, NOW, ScoreState.PROVISIONAL),
        (OPEN_LAUNCH, OPENS_AT + timedelta(days=1), ScoreState.FINAL),
        ("2024-12-mentoring", NOW.replace(year=2024, month=12, day=10), ScoreState.PROVISIONAL),
        (PERPETUAL_LAUNCH, NOW.replace(year=2024, month=10, day=20), ScoreState.FINAL),
    ],
)
def test_a_lead_has_the_bits_of_its_launch_scored_as_a_batch(
    history: History, launch_id: str, now: datetime, state: ScoreState
) -> None:
    launch = Launch.objects.get(key=launch_id)
    with set_clock(lambda: now):
        leads, run_id = score_launch(history, launch, replaces_final=True)
        batch = read_scores(launch)
        assert len(batch) == leads > 20
        assert len(run_id) == 32
        CurrentScore.objects.filter(launch=launch).delete()
        champion = load_champion()
        assert champion is not None
        everybody = sorted(Contact.objects.values_list("pk", flat=True))
        assert score_contacts(champion, [launch], everybody) == leads
    assert read_scores(launch) == batch
    assert {row[-1] for row in batch.values()} == {state}


def test_a_score_that_moved_says_why_and_the_one_before_is_kept(history: History) -> None:
    launch = Launch.objects.get(key="2025-04-bakery-business-course")
    for day in (20, 30):
        with set_clock(lambda day=day: datetime(2025, 3, day, 12, tzinfo=UTC)):
            score_launch(history, launch, replaces_final=True)
    moved = CurrentScore.objects.filter(launch=launch).exclude(moved_because=[])
    assert moved.exists()
    for score in moved:
        before = Score.objects.filter(launch=launch, contact=score.contact).latest("scored_at")
        assert abs(score.score - before.score) >= 5 or score.tier != before.tier
        assert 1 <= len(score.moved_because) <= 3
        assert {reason["part"] for reason in score.moved_because} <= {"time", "lead"}
        assert all(reason["text"] for reason in score.moved_because)


def test_the_owners_tiers_hold_in_a_batch_and_on_arrival(history: History) -> None:
    launch = Launch.objects.get(key=OPEN_LAUNCH)
    launch.tier_policy = {"rule": "capacity", "leads": 7}
    with set_clock(lambda: NOW):
        score_launch(history, launch, replaces_final=True)
        batch = read_scores(launch)
        assert CurrentScore.objects.filter(launch=launch, tier="hot").count() == 7
        CurrentScore.objects.filter(launch=launch).delete()
        champion = load_champion()
        assert champion is not None
        score_contacts(champion, [launch], sorted(batch))
    assert read_scores(launch) == batch


def test_tiers_that_are_none_are_refused_with_the_launchs_name() -> None:
    for policy in ({"rule": "magic"}, {"rule": "capacity"}, {"rule": "probability", "hot": 2, "warm": 1}):
        with pytest.raises(TierPolicyError, match="launch spring has tiers that are none"):
            build_tiers(Launch(key="spring", tier_policy=policy))
