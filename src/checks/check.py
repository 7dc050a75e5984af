"""All checks of a history, one after another."""

from datetime import datetime

from ..history import History, Launch
from .attribution import check_attribution
from .context import CheckContext
from .duplicates import check_duplicates
from .finding import CheckResult
from .gaps import check_gaps
from .launch_shifts import check_launch_shifts
from .launches import check_launches
from .leakage import check_leakage
from .purchases import check_amounts, check_statuses
from .time_zones import check_time_zones


def check_history(history: History, launch: Launch | None = None, *, now: datetime | None = None) -> list[CheckResult]:
    """What a careful analyst would look at first, with what was seen and found; ``now`` defaults to the clock's.

    With ``launch``, of the launches that one alone is judged, by those that opened before it.
    """
    with history.connect() as con:
        material = CheckContext(history, con, launch)
        return [
            check_launches(material),
            check_gaps(material, now),
            check_time_zones(material),
            check_duplicates(material),
            check_statuses(material),
            check_amounts(material),
            check_attribution(material),
            check_leakage(material),
            check_launch_shifts(material),
        ]
