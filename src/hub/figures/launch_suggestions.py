"""What the form of a launch can propose: campaigns whose leads belong to no launch yet, products that were sold."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import takewhile
from typing import NamedTuple

from django.db.models import Count, Max, Min

from ..models import Capture, Purchase

#: The latest rows alone are looked at, so that a form costs the same in a large installation.
_LATEST_ROWS = 20_000
_MIN_CAPTURES = 20
_MAX_CAMPAIGNS, _MAX_LAUNCHES, _MAX_PRODUCTS = 200, 12, 20
#: Campaigns are of one launch where so much of the longer one's time is the other's too.
_MIN_OVERLAP = 0.5
#: What the names of a launch's campaigns have in common, up to a separator.
_COMMON = re.compile(r".{2,}[-_ .:|/]")


class CampaignSpan(NamedTuple):
    """A campaign of captures that belong to no launch: how many, the first and the last."""

    campaign: str
    captures: int
    first: datetime
    last: datetime


class LaunchProposal(NamedTuple):
    """Campaigns of one time whose captures belong to no launch: the launch that they may be.

    Attributes
    ----------
    name
        What the campaigns' names begin with, or that of the largest.
    campaigns
        Their names, the largest first.
    rules
        The values of utm_campaign that match them: their common beginning with a star, or each.
    captures, first, last
        How many captures they have, and the times of the first and the last.
    is_alone
        Whether no other campaign of no launch has captures in its time.
    """

    name: str
    campaigns: list[str]
    rules: list[str]
    captures: int
    first: datetime
    last: datetime
    is_alone: bool


def list_launch_proposals() -> list[LaunchProposal]:
    """Return the launches that the captures of no launch may be, by the times of their campaigns; the latest first."""
    spans = _list_campaigns_without_launch()
    groups: list[list[CampaignSpan]] = []
    for span in spans:  # the largest first, so that it sets the time of its group
        group = next((group for group in groups if _share_time(group[0], span) >= _MIN_OVERLAP), None)
        if group is None:
            groups.append([span])
        else:
            group.append(span)
    proposals = [_propose_launch(group, [span for span in spans if span not in group]) for group in groups]
    return sorted(proposals, key=lambda proposal: (proposal.last, proposal.captures), reverse=True)[:_MAX_LAUNCHES]


def _list_campaigns_without_launch() -> list[CampaignSpan]:
    """Return the campaigns of enough captures that no launch has, the largest first."""
    latest = Capture.objects.visible().filter(launch=None).exclude(utm_campaign="").newest(_LATEST_ROWS)
    spans = (
        latest.values_list("utm_campaign")
        .annotate(captures=Count("pk"), first=Min("captured_at"), last=Max("captured_at"))
        .filter(captures__gte=_MIN_CAPTURES)
        .order_by("-captures", "utm_campaign")
    )
    return [CampaignSpan(*span) for span in spans[:_MAX_CAMPAIGNS]]


def _share_time(one: CampaignSpan, other: CampaignSpan) -> float:
    """Return which share of the longer span's time is the other's too."""
    shared = min(one.last, other.last) - max(one.first, other.first)
    return shared / max(one.last - one.first, other.last - other.first, timedelta(hours=1))


def _propose_launch(group: list[CampaignSpan], others: list[CampaignSpan]) -> LaunchProposal:
    names = [span.campaign for span in group]
    first, last = min(span.first for span in group), max(span.last for span in group)
    begins = _find_beginning(names) if len(names) > 1 else ""
    is_own = bool(begins) and not any(span.campaign.lower().startswith(begins.lower()) for span in others)
    return LaunchProposal(
        name=begins.rstrip("-_ .:|/") if is_own else names[0],
        campaigns=names,
        rules=[f"{begins}*"] if is_own else names,
        captures=sum(span.captures for span in group),
        first=first,
        last=last,
        is_alone=not any(span.first <= last and span.last >= first for span in others),
    )


def _find_beginning(names: Sequence[str]) -> str:
    """Return what all names begin with, up to a separator; empty where that is nothing."""
    pairs = zip(min(names), max(names), strict=False)
    common = _COMMON.match("".join(one for one, _other in takewhile(lambda pair: pair[0] == pair[1], pairs)))
    return common.group() if common else ""


class ProductSold(NamedTuple):
    """A product of the latest rows of sales: how many rows, and the highest price of one, by which it is known."""

    product: str
    rows: int
    highest: int | None
    currency: str


def list_products_sold() -> list[ProductSold]:
    """Return the products of the latest rows of sales, the most sold first."""
    latest = Purchase.objects.visible().exclude(product_id="").newest(_LATEST_ROWS)
    counted = latest.values_list("product_id").annotate(
        rows=Count("pk"), highest=Max("amount_minor"), of_currency=Max("currency")
    )
    return [ProductSold(*row) for row in counted.order_by("-rows", "product_id")[:_MAX_PRODUCTS]]
