"""All checks of a history, one after another."""

from datetime import datetime

from ..history import History, Launch
from .days import check_days
from .finding import Checked
from .future import check_future
from .hours import check_hours
from .launches import check_launches
from .material import Material
from .people import check_people
from .purchases import check_money, check_statuses
from .shifts import check_shifts
from .tracking import check_tracking


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
