"""What an owner needs to know today: what is wrong, how the launch under way stands, and what to do now."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, Q

from ..models import Job, JobState, Launch, LaunchDay, Purpose, StoredFigures, Tier, Upload, UploadState
from ..people.consent import Reachable, count_reachable
from .day_counts import read_day_counts
from .launch_figures import MODEL_KEY, LaunchFigures, read_launch_figures
from .launches import Phase, choose_current, find_phase, find_previous, get_opening, list_launches
from .trend import Cohort, GrowthPoint, build_growth, build_weekly_cohorts, count_since, find_point

#: A launch that captures, and has no new lead for so many days, has a source that may be broken.
STALE_DAYS = 3
#: New leads are those of today and the days before, so many in all.
NEW_DAYS = 7
MAX_TASKS = 3
#: Whoever owns the product is not scored, so that a few leads never are.
MAX_UNSCORED = 0.05
_JOB_DAYS = timedelta(days=7)


class Alert(NamedTuple):
    """Something that is wrong: ``failed_job``, ``stale_source`` or ``weak_model``; ``subject`` is what it is about."""

    code: str
    subject: Job | Launch | None = None
    number: int = 0


class Task(NamedTuple):
    """Something to do now, with the number of leads, files or captures that it is about."""

    code: str
    number: int


@dataclass(frozen=True)
class LaunchToday:
    """The launch under way.

    Attributes
    ----------
    launch, phase, figures
        Which one, how far it is, and its figures.
    days_to_opening
        Days until it begins to sell, by the calendar; negative afterwards, None where no date is known.
    new_leads, new_hot
        Those who came in the last seven days.
    growth, before
        Its growth by day, and that of the launch before it.
    cohorts
        Its leads by week.
    previous, then
        The launch before it, and what that had on the same day.
    """

    launch: Launch
    phase: Phase
    figures: LaunchFigures
    days_to_opening: int | None
    new_leads: int
    new_hot: int
    growth: list[GrowthPoint]
    cohorts: list[Cohort]
    before: list[GrowthPoint]
    previous: Launch | None
    then: GrowthPoint | None

    @property
    def was_scored_before(self) -> bool:
        """Whether the launch before it had scores: without them it had no hot leads to compare with."""
        return any(point.hot for point in self.before)


@dataclass(frozen=True)
class Today:
    """What an owner needs to know.

    Attributes
    ----------
    alerts
        What is wrong.
    launch
        The launch under way; None: there is no launch.
    hot_reach
        How many of its hot leads may be written to by e-mail, and why the others may not.
    tasks
        What to do, the most urgent first.
    """

    alerts: list[Alert]
    launch: LaunchToday | None
    hot_reach: Reachable | None
    tasks: list[Task]


def read_today(now: datetime, zone: ZoneInfo) -> Today:
    """Read what an owner needs to know at an instant, with days of a time zone."""
    launches = list_launches()
    current = choose_current(launches, now)
    standing = read_standing(current, launches, now, zone) if current else None
    hot_reach = count_reachable(current, Tier.HOT, Purpose.EMAIL_MARKETING) if current else None
    tasks = _list_tasks(standing, hot_reach)[:MAX_TASKS]
    return Today(_list_alerts(standing, now, zone), standing, hot_reach, tasks)


def read_standing(launch: Launch, launches: list[Launch], now: datetime, zone: ZoneInfo) -> LaunchToday:
    """Read how a launch stands, beside the one before it on the same day."""
    today, opening = now.astimezone(zone).date(), get_opening(launch)
    days = (opening.astimezone(zone).date() - today).days if opening else None
    previous = find_previous(launch, launches)
    counts = read_day_counts(launch)
    before = build_growth(previous, read_day_counts(previous), zone, now) if previous else []
    new_leads, new_hot = count_since(counts, today - timedelta(days=NEW_DAYS - 1))
    return LaunchToday(
        launch=launch,
        phase=find_phase(launch, now),
        figures=read_launch_figures(launch, counts),
        days_to_opening=days,
        new_leads=new_leads,
        new_hot=new_hot,
        growth=build_growth(launch, counts, zone, now),
        before=before,
        previous=previous,
        cohorts=build_weekly_cohorts(counts),
        then=find_point(before, -days) if days is not None else None,
    )


def _list_alerts(standing: LaunchToday | None, now: datetime, zone: ZoneInfo) -> list[Alert]:
    alerts = [Alert("failed_job", job) for job in _find_failed_jobs(now)]
    if standing is not None and standing.phase == Phase.CAPTURING:
        last = LaunchDay.objects.filter(launch=standing.launch).order_by("-day").values_list("day", flat=True).first()
        days = (now.astimezone(zone).date() - last).days if last else 0
        if days >= STALE_DAYS:
            alerts.append(Alert("stale_source", standing.launch, days))
    stored = StoredFigures.objects.filter(key=MODEL_KEY).first()
    if stored is not None and stored.values["quality"]["grade"] == "weak":
        alerts.append(Alert("weak_model"))
    return alerts


def _find_failed_jobs(now: datetime) -> list[Job]:
    """Return of each kind the last job of the week, where it failed: no job of its kind ended after it."""
    failed = Job.objects.filter(state=JobState.FAILED, ended_at__gte=now - _JOB_DAYS).order_by("ended_at", "pk")
    last = dict(failed.values_list("kind", "pk"))
    is_later = Q(ended_at__gt=OuterRef("ended_at")) | Q(ended_at=OuterRef("ended_at"), pk__gt=OuterRef("pk"))
    later = Job.objects.filter(is_later, kind=OuterRef("kind"), ended_at__gte=OuterRef("ended_at"))
    jobs = Job.objects.filter(~Exists(later), pk__in=last.values()).only("kind", "state", "ended_at")
    return list(jobs.order_by("ended_at", "pk"))


def _list_tasks(standing: LaunchToday | None, hot_reach: Reachable | None) -> list[Task]:
    waiting = Upload.objects.filter(state__in=(UploadState.RECEIVED, UploadState.CHECKED)).count()
    tasks = [Task("uploads", waiting)]
    if standing is None or hot_reach is None:
        return [task for task in (*tasks, Task("make_launch", 1)) if task.number]
    figures, is_running = standing.figures, standing.phase in (Phase.CAPTURING, Phase.SELLING)
    if is_running:
        unscored = figures.rollup.leads - figures.scored.leads
        tasks.append(Task("score", unscored if unscored > MAX_UNSCORED * figures.rollup.leads else 0))
        tasks.append(Task("write", hot_reach.permitted))
        tasks.append(Task("basis", hot_reach.without_basis))
        unknown = figures.rollup.captures - figures.rollup.with_utm_campaign
        tasks.append(Task("campaigns", unknown if "utm_campaign" in figures.missing_fields else 0))
    if standing.phase == Phase.OVER:
        tasks.append(Task("sales", figures.scored.leads if not figures.scored.judged else 0))
        tasks.append(Task("make_launch", 1))
    return [task for task in tasks if task.number > 0]
