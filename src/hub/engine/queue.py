"""The queue: jobs are asked for, claimed under a lease, and ended once by whoever holds it.

A claim is a short transaction: ``FOR UPDATE SKIP LOCKED`` on PostgreSQL, ``BEGIN IMMEDIATE`` on SQLite. Every later
write names the lease, so that a worker that lost its job to another one changes nothing.
"""

import random
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Q, QuerySet

from ...language import Phrase, cap_text
from ..clock import get_now
from ..models import Job, JobState, User
from .kinds import Json, Options, Result, get_kind

#: The n-th retry waits about this many seconds times 4 to the power of n - 1.
RETRY_SECONDS = 10.0
MAX_RETRY_SECONDS = 3_600.0
MAX_ERROR = 4_000
MAX_PROGRESS = 500


def enqueue_job(
    kind: str,
    options: Options,
    *,
    idempotency_key: str | None = None,
    run_at: datetime | None = None,
    created_by: User | None = None,
    followed_by: Sequence[str] = (),
) -> Job:
    """Ask for a job, in the caller's transaction where there is one.

    Parameters
    ----------
    kind
        The name of a registered kind.
    options
        What it gets; nothing personal.
    idempotency_key
        Asking again with the same key gives the job that is there already, whatever became of it.
    run_at
        Not before this instant.
    created_by
        Who asked; None: the hub itself.
    followed_by
        The kinds of the jobs that follow with the same options, each when the one before has succeeded.

    Returns
    -------
    Job
        The job, new or not.
    """
    declared = get_kind(kind)
    fields: dict[str, Any] = {
        "kind": kind,
        "lane": declared.lane,
        "options": dict(options),
        "max_attempts": declared.max_attempts,
        "run_at": run_at or get_now(),
        "created_by": created_by,
        "followed_by": list(followed_by),
    }
    if idempotency_key is None:
        return Job.objects.create(**fields)
    return Job.objects.get_or_create(idempotency_key=idempotency_key, defaults=fields)[0]


def claim_job(lane: str, lease_seconds: float) -> Job | None:
    """Claim the next job of a lane: one whose worker is gone, else the one that is due longest. None: there is none.

    A job whose worker went away at its last attempt fails here.
    """
    now = get_now()
    expired = Job.objects.filter(lane=lane, state=JobState.RUNNING, lease_expires_at__lt=now)
    due = Job.objects.filter(lane=lane, state=JobState.QUEUED, run_at__lte=now)
    if not (expired.exists() or due.exists()):
        return None
    with transaction.atomic():
        expired.filter(cancel_requested=True).update(state=JobState.CANCELLED, ended_at=now, lease="")
        expired.filter(attempts__gte=F("max_attempts")).update(
            state=JobState.FAILED, ended_at=now, lease="", error=Phrase("its worker stopped during the last attempt")
        )
        job = _lock_first(expired.order_by("lease_expires_at")) or _lock_first(due.order_by("run_at", "pk"))
        if job is None:
            return None
        job.state = JobState.RUNNING
        job.attempts += 1
        job.lease = uuid.uuid4().hex
        job.lease_expires_at = now + timedelta(seconds=lease_seconds)
        job.started_at = job.started_at or now
        job.save(update_fields=["state", "attempts", "lease", "lease_expires_at", "started_at"])
    return job


def extend_lease(job: Job, lease_seconds: float, progress: str = "") -> bool:
    """Keep a job for another while, and note what it does; False: it is lost, or somebody cancelled it."""
    changes: dict[str, Any] = {"lease_expires_at": get_now() + timedelta(seconds=lease_seconds)}
    if progress:
        changes["progress"] = cap_text(progress, MAX_PROGRESS)
    return bool(_filter_held(job).filter(cancel_requested=False).update(**changes))


def finish_job(job: Job, result: Result | None) -> bool:
    """End a job well, and ask for the one that follows it in the same transaction; False: it was lost before.

    Nothing follows where somebody cancelled it in its last moment. ``mlflow_run_id`` of a result is the run that pages
    lead to.
    """
    shown = dict(result or {})
    run_id = str(shown.pop("mlflow_run_id", ""))
    changes: Mapping[str, Json] = {"result": shown or None, "error": "", "mlflow_run_id": run_id}
    with transaction.atomic():
        if not _end(job, JobState.SUCCEEDED, **changes):
            return False
        if job.followed_by and not Job.objects.filter(pk=job.pk, cancel_requested=True).exists():
            _enqueue_following(job)
    return True


def fail_job(job: Job, error: str, *, is_permanent: bool = False) -> bool:
    """Queue a job again after a while, or end it where it may not be tried again; False: it was lost before."""
    if is_permanent or job.attempts >= job.max_attempts:
        return _end(job, JobState.FAILED, error=cap_text(error, MAX_ERROR))
    seconds = min(RETRY_SECONDS * 4 ** (job.attempts - 1), MAX_RETRY_SECONDS) * random.uniform(0.5, 1.5)  # noqa: S311
    changes = {"run_at": get_now() + timedelta(seconds=seconds), "error": cap_text(error, MAX_ERROR)}
    return _queue_again(job, **changes)


def release_job(job: Job) -> bool:
    """Give a job back that its worker cannot go on with because it stops; the attempt does not count."""
    return _queue_again(job, attempts=F("attempts") - 1)


def cancel_job(job_id: int) -> None:
    """Cancel a job: at once where it waits; where it runs its worker stops it."""
    with transaction.atomic():
        job = Job.objects.select_for_update().get(pk=job_id)  # its worker may be about to give it back
        if job.state == JobState.QUEUED:
            job.state, job.ended_at = JobState.CANCELLED, get_now()
        job.cancel_requested = job.state in (JobState.CANCELLED, JobState.RUNNING)
        job.save(update_fields=["state", "ended_at", "cancel_requested"])


def end_cancelled_job(job: Job) -> bool:
    """End a running job that somebody cancelled; False: it was not cancelled, or is lost."""
    job.refresh_from_db(fields=["cancel_requested"])
    return job.cancel_requested and _end(job, JobState.CANCELLED)


def _queue_again(job: Job, **changes: Any) -> bool:
    """Let a held job wait again, or end it where somebody cancelled it meanwhile; False: it was lost before."""
    wanted = _filter_held(job).filter(cancel_requested=False)
    is_queued = wanted.update(state=JobState.QUEUED, lease="", lease_expires_at=None, **changes)
    return bool(is_queued) or end_cancelled_job(job)


def _end(job: Job, state: JobState, **changes: Any) -> bool:
    return bool(_filter_held(job).update(state=state, ended_at=get_now(), lease="", lease_expires_at=None, **changes))


def _enqueue_following(job: Job) -> None:
    kind, *rest = job.followed_by
    key = f"after:{job.pk}"
    following = enqueue_job(kind, job.options, idempotency_key=key, created_by=job.created_by, followed_by=rest)
    following.previous = job
    following.save(update_fields=["previous"])


def _filter_held(job: Job) -> QuerySet[Job]:
    return Job.objects.filter(Q(pk=job.pk, lease=job.lease, state=JobState.RUNNING))


def _lock_first(jobs: QuerySet[Job]) -> Job | None:
    return jobs.select_for_update(skip_locked=True).first()
