"""Run a claimed job: in a child process that is watched, in the worker, or in the transaction that ends it."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction

from ...language import Phrase, decode_text, get_message
from ..errors import OUTAGES, describe_error
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
        fail_job(job, get_message(error))
        return
    if kind.in_transaction:
        _run_in_transaction(job)
    elif kind.in_worker:
        _run_in_worker(job, lease)
    else:
        _run_in_child(job, lease, stop)


class _Claim:
    """A job while it runs: its lease is renewed, and its end is written.

    A database that is away for a moment costs a job none of its work: nobody else can claim it before the lease passes.
    """

    def __init__(self, job: Job, lease: Lease) -> None:
        self._job, self._lease = job, lease
        self._holds_until = time.monotonic() + lease.seconds

    def renew(self, progress: str = "") -> bool:
        """Keep the job for another while; False: it is lost, or somebody cancelled it."""
        try:
            is_held = extend_lease(self._job, self._lease.seconds, progress)
        except OUTAGES:
            connection.close()
            return time.monotonic() < self._holds_until
        self._holds_until = time.monotonic() + self._lease.seconds
        return is_held

    def end(self, write: Callable[[], bool]) -> None:
        """Write how the job ended, again and again while the database does not answer and the lease holds."""
        while True:
            try:
                write()
                return
            except OUTAGES:
                connection.close()
                if time.monotonic() >= self._holds_until:
                    raise
                time.sleep(self._lease.heartbeat_seconds)


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
    claim, is_done = _Claim(job, lease), threading.Event()
    heart = threading.Thread(target=_give_signs_of_life, args=(claim, lease, is_done))
    heart.start()
    try:
        result = get_kind(job.kind).load()(job.options, lambda message: None)
    except Exception as error:
        end = partial(_fail, job, error)
    else:
        end = partial(finish_job, job, result)
    finally:
        is_done.set()
        heart.join()
    claim.end(end)


def _give_signs_of_life(claim: _Claim, lease: Lease, is_done: threading.Event) -> None:
    try:
        while not is_done.wait(lease.heartbeat_seconds) and claim.renew():
            pass
    finally:
        connection.close()


def _fail(job: Job, error: Exception) -> bool:
    """Note an error as ``child`` does: with its words where they are meant for people, else by its type and place."""
    is_permanent = isinstance(getattr(error, "code", None), str)
    return fail_job(job, get_message(error) if is_permanent else describe_error(error), is_permanent=is_permanent)


class _LostError(Exception):
    """The job is another worker's by now: what was done for it is undone."""


def _run_in_child(job: Job, lease: Lease, stop: threading.Event) -> None:
    claim, folder = _Claim(job, lease), get_job_folder(job)
    try:
        child = _start_child(job, folder)
    except OSError as error:  # such as a full disk
        claim.end(partial(_fail, job, error))
        return
    try:
        is_held = _watch(child, claim, folder, lease, stop)
    finally:
        _terminate(child)
    if stop.is_set() and not (folder / RESULT_FILE).exists():
        claim.end(partial(release_job, job))
    elif is_held:
        claim.end(partial(_end, job, folder, child.returncode))
    else:
        claim.end(partial(end_cancelled_job, job))


def _start_child(job: Job, folder: Path) -> subprocess.Popen[bytes]:
    folder.mkdir(parents=True, exist_ok=True)
    request = {"kind": job.kind, "options": job.options}
    (folder / REQUEST_FILE).write_text(json.dumps(request), encoding="utf-8")
    with (folder / LOG_FILE).open("wb") as log:
        return subprocess.Popen(  # noqa: S603 - the program is this one
            [sys.executable, "-m", _CHILD_MODULE, str(folder)],
            stdin=subprocess.PIPE,  # closed when this process ends, however it ends
            stdout=log,
            stderr=subprocess.STDOUT,
            env=os.environ | {"HOTLEADS_DATA": str(settings.HUB_DATA)},
            start_new_session=True,
        )


def _watch(child: subprocess.Popen[bytes], claim: _Claim, folder: Path, lease: Lease, stop: threading.Event) -> bool:
    """Wait for a child, giving signs of life; False: the job was lost or cancelled meanwhile."""
    next_heartbeat = time.monotonic() + lease.heartbeat_seconds
    while child.poll() is None and not stop.is_set():
        time.sleep(_POLL_SECONDS)
        if time.monotonic() >= next_heartbeat:
            if not claim.renew(decode_text(_read(folder / PROGRESS_FILE))):
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


def _end(job: Job, folder: Path, exit_code: int) -> bool:
    if exit_code == 0 and (text := _read(folder / RESULT_FILE)):
        result: Result | None = json.loads(text)
        return finish_job(job, result)
    noted = json.loads(_read(folder / ERROR_FILE) or "{}")
    ended = Phrase("its process ended with code {code}", code=str(exit_code))
    message = decode_text(noted["error"]) if "error" in noted else ended
    return fail_job(job, message, is_permanent=bool(noted.get("is_permanent")))


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.is_file() else ""
