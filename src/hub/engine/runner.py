"""Run a claimed job: in a child process that is watched, in the worker, or in the transaction that ends it."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction

from ..models import Job
from .child import ERROR_FILE, LOG_FILE, PROGRESS_FILE, REQUEST_FILE, RESULT_FILE
from .kinds import Result, get_kind
from .queue import end_cancelled_job, extend_lease, fail_job, finish_job, release_job

JOBS_FOLDER = "jobs"
_POLL_SECONDS = 0.1
_SHOWN_LOG_BYTES = 20_000
_TERMINATION_SECONDS = 10.0
_CHILD_MODULE = "hotleads.hub.site.run_job"


@dataclass(frozen=True)
class Lease:
    """How long a claim holds without a sign of life, and how often one is given.

    Attributes
    ----------
    seconds
        After so long the job is another worker's.
    heartbeat_seconds
        The claim is renewed this often.
    """

    seconds: float = 60.0
    heartbeat_seconds: float = 5.0


def get_job_folder(job: Job) -> Path:
    """Return the folder of a job's present attempt: its request, log, progress and result."""
    return Path(settings.HUB_DATA) / JOBS_FOLDER / str(job.pk) / f"attempt-{job.attempts}"


def read_log(job: Job) -> str:
    """Return the end of what a job's present attempt has written; empty where its folder is not on this machine."""
    path = get_job_folder(job) / LOG_FILE
    if not path.is_file():
        return ""
    with path.open("rb") as file:
        file.seek(max(path.stat().st_size - _SHOWN_LOG_BYTES, 0))
        return file.read().decode("utf-8", "replace")


def run_job(job: Job, lease: Lease, stop: threading.Event) -> None:
    """Run a claimed job to its end; where the worker stops first, give it back."""
    try:
        kind = get_kind(job.kind)
    except LookupError as error:
        fail_job(job, str(error))
        return
    if kind.in_transaction:
        _run_in_transaction(job)
    elif kind.in_worker:
        _run_in_worker(job, lease)
    else:
        _run_in_child(job, lease, stop)


def _run_in_transaction(job: Job) -> None:
    try:
        with transaction.atomic():
            result = get_kind(job.kind).load()(job.options, lambda message: None)
            if not finish_job(job, result):
                raise _LostError
    except _LostError:
        return
    except Exception as error:
        _fail(job, error)


def _run_in_worker(job: Job, lease: Lease) -> None:
    is_done = threading.Event()
    heart = threading.Thread(target=_give_signs_of_life, args=(job, lease, is_done))
    heart.start()
    try:
        result = get_kind(job.kind).load()(job.options, lambda message: None)
    except Exception as error:
        _fail(job, error)
    else:
        finish_job(job, result)
    finally:
        is_done.set()
        heart.join()


def _give_signs_of_life(job: Job, lease: Lease, is_done: threading.Event) -> None:
    try:
        while not is_done.wait(lease.heartbeat_seconds) and extend_lease(job, lease.seconds):
            pass
    finally:
        connection.close()


def _fail(job: Job, error: Exception) -> None:
    """Note an error as ``child`` does: with its words where they are meant for people, else by its type."""
    code = getattr(error, "code", None)
    is_permanent = isinstance(code, str)
    fail_job(job, str(error) if is_permanent else type(error).__name__, is_permanent=is_permanent)


class _LostError(Exception):
    """The job is another worker's by now: what was done for it is undone."""


def _run_in_child(job: Job, lease: Lease, stop: threading.Event) -> None:
    folder = get_job_folder(job)
    folder.mkdir(parents=True, exist_ok=True)
    request = {"kind": job.kind, "options": job.options}
    (folder / REQUEST_FILE).write_text(json.dumps(request), encoding="utf-8")
    with (folder / LOG_FILE).open("wb") as log:
        child = subprocess.Popen(  # noqa: S603 - the program is this one
            [sys.executable, "-m", _CHILD_MODULE, str(folder)],
            stdin=subprocess.PIPE,  # closed when this process ends, however it ends
            stdout=log,
            stderr=subprocess.STDOUT,
            env=os.environ | {"HOTLEADS_DATA": str(settings.HUB_DATA)},
            start_new_session=True,
        )
    try:
        is_held = _watch(child, job, lease, stop)
    finally:
        _terminate(child)
    if stop.is_set() and not (folder / RESULT_FILE).exists():
        release_job(job)
    elif is_held:
        _end(job, folder, child.returncode)
    else:
        end_cancelled_job(job)


def _watch(child: subprocess.Popen[bytes], job: Job, lease: Lease, stop: threading.Event) -> bool:
    """Wait for a child, giving signs of life; False: the job was lost or cancelled meanwhile."""
    progress_file = get_job_folder(job) / PROGRESS_FILE
    next_heartbeat = time.monotonic() + lease.heartbeat_seconds
    while child.poll() is None and not stop.is_set():
        time.sleep(_POLL_SECONDS)
        if time.monotonic() >= next_heartbeat:
            if not extend_lease(job, lease.seconds, _read(progress_file)):
                return False
            next_heartbeat = time.monotonic() + lease.heartbeat_seconds
    return True


def _terminate(child: subprocess.Popen[bytes]) -> None:
    """End a child and whatever it started."""
    if child.poll() is None:
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            child.wait(_TERMINATION_SECONDS)
    with suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()
    if child.stdin is not None:
        child.stdin.close()


def _end(job: Job, folder: Path, exit_code: int) -> None:
    if exit_code == 0 and (text := _read(folder / RESULT_FILE)):
        result: Result | None = json.loads(text)
        finish_job(job, result)
        return
    noted = json.loads(_read(folder / ERROR_FILE) or "{}")
    message = str(noted.get("error") or f"its process ended with code {exit_code}")
    fail_job(job, message, is_permanent=bool(noted.get("is_permanent")))


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.is_file() else ""
