"""Retention: what is not needed any more goes after its days, once a day, with a line in the audit log."""

import shutil
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import models, transaction

from ...language import Phrase
from ..clock import get_now
from ..engine.arrivals import SCORE_ARRIVALS
from ..engine.kinds import Options, Result
from ..engine.runner import JOBS_FOLDER
from ..intake.problems import FileProblem, encode_problem
from ..intake.score_files import JUDGED_FOLDER
from ..intake.uploads import UPLOADS_FOLDER
from ..models import (
    InboxItem,
    InboxOutcome,
    Installation,
    Job,
    JobState,
    Judgement,
    JudgementState,
    Upload,
    UploadState,
)
from ..models.audit import record_action
from .erased_rows import delete_leftovers

#: What one transaction changes: within SQLite's 100 ms.
_CHUNK_ROWS = 500
#: Jobs that scored arrivals well are many, and say nothing after a day.
_ARRIVAL_JOB_DAYS = 1
_EXPIRED = encode_problem(
    FileProblem(Phrase("nobody took these files in before their days were over; bring them again"))
)


def run_retention(_options: Options, progress: Callable[[str], None]) -> Result:
    """Remove what is older than the owner keeps it: the job of every night."""
    row, now = Installation.objects.get(), get_now()
    steps: dict[str, Callable[[], int]] = {
        "messages": lambda: _forget_messages(now - timedelta(days=row.keep_messages_days)),
        "uploads": lambda: _remove_uploads(now - timedelta(days=row.keep_uploads_days)),
        "judged_files": lambda: _remove_judged_files(now - timedelta(days=row.keep_uploads_days)),
        "job_files": lambda: _remove_job_files(now - timedelta(days=row.keep_job_files_days)),
        "arrival_jobs": lambda: _delete_arrival_jobs(now - timedelta(days=_ARRIVAL_JOB_DAYS)),
        "sessions": lambda: _delete_sessions(now),
        "rows_of_erased_people": delete_leftovers,
    }
    removed = {}
    for number, (name, remove) in enumerate(steps.items(), 1):
        progress(Phrase("step {number} of {steps}", number=number, steps=len(steps)))
        removed[name] = remove()
    record_action(None, "retention.run", Installation.objects.get(), **removed)
    return {"removed": {**removed}}


def _forget_messages(before: datetime) -> int:
    """Remove the texts of messages that were processed; that they came stays known."""
    old = InboxItem.objects.filter(received_at__lt=before, body__isnull=False).exclude(outcome=InboxOutcome.WAITING)
    forgotten = 0
    while ids := list(old.values_list("pk", flat=True)[:_CHUNK_ROWS]):
        forgotten += InboxItem.objects.filter(pk__in=ids).update(body=None)
    return forgotten


def _remove_uploads(before: datetime) -> int:
    """Remove files that nobody took in, and folders that belong to no upload."""
    kept = {str(pk) for pk in Upload.objects.filter(created_at__gte=before).values_list("pk", flat=True)}
    folders = _list_folders(UPLOADS_FOLDER, kept)
    removed = [folder.name for folder in folders if folder.name.isdecimal()]
    old = Upload.objects.filter(pk__in=removed).exclude(state__in=[UploadState.IMPORTED, UploadState.REFUSED])
    for upload in old:
        upload.state = UploadState.REFUSED
        upload.verdict = {**upload.verdict, "problems": [_EXPIRED]}
        upload.save(update_fields=["state", "verdict"])
    return _remove(folders)


def _remove_judged_files(before: datetime) -> int:
    """Remove files that no job has judged in their days."""
    old = Judgement.objects.filter(created_at__lt=before)
    old.filter(state=JudgementState.WAITING).update(
        state=JudgementState.REFUSED, problems=[_EXPIRED], ended_at=get_now()
    )
    kept = {str(pk) for pk in Judgement.objects.filter(created_at__gte=before).values_list("pk", flat=True)}
    return _remove(_list_folders(JUDGED_FOLDER, kept))


def _remove_job_files(before: datetime) -> int:
    """Remove the logs and tables of jobs that ended."""
    kept = Job.objects.filter(models.Q(ended_at=None) | models.Q(ended_at__gte=before))
    return _remove(_list_folders(JOBS_FOLDER, {str(pk) for pk in kept.values_list("pk", flat=True)}))


def _delete_arrival_jobs(before: datetime) -> int:
    """Remove the rows of jobs that scored single arrivals; those of batches stay, since they are asked for once."""
    old = Job.objects.filter(
        kind=SCORE_ARRIVALS, state=JobState.SUCCEEDED, idempotency_key=None, ended_at__lt=before
    ).order_by("pk")
    deleted = 0
    while ids := list(old.values_list("pk", flat=True)[:_CHUNK_ROWS]):
        deleted += Job.objects.filter(pk__in=ids).delete()[0]
    return deleted


def _delete_sessions(now: datetime) -> int:
    expired = Session.objects.filter(expire_date__lt=now)
    deleted = 0
    while keys := list(expired.values_list("pk", flat=True)[:_CHUNK_ROWS]):
        with transaction.atomic():
            deleted += Session.objects.filter(pk__in=keys).delete()[0]
    return deleted


def _list_folders(name: str, kept: set[str]) -> list[Path]:
    folder = Path(settings.HUB_DATA) / name
    return [path for path in folder.iterdir() if path.name not in kept] if folder.is_dir() else []


def _remove(folders: list[Path]) -> int:
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)
    return len(folders)
