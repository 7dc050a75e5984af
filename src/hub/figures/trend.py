"""How a launch grows: leads and hot leads from day to day, beside the launch before it; and by week."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from ..models import Launch, Tier
from .day_counts import DayCounts
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


def build_growth(launch: Launch, counts: list[DayCounts], zone: ZoneInfo, until: datetime) -> list[GrowthPoint]:
    """Return a point for each day from a launch's first lead to the cart's opening, or to the day of ``until``."""
    opening = get_opening(launch)
    if not counts or opening is None:
        return []
    opens = opening.astimezone(zone).date()
    last = min(until.astimezone(zone).date(), max(opens, counts[-1].day))
    new: Counter[date] = Counter()
    new_hot: Counter[date] = Counter()
    for row in counts:
        new[row.day] += row.leads
        new_hot[row.day] += row.leads if row.tier == Tier.HOT else 0
    points: list[GrowthPoint] = []
    leads = hot = 0
    day = counts[0].day
    while day <= last:
        leads, hot = leads + new[day], hot + new_hot[day]
        points.append(GrowthPoint((day - opens).days, leads, hot))
        day += timedelta(days=1)
    return points


def find_point(points: list[GrowthPoint], offset: int) -> GrowthPoint | None:
    """Return what a launch had at the end of a day; None before its first lead."""
    earlier = [point for point in points if point.offset <= offset]
    return earlier[-1] if earlier else None


def count_since(counts: list[DayCounts], day: date) -> tuple[int, int]:
    """Return the leads, and the hot ones, who came on a day or later."""
    recent = [row for row in counts if row.day >= day]
    return sum(row.leads for row in recent), sum(row.leads for row in recent if row.tier == Tier.HOT)


def build_weekly_cohorts(counts: list[DayCounts]) -> list[Cohort]:
    """Return the leads of each week, what is known of who bought, the latest week first."""
    weeks: defaultdict[date, list[DayCounts]] = defaultdict(list)
    for row in counts:
        weeks[row.day - timedelta(days=row.day.weekday())].append(row)
    return [_build_cohort(week, weeks[week]) for week in sorted(weeks, reverse=True)]


def _build_cohort(week: date, counts: list[DayCounts]) -> Cohort:
    judged, buyers = sum(row.judged for row in counts), sum(row.buyers for row in counts)
    leads, hot = count_since(counts, week)
    return Cohort(week, leads, hot, judged, buyers, compute_rate(buyers, judged))
