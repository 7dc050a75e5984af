"""Campaigns of a launch beside each other: how many leads each brought, how hot they are, and what they paid."""

from dataclasses import dataclass, replace
from enum import StrEnum

from django.db.models import Q, Sum

from ...evaluation import shrink_rates
from ...scoring.launch_summary import SMALL_CAMPAIGN_LEADS
from ..models import Launch, LaunchDay, Spend, Tier
from ..models.launch_lead import BILLIONTHS
from .launch_figures import Rate, compute_rate, get_rollup

#: More are not shown one by one: those with the fewest leads are one line together.
MAX_CAMPAIGNS = 100


class Dimension(StrEnum):
    """What campaigns are told apart by."""

    SOURCE = "source"
    MEDIUM = "medium"
    CAMPAIGN = "campaign"
    CONTENT = "content"


class Order(StrEnum):
    """What campaigns are sorted by, the highest first."""

    LEADS = "leads"
    HOT = "hot"
    CONVERSION = "conversion"
    NET = "net"
    SPEND = "spend"


@dataclass(frozen=True)
class CampaignFigures:
    """One campaign, source, medium or content; an empty name is that of leads without one.

    Attributes
    ----------
    name
        As the UTM field has it.
    leads, scored, hot
        How many leads came by it, are scored, and are hot.
    hot_share
        Hot of the scored, shrunk to the mean of all, with the 90% interval (``shrink_rates``); None: nobody is scored.
    expected
        The buyers expected of the scored.
    judged, buyers, conversion
        Of how many it is known whether they bought, how many did, and that share.
    net_minor
        What they paid, net of refunds, in the smallest unit of the launch's currency.
    spend_minor
        What it cost, in the smallest unit of the spend's currency; None: nothing is known.
    others
        How many small campaigns this line stands for; 0: it is one.
    """

    name: str
    leads: int
    scored: int
    hot: int
    hot_share: Rate | None
    expected: float
    judged: int
    buyers: int
    conversion: Rate | None
    net_minor: int
    spend_minor: int | None = None
    others: int = 0

    @property
    def is_small(self) -> bool:
        """Whether it has too few leads for its own share to say much."""
        return self.leads < SMALL_CAMPAIGN_LEADS

    @property
    def net_per_lead(self) -> float | None:
        """What a judged lead brought, net; None while nobody is judged."""
        return self.net_minor / self.judged if self.judged else None

    @property
    def cost_per_lead(self) -> float | None:
        """What a lead cost; None where no spend is known, of leads without a name, and without a lead."""
        return self.spend_minor / self.leads if self.spend_minor is not None and self.name and self.leads else None

    @property
    def cost_per_hot(self) -> float | None:
        """What a hot lead cost; None as above, and without one."""
        return self.spend_minor / self.hot if self.spend_minor is not None and self.name and self.hot else None

    @property
    def return_on_spend(self) -> float | None:
        """What came back, net, of each unit spent; None as above, and while nobody is judged."""
        if not self.spend_minor or not self.name or not self.judged:
            return None
        return self.net_minor / self.spend_minor


@dataclass(frozen=True)
class SpendFigures:
    """What a launch cost in all.

    Attributes
    ----------
    currency
        That of its spend.
    minor
        The sum, in the currency's smallest unit.
    per_lead, per_hot
        That sum by lead and by hot lead; None without one.
    returned
        Net revenue by unit spent; None while nobody is judged, or where it was paid in another currency.
    """

    currency: str
    minor: int
    per_lead: float | None
    per_hot: float | None
    returned: float | None


def has_return(launch: Launch, spend_currency: str) -> bool:
    """Return whether what came back of a spend can be told: where the launch's revenue is in its currency."""
    return get_rollup(launch).currency in ("", spend_currency)


def read_spend_figures(launch: Launch) -> SpendFigures | None:
    """Return what a launch cost in all; None where nothing is known."""
    by_currency = Spend.objects.filter(launch=launch).values("currency").annotate(minor=Sum("amount_minor"))
    spent = by_currency.order_by("currency").first()
    if spent is None:
        return None
    rollup, minor = get_rollup(launch), int(spent["minor"])
    sums = LaunchDay.objects.filter(launch=launch).aggregate(known=Sum("judged"), net=Sum("net_minor"))
    is_known = bool(sums["known"]) and minor > 0 and has_return(launch, spent["currency"])
    return SpendFigures(
        currency=spent["currency"],
        minor=minor,
        per_lead=minor / rollup.leads if rollup.leads else None,
        per_hot=minor / rollup.hot if rollup.hot else None,
        returned=sums["net"] / minor if is_known else None,
    )


def read_campaigns(
    launch: Launch, dimension: Dimension, order: Order = Order.LEADS, text: str = ""
) -> list[CampaignFigures]:
    """Read the campaigns of a launch; ``text`` leaves those whose name has it. Leads without a name always have a line.

    The shares are shrunk to the mean of all campaigns, whichever are left.
    """
    column = f"campaign__utm_{dimension}"
    rows = (
        LaunchDay.objects.filter(launch=launch)
        .values(column)
        .annotate(
            total=Sum("leads"),
            scored=Sum("leads", filter=~Q(tier=""), default=0),
            hot=Sum("leads", filter=Q(tier=Tier.HOT), default=0),
            chances=Sum("chance"),
            known=Sum("judged"),
            bought=Sum("buyers"),
            paid=Sum("net_minor"),
        )
        .order_by("-total", column)
    )
    sums = {
        row[column]: [row[name] for name in ("total", "scored", "hot", "chances", "known", "bought", "paid")]
        for row in rows
    }
    sums.setdefault("", [0] * 7)
    spend = _read_spend(launch, column)
    for name in spend:
        sums.setdefault(name, [0] * 7)
    names = [name for name in sums if name]
    shown, rest = ["", *names[:MAX_CAMPAIGNS]], names[MAX_CAMPAIGNS:]
    counts = [(name, sums[name], spend.get(name), 0) for name in shown]
    if rest:
        together = [sum(values) for values in zip(*(sums[name] for name in rest), strict=True)]
        spent = [spend[name] for name in rest if name in spend]
        counts.append((f"({len(rest)})", together, sum(spent) if spent else None, len(rest)))
    shares = shrink_rates([row[2] for _, row, _, _ in counts], [row[1] for _, row, _, _ in counts])
    intervals = [Rate(*share) for share in shares[["rate", "low", "high"]].to_numpy().tolist()]
    campaigns = [
        replace(_build(name, row, share), spend_minor=spent, others=others)
        for (name, row, spent, others), share in zip(counts, intervals, strict=True)
    ]
    left = [row for row in campaigns if not row.name or text.casefold() in row.name.casefold()]
    return sorted(left, key=lambda row: _get_key(row, order), reverse=True)


def _read_spend(launch: Launch, column: str) -> dict[str, int]:
    """Return by name what is known of the cost, in the smallest unit of the launch's one currency of spend."""
    rows = Spend.objects.filter(launch=launch).values(column).annotate(minor=Sum("amount_minor"))
    return {row[column]: int(row["minor"]) for row in rows}


def _build(name: str, sums: list[int], share: Rate) -> CampaignFigures:
    leads, scored, hot, chances, judged, buyers, net_minor = sums
    return CampaignFigures(
        name=name,
        leads=leads,
        scored=scored,
        hot=hot,
        hot_share=share if scored else None,
        expected=chances / BILLIONTHS,
        judged=judged,
        buyers=buyers,
        conversion=compute_rate(buyers, judged),
        net_minor=net_minor,
    )


def _get_key(row: CampaignFigures, order: Order) -> float:
    if order == Order.HOT:
        return row.hot_share.value if row.hot_share else -1.0
    if order == Order.CONVERSION:
        return row.conversion.value if row.conversion else -1.0
    if order == Order.NET:
        return row.net_per_lead if row.net_per_lead is not None else float("-inf")
    if order == Order.SPEND:
        return float(row.spend_minor if row.spend_minor is not None else -1)
    return float(row.leads)
