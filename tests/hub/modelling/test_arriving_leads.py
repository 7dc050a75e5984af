"""What a worker does with leads that arrive: in turn, without those who object, and never over a final score."""

from datetime import timedelta

import pytest
from django.db import transaction

from hotleads.hub.clock import get_now, set_clock
from hotleads.hub.engine.arrivals import CHUNK_CONTACTS, request_batch_scoring, request_scoring
from hotleads.hub.engine.worker import Worker
from hotleads.hub.modelling import arrivals, champion
from hotleads.hub.models import (
    Batch,
    Capture,
    Contact,
    CurrentScore,
    Job,
    Launch,
    LaunchRollup,
    Purpose,
    ScoreState,
    Strategy,
)
from hotleads.hub.models.rollups import recount_launch
from hotleads.hub.people.consent import withdraw_consent
from hotleads.language import decode_text
from hotleads.tracking.registry import CHAMPION_URI, load_registered_model, promote, register_model
from hotleads.tracking.runs import start_run
from tests.hub.installations import Installation
from tests.hub.modelling.sample_hub import NOW
from tests.hub.rows import build_capture, build_purchase, create_contact


@pytest.fixture
def launch(installation: Installation, model_store: object) -> Launch:
    """An open launch; the clock of jobs that run in the worker is the machine's."""
    champion._loaded = None
    now = get_now()
    return Launch.objects.create(
        key="next",
        strategy=Strategy.CLASSIC,
        product_id="bread-course",
        capture_starts_at=now - timedelta(days=20),
        cart_opens_at=now + timedelta(days=5),
        cart_closes_at=now + timedelta(days=12),
    )


def create_lead(launch: Launch, number: int = 0, **fields: object) -> Contact:
    contact = create_contact()
    captured_at = launch.cart_opens_at - timedelta(days=10)  # type: ignore[operator]
    build_capture(contact, number, launch=launch, captured_at=captured_at, **fields).save()
    return contact


def run_worker() -> list[Job]:
    Worker(lanes=("arrivals",)).run(drain=True)
    return list(Job.objects.filter(kind="score_arrivals").order_by("pk"))


def test_a_lead_is_scored_in_the_launch_that_it_names_and_counted(launch: Launch) -> None:
    lead, other = create_lead(launch), create_contact()
    request_scoring([lead.pk, other.pk, 10**9])
    assert [(job.state, job.result) for job in run_worker()] == [("succeeded", {"scored": 1})]
    score = CurrentScore.objects.get()
    assert (score.contact, score.launch, score.state) == (lead, launch, ScoreState.PROVISIONAL)
    assert len(score.reasons) == 3
    assert getattr(LaunchRollup.objects.get(), score.tier) == 1


def test_a_batch_is_scored_in_turns_that_let_others_between(launch: Launch) -> None:
    batch = Batch.objects.create(source="csv")
    count = CHUNK_CONTACTS + 3
    for number in range(count):
        create_lead(launch, number, batch=batch)
    with transaction.atomic():
        Batch.objects.filter(pk=batch.pk).update(committed_at=NOW)
        assert request_batch_scoring(batch) == request_batch_scoring(batch)
    assert [job.result for job in run_worker()] == [{"scored": CHUNK_CONTACTS}, {"scored": 3}]
    assert CurrentScore.objects.count() == count


def test_who_objects_to_profiling_loses_the_score_and_gets_none(launch: Launch) -> None:
    lead = create_lead(launch)
    request_scoring([lead.pk])
    run_worker()
    assert CurrentScore.objects.exists()
    withdraw_consent(lead, [Purpose.PROFILING], "page")
    request_scoring([lead.pk])
    run_worker()
    assert not CurrentScore.objects.exists()
    rollup = LaunchRollup.objects.get()
    assert (rollup.hot, rollup.warm, rollup.cold) == (0, 0, 0)


def test_who_has_bought_the_product_is_no_lead_of_its_launch_any_more(launch: Launch) -> None:
    lead = create_lead(launch)
    request_scoring([lead.pk])
    run_worker()
    build_purchase(lead, product_id="bread-course", occurred_at=launch.capture_starts_at).save()
    request_scoring([lead.pk])
    run_worker()
    assert not CurrentScore.objects.exists()


def test_a_final_score_stays(launch: Launch) -> None:
    lead = create_lead(launch)
    request_scoring([lead.pk])
    run_worker()
    CurrentScore.objects.update(state=ScoreState.FINAL, probability=0.123)
    request_scoring([lead.pk])
    run_worker()
    assert CurrentScore.objects.get().probability == 0.123


def test_without_a_model_or_an_open_launch_a_job_says_so(launch: Launch, monkeypatch: pytest.MonkeyPatch) -> None:
    lead = create_lead(launch)
    with monkeypatch.context() as patched:
        patched.setenv("MLFLOW_TRACKING_URI", "sqlite:////nonexistent/mlflow.db")
        request_scoring([lead.pk])
        result = run_worker()[0].result
        assert (result["scored"], decode_text(result["reason"])) == (0, "no model is trained yet")
    Launch.objects.update(cart_closes_at=launch.capture_starts_at, cart_opens_at=launch.capture_starts_at)
    request_scoring([lead.pk])
    result = run_worker()[1].result
    assert (result["scored"], decode_text(result["reason"])) == (0, "no launch is open")


def test_a_new_champion_scores_the_next_lead(launch: Launch) -> None:
    first = champion.load_champion()
    assert first is champion.load_champion()
    with start_run("train", {"job": "train"}):
        version = register_model(load_registered_model(CHAMPION_URI))
    promote(version, "the second")
    second = champion.load_champion()
    assert second is not None
    assert second is not first


def test_counts_by_tier_are_those_of_a_recount(launch: Launch) -> None:
    for number in range(5):
        create_lead(launch, number, utm_source="google")
    request_scoring(Capture.objects.values_list("contact_id", flat=True))
    run_worker()
    kept = LaunchRollup.objects.get()
    assert kept.hot + kept.warm + kept.cold == 5
    recounted = recount_launch(launch)
    assert (recounted.hot, recounted.warm, recounted.cold) == (kept.hot, kept.warm, kept.cold)


def test_a_launch_is_open_from_its_capture_to_its_last_window(launch: Launch) -> None:
    for days, is_open in ((-21, False), (-19, True), (0, True), (11, True), (13, False)):
        instant = launch.cart_opens_at + timedelta(days=days - 5)  # type: ignore[operator]
        with set_clock(lambda instant=instant: instant):
            assert bool(arrivals.list_open_launches()) == is_open
