"""Ask for an update of everything, or for a launch to be scored: chains of jobs, each visible by itself."""

from collections.abc import Callable

from django.db import transaction

from ..clock import get_now
from ..engine.kinds import Options, Result
from ..engine.queue import enqueue_job
from ..models import Installation, Job, JobState, Launch, User
from ..models.audit import record_action
from .launches import build_lab_launch

#: What an update does, in order: what fails stops what follows.
UPDATE_STEPS = ("sync", "check", "backtest", "train", "score", "outcomes")
_SCORE_STEPS = ("sync", "score", "outcomes")
_OPEN = (JobState.QUEUED, JobState.RUNNING)


def request_update(created_by: User | None = None) -> Job:
    """Ask for everything to be brought up to date, and return the first job.

    The history, its checks, a backtest, a training whose model must win to be used, the scores of the open launches,
    and who bought are jobs of their own. While an update is on its way its present job is returned.

    Parameters
    ----------
    created_by
        Who asked, for the audit log; None: the schedule.
    """
    with transaction.atomic():
        Installation.objects.select_for_update().get()  # of two that ask at once one finds what the other asked for
        present = Job.objects.filter(kind__in=UPDATE_STEPS, options={}, state__in=_OPEN).order_by("pk").first()
        if present is not None:
            return present
        first, *rest = UPDATE_STEPS
        job = enqueue_job(first, {}, created_by=created_by, followed_by=rest)
        if created_by is not None:
            record_action(created_by, "update.requested", job)
    return job


def request_launch_scoring(launch: Launch, created_by: User | None = None) -> Job:
    """Ask for a launch to be scored with what is known now, final scores too, and return the first job.

    Parameters
    ----------
    launch
        The launch, open or not.
    created_by
        Who asked, for the audit log.
    """
    with transaction.atomic():
        first, *rest = _SCORE_STEPS
        options: Options = {"launch_id": launch.pk, "replaces_final": True}
        job = enqueue_job(first, options, created_by=created_by, followed_by=rest)
        if created_by is not None:
            record_action(created_by, "scores.requested", launch)
    return job


def request_final_scoring(launch: Launch) -> Job | None:
    """Ask for a launch to be scored at the instant at which its cart opens; None: it has none ahead."""
    described = build_lab_launch(launch)
    if described.strategy == "perpetual" or described.as_of <= get_now():
        return None
    key = f"final:{launch.pk}:{described.as_of.isoformat()}"
    first, *rest = _SCORE_STEPS
    return enqueue_job(first, {"launch_id": launch.pk}, idempotency_key=key, run_at=described.as_of, followed_by=rest)


def start_update(_options: Options, _progress: Callable[[str], None]) -> Result:
    """Ask for an update: what the schedule runs."""
    return {"job": request_update().pk}
