"""All checks of a history, one after another."""

from datetime import datetime

from ..history import History, Launch
from .gaps import check_days
from .finding import Checked
from .leakage import check_future
from .time_zones import check_hours
from .launches import check_launches
from .context import Material
from .duplicates import check_people
from .purchases import check_money, check_statuses
from .launch_shifts import check_shifts
from .attribution import check_tracking


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
