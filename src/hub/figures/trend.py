"""How a launch grows: leads and hot leads from day to day, beside the launch before it; and by week."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Q, Sum

from ..models import Launch, LaunchDay, Tier
from .launch_figures import Rate, compute_rate
from .launches import get_opening


@dataclass(frozen=True)
class GrowthPoint:
    """The leads, and the hot ones, up to the end of a day.

    Attributes
    ----------
    offset
        Days after the day on which the cart opens; negative before it.
    leads, hot
        How many came until then.
    """

    offset: int
    leads: int
    hot: int


@dataclass(frozen=True)
class Cohort:
    """The leads of one week, which begins on a Monday."""

    week: date
    leads: int
    hot: int
    judged: int
    buyers: int
    conversion: Rate | None


def read_growth(launch: Launch, zone: ZoneInfo, until: datetime) -> list[GrowthPoint]:
    """Return a point for each day from the first lead to the cart's opening, or to the day of ``until``."""
    opening = get_opening(launch)
    rows = list(_sum_days(launch))
    if not rows or opening is None:
        return []
    opens = opening.astimezone(zone).date()
    last = min(until.astimezone(zone).date(), max(opens, rows[-1][0]))
    by_day = {day: (leads, hot) for day, leads, hot, _judged, _buyers in rows}
    points: list[GrowthPoint] = []
    leads = hot = 0
    day = rows[0][0]
    while day <= last:
        new, new_hot = by_day.get(day, (0, 0))
        leads, hot = leads + new, hot + new_hot
        points.append(GrowthPoint((day - opens).days, leads, hot))
        day += timedelta(days=1)
    return points


def find_point(points: list[GrowthPoint], offset: int) -> GrowthPoint | None:
    """Return what a launch had at the end of a day; None before its first lead."""
    earlier = [point for point in points if point.offset <= offset]
    return earlier[-1] if earlier else None


def count_since(launch: Launch, day: date) -> tuple[int, int]:
    """Return the leads, and the hot ones, who came on a day or later."""
    sums = LaunchDay.objects.filter(launch=launch, day__gte=day).aggregate(
        total=Sum("leads", default=0), hot=Sum("leads", filter=Q(tier=Tier.HOT), default=0)
    )
    return sums["total"], sums["hot"]


def read_weekly_cohorts(launch: Launch) -> list[Cohort]:
    """Return the leads of each week, what is known of who bought, the latest week first."""
    weeks: dict[date, list[int]] = {}
    for day, *counts in _sum_days(launch):
        sums = weeks.setdefault(day - timedelta(days=day.weekday()), [0, 0, 0, 0])
        weeks[day - timedelta(days=day.weekday())] = [a + b for a, b in zip(sums, counts, strict=True)]
    return [
        Cohort(week, leads, hot, judged, buyers, compute_rate(buyers, judged))
        for week, (leads, hot, judged, buyers) in sorted(weeks.items(), reverse=True)
    ]


def _sum_days(launch: Launch) -> list[tuple[date, int, int, int, int]]:
    rows = (
        LaunchDay.objects.filter(launch=launch)
        .values("day")
        .annotate(
            total=Sum("leads"), hot=Sum("leads", filter=Q(tier=Tier.HOT)), known=Sum("judged"), bought=Sum("buyers")
        )
    )
    return [(row["day"], row["total"], row["hot"] or 0, row["known"], row["bought"]) for row in rows.order_by("day")]
