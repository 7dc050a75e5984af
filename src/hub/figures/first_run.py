"""How far a new installation is on its way to the first scores: three steps, what is done, and what runs."""

from dataclasses import dataclass
from datetime import datetime

from ..models import Capture, Contact, CurrentScore, Installation, Job, JobState, Launch, Purchase, Upload


@dataclass(frozen=True)
class FirstRun:
    """The way to the first scores.

    Attributes
    ----------
    has_leads, has_purchases, has_launch
        What is done.
    minutes
        How long ago the first of it was: the first upload or launch; None: nothing yet.
    job
        What runs or waits, or failed last; None: nothing was asked for.
    is_empty
        Whether a demonstration may still be made here.
    """

    has_leads: bool
    has_purchases: bool
    has_launch: bool
    minutes: int | None
    job: Job | None
    is_empty: bool

    @property
    def has_rows(self) -> bool:
        """Whether the first step is done: leads and purchases are here."""
        return self.has_leads and self.has_purchases

    @property
    def is_working(self) -> bool:
        """Whether a job is on its way."""
        return self.job is not None and self.job.state in (JobState.QUEUED, JobState.RUNNING)


def read_first_run(installation: Installation, now: datetime) -> FirstRun | None:
    """Return how far a new installation is; None once anybody is scored."""
    if CurrentScore.objects.exists():
        return None
    begun = [
        rows.order_by("created_at").values_list("created_at", flat=True).first()
        for rows in (Upload.objects.all(), Launch.objects.all())
    ]
    first = min((at for at in begun if at is not None), default=None)
    asked = Job.objects.exclude(kind__in=("score_arrivals", "retention", "pull")).order_by("-pk")
    open_job = asked.filter(state__in=(JobState.RUNNING, JobState.QUEUED)).order_by("-state", "pk").first()
    last = asked.first()
    return FirstRun(
        has_leads=Capture.objects.visible().exists(),
        has_purchases=Purchase.objects.visible().exists(),
        has_launch=Launch.objects.exists(),
        minutes=int((now - first).total_seconds() // 60) if first else None,
        job=open_job or (last if last is not None and last.state == JobState.FAILED else None),
        is_empty=not (installation.is_demo or first or Contact.objects.exists()),
    )
