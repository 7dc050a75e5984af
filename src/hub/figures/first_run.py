"""How far a new installation is on its way to the first scores: three steps, what is done, and what runs."""

from dataclasses import dataclass
from datetime import datetime

from ..models import Capture, Contact, CurrentScore, Installation, Job, JobState, Launch, Purchase, Upload
from .launches import Phase, find_phase


@dataclass(frozen=True)
class FirstRun:
    """The way to the first scores.

    Attributes
    ----------
    has_leads, has_purchases
        What of the files is here.
    has_past_launch, has_next_launch
        Whether there is a launch to learn from, which is over, and one to score.
    minutes
        How long ago the first of it was: the first upload or launch; None: nothing yet.
    job
        What runs or waits, or failed last; None: nothing was asked for.
    is_empty
        Whether a demonstration may still be made here.
    """

    has_leads: bool
    has_purchases: bool
    has_past_launch: bool
    has_next_launch: bool
    minutes: int | None
    job: Job | None
    is_empty: bool

    @property
    def has_rows(self) -> bool:
        """Whether the first step is done: leads and purchases are here."""
        return self.has_leads and self.has_purchases

    @property
    def has_launches(self) -> bool:
        """Whether the second step is done: there is a launch to learn from, and one to score."""
        return self.has_past_launch and self.has_next_launch

    @property
    def may_learn(self) -> bool:
        """Whether there is something to learn from."""
        return self.has_rows and self.has_past_launch

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
    are_over = {find_phase(launch, now) == Phase.OVER for launch in Launch.objects.all()}
    return FirstRun(
        has_leads=Capture.objects.visible().exists(),
        has_purchases=Purchase.objects.visible().exists(),
        has_past_launch=True in are_over,
        has_next_launch=False in are_over,
        minutes=int((now - first).total_seconds() // 60) if first else None,
        job=open_job or (last if last is not None and last.state == JobState.FAILED else None),
        is_empty=not (installation.is_demo or first or Contact.objects.exists()),
    )
