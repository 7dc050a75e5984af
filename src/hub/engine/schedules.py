"""Schedules: jobs that come again, at the times of a cron expression in a time zone."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from croniter import croniter
from croniter.croniter import CroniterBadCronError
from django.db import transaction

from ..clock import get_now
from ..errors import HubError
from ..models import Job, Schedule
from .kinds import Options, get_kind
from .queue import enqueue_job


def set_schedule(name: str, kind: str, options: Options, *, cron: str, time_zone: str = "UTC") -> Schedule:
    """Make a schedule, or change the one of this name. Raises HubError for what is no cron expression or time zone."""
    get_kind(kind)
    changes = {
        "kind": kind,
        "options": dict(options),
        "cron": cron,
        "time_zone": time_zone,
        "next_run_at": compute_next_run(cron, time_zone, get_now()),
    }
    return Schedule.objects.update_or_create(name=name, defaults=changes)[0]


def compute_next_run(cron: str, time_zone: str, after: datetime) -> datetime:
    """Return the first instant of a cron expression after another one, in UTC."""
    try:
        local = after.astimezone(ZoneInfo(time_zone))
        following: datetime = croniter(cron, local).get_next(datetime)
    except (ZoneInfoNotFoundError, ValueError) as error:
        if isinstance(error, CroniterBadCronError):
            raise HubError(f"{cron!r} is no cron expression; five fields such as 0 6 * * 1 are") from None
        raise HubError(f"there is no time zone {time_zone!r}; use an IANA name such as America/Sao_Paulo") from None
    return following.astimezone(UTC)


def enqueue_due_schedules() -> list[Job]:
    """Ask for the jobs of all schedules that are due, once however many workers look; runs that were missed are one."""
    now = get_now()
    if not Schedule.objects.filter(is_active=True, next_run_at__lte=now).exists():
        return []
    jobs = []
    with transaction.atomic():
        due = Schedule.objects.select_for_update(skip_locked=True).filter(is_active=True, next_run_at__lte=now)
        for schedule in due:
            key = f"schedule:{schedule.pk}:{schedule.next_run_at.isoformat()}"
            jobs.append(enqueue_job(schedule.kind, schedule.options, idempotency_key=key))
            schedule.next_run_at = compute_next_run(schedule.cron, schedule.time_zone, now)
            schedule.save(update_fields=["next_run_at"])
    return jobs
