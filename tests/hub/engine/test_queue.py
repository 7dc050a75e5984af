"""The queue: who gets a job, and what becomes of it."""

import threading
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction

from hotleads.hub.clock import get_now, set_clock
from hotleads.hub.engine.kinds import ARRIVALS_LANE, JOBS_LANE, JobKind, register_kind
from hotleads.hub.engine.queue import (
    cancel_job,
    claim_job,
    end_cancelled_job,
    enqueue_job,
    extend_lease,
    fail_job,
    finish_job,
    release_job,
)
from hotleads.hub.engine.schedules import compute_next_run, enqueue_due_schedules, set_schedule
from hotleads.hub.errors import HubError
from hotleads.hub.models import Job, Schedule
from tests.hub.installations import Installation

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def at(minutes: float) -> AbstractContextManager[None]:
    return set_clock(lambda: NOW + timedelta(minutes=minutes))


def test_jobs_are_claimed_by_lane_and_time(engine: Installation) -> None:
    with at(0):
        later = enqueue_job("add", {"numbers": []}, run_at=NOW + timedelta(minutes=1))
        first, second = (enqueue_job("add", {"numbers": []}) for _ in range(2))
        arrival = enqueue_job("append", {"number": 1})
        assert claim_job(ARRIVALS_LANE, 60) == arrival
        assert [claim_job(JOBS_LANE, 600) for _ in range(3)] == [first, second, None]
    with at(1):
        assert claim_job(JOBS_LANE, 60) == later


def test_the_same_key_is_one_job(engine: Installation) -> None:
    one = enqueue_job("add", {"numbers": [1]}, idempotency_key="add:1")
    assert enqueue_job("add", {"numbers": [1]}, idempotency_key="add:1") == one
    assert Job.objects.count() == 1


def test_an_unknown_kind_is_refused(engine: Installation) -> None:
    with pytest.raises(LookupError, match="nonsense"):
        enqueue_job("nonsense", {})


def test_a_job_asked_for_in_a_transaction_that_fails_was_never_asked_for(engine: Installation) -> None:
    with transaction.atomic():
        enqueue_job("add", {"numbers": [1]})
        transaction.set_rollback(True)
    assert not Job.objects.exists()


def test_who_lost_a_job_changes_nothing_any_more(engine: Installation) -> None:
    enqueue_job("add", {"numbers": [1]}, run_at=NOW)
    with at(0):
        lost = claim_job(JOBS_LANE, 60)
        assert claim_job(JOBS_LANE, 60) is None
    with at(2):
        held = claim_job(JOBS_LANE, 60)
        assert lost is not None
        assert held is not None
        assert held.attempts == 2
        assert not extend_lease(lost, 60)
        assert not finish_job(lost, {"sum": 0})
        assert not fail_job(lost, "too late")
        assert not release_job(lost)
        assert finish_job(held, {"sum": 1})
        assert not finish_job(held, {"sum": 2})
    assert Job.objects.get().result == {"sum": 1}


def test_failures_are_tried_again_later_and_later_and_end(engine: Installation) -> None:
    job = enqueue_job("fail", {}, run_at=NOW)
    waits = []
    minutes = 0.0
    for _ in range(3):
        with at(minutes):
            claimed = claim_job(JOBS_LANE, 60)
            assert claimed is not None
            assert fail_job(claimed, "no")
        job.refresh_from_db()
        waits.append((job.run_at - NOW).total_seconds() - minutes * 60)
        minutes += 30
    assert 5 <= waits[0] <= 15
    assert 20 <= waits[1] <= 60
    assert (job.state, job.attempts, job.error) == ("failed", 3, "no")


def test_a_job_whose_workers_die_again_and_again_fails(engine: Installation) -> None:
    job = enqueue_job("fail", {}, run_at=NOW)
    for minutes in (0, 2, 4):
        with at(minutes):
            assert claim_job(JOBS_LANE, 60) == job
    with at(6):
        assert claim_job(JOBS_LANE, 60) is None
    job.refresh_from_db()
    assert (job.state, job.error) == ("failed", "its worker stopped during the last attempt")


def test_what_is_cancelled_does_not_run(engine: Installation) -> None:
    waiting, running, orphan = (enqueue_job("add", {"numbers": []}, run_at=NOW) for _ in range(3))
    cancel_job(waiting.pk)
    with at(0):
        claimed = claim_job(JOBS_LANE, 60)
        assert claimed == running
        assert claim_job(JOBS_LANE, 60) == orphan
        cancel_job(running.pk)
        cancel_job(orphan.pk)
        assert not extend_lease(claimed, 60)
        assert end_cancelled_job(claimed)
    with at(2):
        assert claim_job(JOBS_LANE, 60) is None
    assert set(Job.objects.values_list("state", flat=True)) == {"cancelled"}


def test_what_is_cancelled_at_its_last_moment_is_neither_tried_again_nor_followed(engine: Installation) -> None:
    failing = enqueue_job("add", {"numbers": []}, run_at=NOW)
    ending = enqueue_job("add", {"numbers": []}, run_at=NOW, followed_by=["add"])
    with at(0):
        claimed = [claim_job(JOBS_LANE, 60), claim_job(JOBS_LANE, 60)]
        cancel_job(failing.pk)
        cancel_job(ending.pk)
        assert claimed[0] is not None
        assert claimed[1] is not None
        assert fail_job(claimed[0], "no")
        assert finish_job(claimed[1], {"sum": 0})
    with at(60):
        assert claim_job(JOBS_LANE, 60) is None
    assert set(Job.objects.values_list("pk", "state")) == {(failing.pk, "cancelled"), (ending.pk, "succeeded")}


def test_a_job_that_is_given_back_keeps_its_attempts(engine: Installation) -> None:
    enqueue_job("add", {"numbers": []})
    for _ in range(5):
        claimed = claim_job(JOBS_LANE, 60)
        assert claimed is not None
        assert claimed.attempts == 1
        assert release_job(claimed)


def test_many_threads_claim_each_job_once(engine: Installation) -> None:
    for number in range(60):
        enqueue_job("append", {"number": number})
    claimed: list[int] = []

    def claim() -> None:
        try:
            while (job := claim_job(ARRIVALS_LANE, 60)) is not None:
                claimed.append(job.pk)
        finally:
            connection.close()

    threads = [threading.Thread(target=claim) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(claimed) == len(set(claimed)) == 60


@pytest.mark.parametrize(
    ("cron", "zone", "expected"),
    [
        ("0 6 * * 1", "UTC", datetime(2026, 3, 2, 6, tzinfo=UTC)),
        ("0 6 * * *", "America/Sao_Paulo", datetime(2026, 3, 2, 9, tzinfo=UTC)),
        ("30 2 29 3 *", "Europe/Lisbon", datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),  # the hour that is left out is at 1
    ],
)
def test_schedules_follow_their_time_zone(cron: str, zone: str, expected: datetime) -> None:
    assert compute_next_run(cron, zone, NOW) == expected


def test_what_is_no_schedule_is_refused(engine: Installation) -> None:
    with pytest.raises(HubError, match="cron"):
        set_schedule("daily", "add", {}, cron="every day")
    with pytest.raises(HubError, match="time zone"):
        set_schedule("daily", "add", {}, cron="0 6 * * *", time_zone="Mars")


def test_a_schedule_asks_once_a_time_and_once_for_what_it_missed(engine: Installation) -> None:
    with at(0):
        set_schedule("hourly", "add", {"numbers": [1]}, cron="0 * * * *")
        assert enqueue_due_schedules() == []
    with at(185):
        assert len(enqueue_due_schedules()) == 1
        assert enqueue_due_schedules() == []
    assert Schedule.objects.get(name="hourly").next_run_at == NOW + timedelta(minutes=240)
    with at(240):
        assert len(enqueue_due_schedules()) == 1


def test_two_kinds_of_one_name_are_refused() -> None:
    register_kind(JobKind("one", "module:function"))
    register_kind(JobKind("one", "module:function"))
    with pytest.raises(ValueError, match="one"):
        register_kind(JobKind("one", "module:other"))


def test_now_is_utc() -> None:
    assert get_now().tzinfo == UTC
