"""An update of everything: jobs that follow one another, what stops them, and who asks for it."""

import os
import threading
from datetime import UTC, datetime, time
from pathlib import Path
from time import sleep
from typing import Any
from unittest import mock

import pytest
from django.db import connection

from hotleads.hub.clock import set_clock
from hotleads.hub.engine.queue import claim_job, enqueue_job, fail_job, finish_job
from hotleads.hub.engine.schedules import enqueue_due_schedules
from hotleads.hub.engine.worker import Worker
from hotleads.hub.feed.sync import run_sync
from hotleads.hub.modelling import requests
from hotleads.hub.modelling.requests import UPDATE_STEPS, request_launch_scoring, request_update
from hotleads.hub.modelling.training import TooLittleHistoryError, run_backtesting, run_training
from hotleads.hub.modelling.update_schedule import change_update_schedule, ensure_update_schedule
from hotleads.hub.models import AuditEntry, CurrentScore, Job, JobState, Launch, Schedule
from hotleads.hub.models import Installation as InstallationRow
from tests.hub.installations import Cast, Installation
from tests.hub.modelling.sample_hub import NOW, OPEN_LAUNCH, fill_hub
from tests.hub.rows import NOON, build_capture, build_purchase, create_contact, create_launch


def run_next() -> Job | None:
    """Claim the next job as a worker does; what it would do is the test's."""
    return claim_job("jobs", 60)


def test_each_step_asks_for_the_next_when_it_has_succeeded(installation: Installation, cast: Cast) -> None:
    first = request_update(cast.owner)
    assert request_update() == first
    done = []
    while (job := run_next()) is not None:
        assert job.created_by == cast.owner
        finish_job(job, {"mlflow_run_id": f"run of {job.kind}"})
        job.refresh_from_db()
        assert (job.result, job.mlflow_run_id) == (None, f"run of {job.kind}")
        done.append(job)
    assert [job.kind for job in done] == list(UPDATE_STEPS)
    assert [job.previous for job in done] == [None, *done[:-1]]
    assert AuditEntry.objects.get().action == "update.requested"
    assert request_update() != first


def test_what_fails_stops_what_follows(installation: Installation) -> None:
    request_update()
    job = run_next()
    assert job is not None
    fail_job(job, "no rows", is_permanent=True)
    assert run_next() is None
    assert Job.objects.get().followed_by == list(UPDATE_STEPS[1:])


def test_a_step_whose_worker_lost_it_asks_for_nothing(installation: Installation) -> None:
    request_update()
    lost = run_next()
    assert lost is not None
    Job.objects.update(lease="another")
    assert not finish_job(lost, {})
    assert Job.objects.count() == 1


def test_everything_is_updated_at_night_in_the_installations_zone(installation: Installation, cast: Cast) -> None:
    schedule = Schedule.objects.get(kind="update")
    assert (schedule.kind, schedule.cron) == ("update", "0 3 * * *")
    InstallationRow.objects.update(time_zone="America/Sao_Paulo")
    with set_clock(lambda: datetime(2026, 3, 1, 12, tzinfo=UTC)):
        change_update_schedule(cast.owner, is_active=True, at=time(4, 30))
        assert ensure_update_schedule().next_run_at == datetime(2026, 3, 2, 7, 30, tzinfo=UTC)
        change_update_schedule(cast.owner, is_active=True, at=time(4, 30))
    entry = AuditEntry.objects.get()
    assert entry.details == {"active": [True, True], "at": ["03:00", "04:30"]}
    with set_clock(lambda: datetime(2026, 3, 2, 7, 31, tzinfo=UTC)):
        assert [job.kind for job in enqueue_due_schedules()].count("update") == 1


def test_too_little_to_learn_from_is_said_in_words_for_a_marketer(sqlite_installation: Installation) -> None:
    launch = create_launch(cart_opens_at=NOON.replace(month=2), cart_closes_at=NOON.replace(month=2, day=8))
    for number in range(5):
        contact = create_contact()
        build_capture(contact, number, launch=launch, captured_at=NOON.replace(month=1)).save()
    build_purchase(contact, 9, product_id="course", occurred_at=NOON).save()
    run_sync({}, lambda message: None)
    with mock.patch.dict(os.environ, {"MLFLOW_TRACKING_URI": f"sqlite:///{sqlite_installation.data}/mlflow.db"}):
        for step in (run_backtesting, run_training):
            with pytest.raises(TooLittleHistoryError, match="a launch that is over"):
                step({}, lambda message: None)


def test_two_who_ask_at_once_get_one_update(
    postgres_installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs: list[int] = []
    together = threading.Barrier(4)

    def enqueue(*arguments: Any, **options: Any) -> Job:
        sleep(0.2)  # the others look meanwhile
        return enqueue_job(*arguments, **options)

    monkeypatch.setattr(requests, "enqueue_job", enqueue)

    def ask() -> None:
        try:
            together.wait()
            jobs.append(request_update().pk)
        finally:
            connection.close()

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(jobs) == 4
    assert len(set(jobs)) == 1


@pytest.mark.slow
def test_an_update_ends_with_scores_of_the_open_launch(
    sqlite_installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(Path(__file__).parents[3])
    fill_hub(every=6, later=datetime.now(UTC) - NOW)
    Launch.objects.filter(key__lt="2025-02").update(archived_at=NOW)  # fewer are learned from, and sooner
    first, *rest = UPDATE_STEPS
    enqueue_job(first, {"trials": 0}, followed_by=rest)
    with mock.patch.dict(os.environ, sqlite_installation.environment):
        Worker().run(drain=True)
        launch = Launch.objects.get(key=OPEN_LAUNCH)
        request_launch_scoring(launch)
        Worker().run(drain=True)
    jobs = list(Job.objects.filter(state=JobState.SUCCEEDED).order_by("pk"))
    assert [job.kind for job in jobs] == [*UPDATE_STEPS, "sync", "score", "outcomes"]
    assert [bool(job.mlflow_run_id) for job in jobs[:5]] == [False, False, True, True, True]
    scores = CurrentScore.objects.filter(launch=launch)
    assert scores.count() > 20
    assert set(scores.values_list("state", flat=True)) == {"provisional"}
    assert launch.rollup.hot + launch.rollup.warm + launch.rollup.cold == scores.count()
    final = Job.objects.get(state=JobState.QUEUED)
    assert (final.kind, final.run_at, final.followed_by) == ("sync", launch.cart_opens_at, ["score", "outcomes"])
