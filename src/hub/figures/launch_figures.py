"""The figures of one launch: how many leads, how hot, what they are expected to bring, and what they brought."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from django.db.models import Sum

from ...evaluation import compute_wilson_interval
from ...scoring import TIERS
from ...scoring.forecast import compute_count_interval, estimate_launch_spread
from ..models import Launch, LaunchDay, LaunchRollup, StoredFigures
from ..models.launch_lead import BILLIONTHS, CAMPAIGN_FIELDS, UTM_FIELDS
from .day_counts import DayCounts
from .launches import get_opening

_SUMS = ("leads", "chance", "variance", "judged", "buyers", "net_minor")
#: Below this share of captures a UTM field is named as missing.
ENOUGH_COVERAGE = 0.8
#: Of ``StoredFigures``.
MODEL_KEY, RELIABILITY_KEY, DRIFT_KEY = "model", "reliability", "drift"


class Rate(NamedTuple):
    """A share with its 90% interval (Wilson's)."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class TierFigures:
    """A tier of a launch, or ``all`` of its scored leads.

    Attributes
    ----------
    tier
        hot, warm, cold or all.
    leads
        How many.
    expected, low, high
        The buyers expected of them, with the 90% interval of ``scoring.forecast_buyers``.
    judged
        Those of them of whom it is known whether they bought.
    buyers
        How many of those bought.
    conversion
        Their share; None while nobody is judged.
    net_minor
        What they paid, net of refunds, in the smallest unit of the launch's currency.
    """

    tier: str
    leads: int
    expected: float
    low: int
    high: int
    judged: int
    buyers: int
    conversion: Rate | None
    net_minor: int

    @property
    def net_per_lead(self) -> float | None:
        """What a judged lead brought, net; None while nobody is judged."""
        return self.net_minor / self.judged if self.judged else None


class Outcome(NamedTuple):
    """What came of all leads of a launch, scored or not: judged, buyers, their share, and what they paid, net."""

    judged: int
    buyers: int
    conversion: Rate | None
    net_minor: int


class Worth(NamedTuple):
    """What a buyer pays, net, and in which launch that was seen."""

    minor: float
    currency: str
    seen_in: Launch


@dataclass(frozen=True)
class LaunchFigures:
    """The figures of a launch as its page has them.

    Attributes
    ----------
    rollup
        Its totals.
    tiers
        hot, warm, cold, and all that are scored.
    hot_share
        Hot of the scored; None where nobody is scored.
    coverage
        By UTM field the captures in which it is filled, and their share.
    worth
        What a buyer is taken to pay; None where no launch has shown it yet.
    outcome
        What came of all its leads, those without a score too.
    """

    rollup: LaunchRollup
    tiers: list[TierFigures]
    hot_share: Rate | None
    coverage: list[tuple[str, int, float]]
    worth: Worth | None
    outcome: Outcome

    @property
    def scored(self) -> TierFigures:
        """All that are scored."""
        return self.tiers[-1]

    @property
    def missing_fields(self) -> list[str]:
        """The UTM fields that too many captures lack, of those that campaigns are compared by."""
        return [name for name, _count, share in self.coverage if share < ENOUGH_COVERAGE and name in CAMPAIGN_FIELDS]


def get_rollup(launch: Launch) -> LaunchRollup:
    """Return a launch's totals; zeros where nothing was counted yet."""
    try:
        return launch.rollup
    except LaunchRollup.DoesNotExist:
        return LaunchRollup(launch=launch)


def read_launch_figures(launch: Launch, counts: list[DayCounts]) -> LaunchFigures:
    """Read the figures of a launch whose counts by day and tier are known."""
    rollup, spread = get_rollup(launch), read_spread()
    scored = [row for row in counts if row.tier]
    by_tier = {tier: _sum_counts([row for row in scored if row.tier == tier]) for tier in TIERS}
    by_tier["all"] = _sum_counts(scored)
    outcome = _build_outcome(_sum_counts(counts))
    return LaunchFigures(
        rollup,
        [_build_tier(tier, values, spread) for tier, values in by_tier.items()],
        compute_rate(rollup.hot, by_tier["all"]["leads"]),
        [
            (name, getattr(rollup, f"with_{name}"), getattr(rollup, f"with_{name}") / rollup.captures)
            for name in UTM_FIELDS
            if rollup.captures
        ],
        read_worth(launch, outcome),
        outcome,
    )


def read_scored_figures(launches: Iterable[Launch]) -> dict[int, TierFigures]:
    """Read the figures of all scored leads of several launches, by launch, in as many queries as for one."""
    spread, ids = read_spread(), [launch.pk for launch in launches]
    totals = {f"total_{name}": Sum(name) for name in _SUMS}
    rows = LaunchDay.objects.filter(launch__in=ids, tier__in=TIERS).values("launch").annotate(**totals)
    sums = {pk: dict(zip(_SUMS, values, strict=True)) for pk, *values in rows.values_list("launch", *totals)}
    return {pk: _build_tier("all", sums.get(pk, dict.fromkeys(_SUMS, 0)), spread) for pk in ids}


def compute_hot_share(launch: Launch) -> float | None:
    """Return hot of the scored leads of a launch; None where nobody is scored."""
    rollup = get_rollup(launch)
    scored = rollup.hot + rollup.warm + rollup.cold
    return rollup.hot / scored if scored else None


def describe_worth(figures: LaunchFigures) -> dict[str, int | str | Launch] | None:
    """Return the revenue expected of all scored leads, its interval, and what a buyer was taken to pay."""
    worth, scored = figures.worth, figures.scored
    if worth is None or not scored.leads:
        return None
    amounts = {"expected": scored.expected, "low": scored.low, "high": scored.high, "buyer": 1}
    minor = {name: round(buyers * worth.minor) for name, buyers in amounts.items()}
    return {**minor, "currency": worth.currency, "seen_in": worth.seen_in}


def has_learned_from(launch: Launch) -> bool:
    """Return whether the champion was trained on a launch: its scores there are no forecast."""
    stored = StoredFigures.objects.filter(key=MODEL_KEY).first()
    return stored is not None and launch.key in stored.values["learned_from"]


def compute_rate(part: int, whole: int) -> Rate | None:
    """Return a share with its interval; None of nothing."""
    if not whole:
        return None
    low, high = compute_wilson_interval(part, whole)
    return Rate(part / whole, float(low), float(high))


def read_spread() -> float:
    """Return how far launches stray from the forecast: by the champion's card, as stored, or before any model."""
    stored = StoredFigures.objects.filter(key=MODEL_KEY).first()
    return float(stored.values["spread"]) if stored else estimate_launch_spread({})


def read_worth(launch: Launch, outcome: Outcome) -> Worth | None:
    """Return what a buyer paid in this launch or, before anybody bought, in the latest one of the same product."""
    currency = get_rollup(launch).currency
    if outcome.buyers and currency:
        return Worth(outcome.net_minor / outcome.buyers, currency, launch)
    others = Launch.objects.filter(product_id=launch.product_id).exclude(pk=launch.pk).select_related("rollup")
    for seen_in in sorted(others, key=lambda other: (get_opening(other) or other.created_at, other.pk), reverse=True):
        currency = get_rollup(seen_in).currency
        if not currency:
            continue
        sums = LaunchDay.objects.filter(launch=seen_in).aggregate(bought=Sum("buyers"), net=Sum("net_minor"))
        if sums["bought"]:
            return Worth(sums["net"] / sums["bought"], currency, seen_in)
    return None


def _sum_counts(counts: Iterable[DayCounts]) -> dict[str, int]:
    rows = list(counts)
    return {name: sum(getattr(row, name) for row in rows) for name in _SUMS}


def _build_outcome(sums: dict[str, int]) -> Outcome:
    judged, buyers = sums["judged"], sums["buyers"]
    return Outcome(judged, buyers, compute_rate(buyers, judged), sums["net_minor"])


def _build_tier(tier: str, sums: dict[str, int], spread: float) -> TierFigures:
    expected, variance = sums["chance"] / BILLIONTHS, sums["variance"] / BILLIONTHS
    low, high = compute_count_interval(expected, variance, sums["leads"], spread)
    return TierFigures(
        tier=tier,
        leads=sums["leads"],
        expected=expected,
        low=low,
        high=high,
        judged=sums["judged"],
        buyers=sums["buyers"],
        conversion=compute_rate(sums["buyers"], sums["judged"]),
        net_minor=sums["net_minor"],
    )
