"""What the form of a launch can propose: campaigns whose leads belong to no launch yet, products that were sold."""

from datetime import datetime
from typing import NamedTuple

from django.db.models import Count, Max, Min

from ..models import Capture, Purchase

#: The latest rows alone are looked at, so that a form costs the same in a large installation.
_LATEST_ROWS = 20_000
_MIN_CAPTURES = 20
_MAX_CAMPAIGNS, _MAX_PRODUCTS = 12, 20


class CampaignSpan(NamedTuple):
    """A campaign of captures that belong to no launch: how many, the first and the last."""

    campaign: str
    captures: int
    first: datetime
    last: datetime


def list_campaigns_without_launch() -> list[CampaignSpan]:
    """Return the campaigns of enough captures that no launch has, the latest first."""
    latest = Capture.objects.visible().filter(launch=None).exclude(utm_campaign="").newest(_LATEST_ROWS)
    spans = (
        latest.values_list("utm_campaign")
        .annotate(captures=Count("pk"), first=Min("captured_at"), last=Max("captured_at"))
        .filter(captures__gte=_MIN_CAPTURES)
        .order_by("-last", "utm_campaign")
    )
    return [CampaignSpan(*span) for span in spans[:_MAX_CAMPAIGNS]]


def list_products_sold() -> list[tuple[str, int]]:
    """Return the products of the latest rows of sales, each with its number of rows; the most sold first."""
    latest = Purchase.objects.visible().exclude(product_id="").newest(_LATEST_ROWS)
    counted = latest.values_list("product_id").annotate(rows=Count("pk"))
    return list(counted.order_by("-rows", "product_id")[:_MAX_PRODUCTS])
