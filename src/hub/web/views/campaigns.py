"""Campaigns beside each other, and that table as a file."""

import csv
import io
from collections.abc import Sequence
from decimal import Decimal

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from ....jobs.formulas import is_formula
from ...clock import get_now
from ...figures.campaigns import (
    CampaignFigures,
    Dimension,
    Order,
    SpendFigures,
    has_return,
    read_campaigns,
    read_spend_figures,
)
from ...figures.launch_figures import get_rollup
from ...figures.launches import choose_current, list_launches
from ...models import Launch
from ...models.audit import record_action
from ...money import convert_from_minor
from ..access import get_user, is_allowed
from ..formats import fill_sentence, format_number, format_share, mark_figure
from ..paging import read_id

_DIMENSIONS = (
    (Dimension.SOURCE.value, gettext_lazy("Source")),
    (Dimension.MEDIUM.value, gettext_lazy("Medium")),
    (Dimension.CAMPAIGN.value, gettext_lazy("Campaign")),
    (Dimension.CONTENT.value, gettext_lazy("Content")),
)
_ORDERS = (
    (Order.LEADS.value, gettext_lazy("Leads")),
    (Order.HOT.value, gettext_lazy("Share hot")),
    (Order.CONVERSION.value, gettext_lazy("Conversion")),
    (Order.NET.value, gettext_lazy("Net a lead")),
    (Order.SPEND.value, gettext_lazy("Spend")),
)
_COLUMNS = (
    *("name", "leads", "scored", "hot", "hot_share", "hot_share_low", "hot_share_high", "expected_buyers", "judged"),
    *("buyers", "conversion", "net_revenue", "net_per_lead", "currency"),
    *("spend", "cost_per_lead", "cost_per_hot_lead", "return_on_spend", "spend_currency"),
)


@require_GET
def list_campaigns(request: HttpRequest) -> HttpResponse:
    """Show the campaigns of a launch; of the one under way where none is asked for."""
    launches = list_launches()
    asked = request.GET.get("launch", "")
    launch = next((row for row in launches if str(row.pk) == asked), None) or choose_current(launches, get_now())
    if launch is None:
        return render(request, "hub/campaign_list.html", {"launches": []})
    dimension, order, text = _read_choice(request.GET)
    rows = read_campaigns(launch, dimension, order, text)
    spend = read_spend_figures(launch)
    currency = get_rollup(launch).currency
    page = {
        "spend": spend,
        "has_return": spend is not None and has_return(launch, spend.currency),
        "may_spend": is_allowed(get_user(request), "spend_edit"),
        "launches": launches,
        "launch": launch,
        "currency": currency,
        "dimensions": _DIMENSIONS,
        "orders": _ORDERS,
        "dimension": dimension,
        "order": order,
        "text": text,
        "rows": rows,
        "finding": _describe(rows),
        "may_export": is_allowed(get_user(request), "campaign_export"),
    }
    return render(request, "hub/campaign_list.html", page)


@require_POST
def export_campaigns(request: HttpRequest) -> HttpResponse:
    """Send the table that is shown as CSV, and note who took it."""
    launch = get_object_or_404(Launch, pk=read_id(request.POST.get("launch")))
    dimension, order, text = _read_choice(request.POST)
    rows = read_campaigns(launch, dimension, order, text)
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(_COLUMNS)
    spend = read_spend_figures(launch)
    writer.writerows(_build_row(row, launch, spend) for row in rows)
    details = {"launch": launch.key, "by": dimension.value, "rows": len(rows)}
    record_action(get_user(request), "campaigns.exported", launch, **details)
    name = f"campaigns-{launch.key}-{dimension}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(file.getvalue().encode("utf-8-sig"), content_type="text/csv; charset=utf-8", headers=headers)


def _read_choice(query: QueryDict) -> tuple[Dimension, Order, str]:
    by, order = query.get("by", ""), query.get("order", "")
    return (
        Dimension(by) if by in list(Dimension) else Dimension.CAMPAIGN,
        Order(order) if order in list(Order) else Order.LEADS,
        query.get("text", "").strip()[:100].replace("\0", ""),
    )


def _describe(rows: list[CampaignFigures]) -> str:
    """Say which of the larger ones is hottest, and how sure that is."""
    large = [row for row in rows if row.name and not row.others and not row.is_small and row.hot_share]
    if not large:
        return _("No campaign has enough scored leads yet to be compared.")
    best = max(large, key=lambda row: row.hot_share.value if row.hot_share else 0.0)
    assert best.hot_share is not None
    words = {
        "name": best.name,
        **{
            word: mark_figure(format_share(getattr(best.hot_share, end)), name)
            for word, end, name in (
                ("share", "value", "share-hot-of-a-campaign"),
                ("low", "low", "share-hot-of-a-campaign low"),
                ("high", "high", "share-hot-of-a-campaign high"),
            )
        },
        "leads": mark_figure(format_number(best.scored), "scored"),
    }
    sentence = _(
        "“%(name)s” is the hottest of the larger ones: %(share)s of %(leads)s scored leads (%(low)s to %(high)s)."
    )
    return fill_sentence(sentence, words)


def _build_row(row: CampaignFigures, launch: Launch, spend: SpendFigures | None) -> list[object]:
    currency, spend_currency = get_rollup(launch).currency, spend.currency if spend else ""
    share = row.hot_share or (None, None, None)
    net = _convert((row.net_minor, row.net_per_lead), currency)
    cost = _convert((row.spend_minor, row.cost_per_lead, row.cost_per_hot), spend_currency)
    return [
        f"'{row.name}" if is_formula(row.name) else row.name,
        *(row.leads, row.scored, row.hot, *share, row.expected, row.judged, row.buyers),
        row.conversion.value if row.conversion else None,
        *net,
        currency,
        *cost,
        row.return_on_spend if has_return(launch, spend_currency) else None,
        spend_currency,
    ]


def _convert(amounts: Sequence[float | None], currency: str) -> list[Decimal | None]:
    return [None if minor is None else convert_from_minor(round(minor), currency) for minor in amounts]
