"""Leads are scored as they arrive, with the bits that the next scoring of their launch gives them."""

from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings

from hotleads.history import History, build_cohort, open_history
from hotleads.hub.clock import set_clock
from hotleads.hub.feed.reasons import ReasonWriter
from hotleads.hub.feed.sync import run_sync
from hotleads.hub.figures.outcomes import store_outcomes
from hotleads.hub.modelling.arrivals import score_contacts
from hotleads.hub.modelling.champion import load_champion
from hotleads.hub.modelling.launches import TierPolicyError, build_tiers
from hotleads.hub.modelling.scoring import score_launch
from hotleads.hub.modelling.states import advance_states
from hotleads.hub.models import Contact, CurrentScore, Launch, LaunchRollup, Purchase, Score, ScoreState
from hotleads.hub.models.launch_lead import LaunchLead
from hotleads.hub.models.rollups import recount_launch
from hotleads.language import LANGUAGES
from tests.hub.modelling.sample_hub import NOW, OPEN_LAUNCH, OPENS_AT, PERPETUAL_LAUNCH

pytestmark = pytest.mark.slow

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
        steps = {language: ReasonWriter(language).write_change(score) for language in LANGUAGES}
        assert all(reason["text"] for reasons in steps.values() for reason in reasons)
        assert steps["en"] != steps["pt_BR"]


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


def test_who_bought_in_a_launch_and_what_they_paid_is_counted_once_its_window_is_over(history: History) -> None:
    launch = Launch.objects.get(key="2025-02-cake-course")
    recount_launch(launch)
    opens_at, closes_at = launch.cart_opens_at, launch.cart_closes_at
    assert closes_at is not None
    store_outcomes(history, launch, history.get_launch(launch.key))
    cohort = build_cohort(history, history.get_launch(launch.key))
    judged = LaunchLead.objects.filter(launch=launch, bought__isnull=False)
    buyers = judged.filter(bought=True)
    assert judged.count() == len(cohort)
    assert buyers.count() == cohort["label"].sum() > 0
    assert LaunchRollup.objects.get(launch=launch).currency == "BRL"
    paid = Purchase.objects.filter(
        contact__in=buyers.values("contact"),
        product_id="cake-course",
        status="approved",
        occurred_at__gte=opens_at,
        occurred_at__lt=closes_at,
    )
    unrefunded = paid.exclude(transaction_id__in=Purchase.objects.exclude(status="approved").values("transaction_id"))
    for row in unrefunded:
        assert buyers.get(contact=row.contact_id).net_minor == row.amount_minor
    assert judged.filter(bought=False).exclude(net_minor=0).count() == 0


def test_a_score_is_judged_with_its_window_and_mature_thirty_days_later(history: History) -> None:
    launch = Launch.objects.get(key="2025-04-bakery-business-course")
    opens_at, closes_at = launch.cart_opens_at, launch.cart_closes_at
    assert closes_at is not None
    CurrentScore.objects.filter(launch=launch).update(state=ScoreState.FINAL, as_of=opens_at)
    count = CurrentScore.objects.filter(launch=launch).count()
    assert count
    steps = [(timedelta(seconds=-1), 0, 0), (timedelta(0), count, 0), (timedelta(days=30), 0, count)]
    for later, judged, mature in steps:
        moved = advance_states(closes_at + later)
        assert CurrentScore.objects.filter(launch=launch, state="mature").count() == mature
        assert moved["judged"] >= judged
