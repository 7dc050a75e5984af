"""When everything is brought up to date by itself: every night at a time of the installation's zone, or not at all."""

from datetime import time

from django.db import transaction

from ..engine.schedules import set_schedule
from ..models import Installation, Schedule, User
from ..models.audit import record_action

UPDATE_SCHEDULE = "update"
#: At night, when nobody waits for pages.
DEFAULT_TIME = time(3)


def ensure_update_schedule() -> Schedule:
    """Return the schedule of updates, made for every night where there is none yet."""
    return Schedule.objects.filter(name=UPDATE_SCHEDULE).first() or _set(DEFAULT_TIME)


def get_update_time(schedule: Schedule) -> time:
    """Return the time of day of the schedule."""
    minute, hour = schedule.cron.split()[:2]
    return time(int(hour), int(minute))


def change_update_schedule(actor: User, *, is_active: bool, at: time) -> None:
    """Switch the nightly update on or off, or move it, and note that in the audit log.

    Parameters
    ----------
    actor
        Who changes it.
    is_active
        Whether it comes at all.
    at
        The time of day, in the installation's time zone.
    """
    with transaction.atomic():
        schedule = ensure_update_schedule()
        before = [schedule.is_active, get_update_time(schedule).isoformat("minutes")]
        after = [is_active, at.isoformat("minutes")]
        if before == after:
            return
        schedule = _set(at)
        schedule.is_active = is_active
        schedule.save(update_fields=["is_active"])
        changes = {"active": [before[0], after[0]], "at": [before[1], after[1]]}
        record_action(actor, "schedule.changed", schedule, **changes)


def move_update_schedule() -> None:
    """Let the schedule keep its time of day in another time zone of the installation."""
    _set(get_update_time(ensure_update_schedule()))


def _set(at: time) -> Schedule:
    zone = Installation.objects.get(id=1).time_zone
    return set_schedule(UPDATE_SCHEDULE, "update", {}, cron=f"{at.minute} {at.hour} * * *", time_zone=zone)
