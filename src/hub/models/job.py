"""Jobs: rows that workers claim, run in a child process and end once; schedules make them."""

from typing import ClassVar

from django.db import models

from ..clock import get_now
from .phrase_field import PhraseField
from .user import User


class JobState(models.TextChoices):
    """How far a job is. A running job whose lease has passed is claimed again."""

    QUEUED = "queued", "Queued"
    RUNNING = "running", "Running"
    SUCCEEDED = "succeeded", "Succeeded"
    FAILED = "failed", "Failed"
    CANCELLED = "cancelled", "Cancelled"


class Job(models.Model):
    """One piece of work. ``options`` and ``result`` hold no personal data; ``run_at`` in the future makes it a timer.

    ``lane`` keeps what must not wait apart from what takes long; ``idempotency_key`` makes asking twice one job.
    ``lease`` is the token of the claim in force: whoever holds another one has lost the job. ``followed_by`` are the
    kinds of the jobs that come after it with the same options, each when the one before has succeeded; ``previous`` is
    the job that this one came after.
    """

    kind = models.CharField(max_length=64)
    lane = models.CharField(max_length=16, default="jobs")
    options = models.JSONField(default=dict)
    idempotency_key = models.CharField(max_length=200, null=True, unique=True)
    state = models.CharField(max_length=16, choices=JobState.choices, default=JobState.QUEUED)
    run_at = models.DateTimeField(default=get_now)
    attempts = models.PositiveSmallIntegerField(default=0)
    max_attempts = models.PositiveSmallIntegerField(default=3)
    lease = models.CharField(max_length=64, blank=True)
    lease_expires_at = models.DateTimeField(null=True)
    cancel_requested = models.BooleanField(default=False)
    progress = PhraseField(blank=True)
    result = models.JSONField(null=True)
    error = PhraseField(blank=True)
    mlflow_run_id = models.CharField(max_length=64, blank=True)
    followed_by = models.JSONField(default=list)
    previous = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="following")
    created_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=get_now, editable=False)
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["lane", "run_at"], condition=models.Q(state="queued"), name="job_that_is_due"),
            models.Index(fields=["lease_expires_at"], condition=models.Q(state="running"), name="job_with_lease"),
            models.Index(fields=["ended_at"], condition=models.Q(state="failed"), name="job_that_failed"),
            models.Index(fields=["kind", "ended_at"], name="job_by_kind"),
        ]

    def __str__(self) -> str:
        return f"job {self.pk} ({self.kind})"


class Schedule(models.Model):
    """A job that is asked for again and again, at the times of a cron expression in a time zone."""

    name = models.CharField(max_length=64, unique=True)
    kind = models.CharField(max_length=64)
    options = models.JSONField(default=dict)
    cron = models.CharField(max_length=64)
    time_zone = models.CharField(max_length=64, default="UTC")
    is_active = models.BooleanField(default=True)
    next_run_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"schedule {self.name}"
