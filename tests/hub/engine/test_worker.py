"""Workers, and what is left of their jobs when they are killed."""

import multiprocessing
import os
import random
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest
from django.db import InterfaceError, OperationalError, connections

from hotleads.hub.engine import runner, worker
from hotleads.hub.engine.kinds import ARRIVALS_LANE, JOBS_LANE
from hotleads.hub.engine.queue import cancel_job, claim_job, enqueue_job
from hotleads.hub.engine.runner import Lease, get_job_folder
from hotleads.hub.engine.worker import Worker
from hotleads.hub.models import AuditEntry, Job
from tests.hub.engine.functions import register_test_kinds
from tests.hub.installations import Installation

SHORT = Lease(seconds=1.0, heartbeat_seconds=0.2)
forking = multiprocessing.get_context("fork")


def start_worker() -> multiprocessing.process.BaseProcess:
    connections.close_all()
    process = forking.Process(target=Worker(SHORT).run)
    process.start()
    return process


def wait_until(is_true: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not is_true():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def test_a_child_process_gives_result_progress_and_log(engine: Installation) -> None:
    job = enqueue_job("add", {"numbers": [1, 2], "seconds": 0.6})
    Worker(SHORT).run(drain=True)
    job.refresh_from_db()
    assert (job.state, job.result, job.progress, job.attempts) == ("succeeded", {"sum": 3}, "adding", 1)
    assert (get_job_folder(job) / "log.txt").read_text() == "adding\n"


def test_bad_input_is_not_tried_again_and_a_bug_is_without_its_words(engine: Installation) -> None:
    refused, failed = enqueue_job("refuse", {}), enqueue_job("fail", {})
    Worker(SHORT).run(drain=True)
    refused.refresh_from_db()
    failed.refresh_from_db()
    assert (refused.state, refused.error) == ("failed", "the file has no header; name its columns (hub)")
    assert (failed.state, failed.attempts) == ("queued", 1)
    assert failed.error.startswith("RuntimeError at functions.py:")
    assert "ana" not in (get_job_folder(failed) / "log.txt").read_text()


def test_a_job_of_a_later_program_fails_with_the_reason(engine: Installation) -> None:
    Job.objects.create(kind="of_tomorrow", max_attempts=1)
    Worker(SHORT).run(drain=True)
    assert "of_tomorrow" in Job.objects.get().error


def test_a_lane_goes_on_after_an_error_that_nobody_foresaw(
    sqlite_installation: Installation, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    register_test_kinds()
    errors = [OSError("ana@example.com"), InterfaceError("ana@example.com")]

    def claim(lane: str, lease_seconds: float) -> Job | None:
        if errors:
            raise errors.pop()
        return claim_job(lane, lease_seconds)

    monkeypatch.setattr(worker, "claim_job", claim)
    monkeypatch.setattr(worker, "_OUTAGE_SECONDS", 0.01)
    job = enqueue_job("append", {"number": 1})
    tireless = Worker(SHORT, lanes=(ARRIVALS_LANE,))
    thread = threading.Thread(target=tireless.run)
    thread.start()
    wait_until(lambda: Job.objects.get(pk=job.pk).state == "succeeded")
    tireless.stop()
    thread.join()
    assert "InterfaceError" in caplog.text
    assert "OSError at test_worker.py:" in caplog.text
    assert "ana" not in caplog.text


def test_a_job_whose_folder_cannot_be_made_fails_with_the_reason(
    engine: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    (engine.data / "jobs").write_text("no folder")
    job = enqueue_job("add", {"numbers": [1]})
    Worker(SHORT, lanes=(JOBS_LANE,)).run(drain=True)
    job.refresh_from_db()
    assert (job.state, job.attempts) == ("queued", 1)
    assert job.error.startswith("NotADirectoryError")


@pytest.mark.slow
def test_a_database_that_is_away_for_a_moment_costs_no_job_its_work(
    engine: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    outages = [OperationalError("away")] * 2 + [None] + [OperationalError("away")] * 2

    def fail_at_times(write: Callable[..., bool]) -> Callable[..., bool]:
        def wrapped(*arguments: Any, **options: Any) -> bool:
            if outages and (error := outages.pop()):
                raise error
            return write(*arguments, **options)

        return wrapped

    monkeypatch.setattr(runner, "extend_lease", fail_at_times(runner.extend_lease))
    monkeypatch.setattr(runner, "finish_job", fail_at_times(runner.finish_job))
    job = enqueue_job("add", {"numbers": [1, 2], "seconds": 0.8})
    Worker(Lease(seconds=5.0, heartbeat_seconds=0.2), lanes=(JOBS_LANE,)).run(drain=True)
    job.refresh_from_db()
    assert (job.state, job.result, job.attempts) == ("succeeded", {"sum": 3}, 1)
    assert not outages


@pytest.mark.parametrize("end", ["cancel", "stop", "kill"])
@pytest.mark.slow
def test_no_process_outlives_its_job(engine: Installation, tmp_path: Path, end: str) -> None:
    pids = tmp_path / "pids"
    job = enqueue_job("sleep", {"pids": str(pids)})
    if end == "kill":
        process = start_worker()
    else:
        stopped = Worker(SHORT, lanes=(JOBS_LANE,))
        thread = threading.Thread(target=stopped.run)
        thread.start()
    wait_until(lambda: pids.is_file() and len(pids.read_text().split()) == 2)
    if end == "cancel":
        cancel_job(job.pk)
        wait_until(lambda: Job.objects.get().state == "cancelled")
    if end == "kill":
        assert process.pid is not None
        os.kill(process.pid, signal.SIGKILL)
        process.join()
    else:
        stopped.stop()
        thread.join()
    wait_until(lambda: not any(map(is_running, pids.read_text().split())))
    assert Job.objects.get().state == {"cancel": "cancelled", "stop": "queued", "kill": "running"}[end]


def is_running(pid: str) -> bool:
    try:
        return psutil.Process(int(pid)).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.mark.slow
def test_killed_workers_lose_no_job_and_end_none_twice(
    engine: Installation, choose_size: Callable[[int, int], int]
) -> None:
    kills = 20
    jobs = choose_size(300, 5_000)
    for number in range(jobs):
        enqueue_job("append", {"number": number})
    sums = [enqueue_job("add", {"numbers": [number], "seconds": 0.3}) for number in range(choose_size(4, 20))]
    draws = random.Random(22)  # noqa: S311
    workers = [start_worker(), start_worker()]
    for kill in range(kills):
        time.sleep(draws.uniform(0.02, 0.4))
        victim = workers[kill % 2]
        assert victim.pid is not None
        os.kill(victim.pid, signal.SIGKILL)
        victim.join()
        workers[kill % 2] = start_worker()
    wait_until(lambda: not Job.objects.exclude(state="succeeded").exists(), seconds=120)
    for process in workers:
        process.kill()
        process.join()
    done = sorted(map(int, AuditEntry.objects.values_list("subject_id", flat=True)))
    assert done == list(range(jobs))
    for number, job in enumerate(sums):
        job.refresh_from_db()
        assert job.result == {"sum": number}
    assert Job.objects.filter(lane=ARRIVALS_LANE, state="succeeded").count() == jobs
