"""All checks of a history, one after another."""

from datetime import datetime

from checks.days import check_days
from checks.finding import Checked
from checks.future import check_future
from checks.hours import check_hours
from checks.launches import check_launches
from checks.material import Material
from checks.people import check_people
from checks.purchases import check_money, check_statuses
from checks.shifts import check_shifts
from checks.tracking import check_tracking
from history import History, Launch


def check_history(history: History, launch: Launch | None = None, *, now: datetime | None = None) -> list[Checked]:
    """What a careful analyst would look at first, with what was seen and found; ``now`` defaults to the clock's.

    With ``launch``, of the launches that one alone is judged, by those that opened before it.
    """
    with history.connect() as con:
        material = Material(history, con, launch)
        return [
            check_launches(material),
            check_days(material, now),
            check_hours(material),
            check_people(material),
            check_statuses(material),
            check_money(material),
            check_tracking(material),
            check_future(material),
            check_shifts(material),
        ]
