"""Is it right? The model's card in plain words; and how the base evolves."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from ...figures.base import list_tier_counts, read_flows
from ...figures.quality import read_drift, read_model_figures, read_reliability
from ..access import get_user, is_allowed
from ..formats import get_locale
from ..model_charts import (
    build_base_chart,
    build_reliability_chart,
    build_window_chart,
    describe_flow,
    describe_model,
    list_moves,
)

_SHOWN_FLOWS = 3


@require_GET
def show_quality(request: HttpRequest) -> HttpResponse:
    """Show what the model promised of launches that it had not seen, and what came."""
    model, drift, user = read_model_figures(), read_drift(), get_user(request)
    page: dict[str, Any] = {
        "model": model,
        "drift": drift,
        "may_judge": is_allowed(user, "judgement_create"),
        "may_update": is_allowed(user, "job_update"),
    }
    if model is not None:
        page |= {"chart": build_window_chart(model), "finding": describe_model(model)}
        page["reliability"] = build_reliability_chart(read_reliability())
    if drift is not None:
        page["words"] = drift.texts[get_locale()]
    return render(request, "hub/quality.html", page)


@require_GET
def show_base(request: HttpRequest) -> HttpResponse:
    """Show the tiers of each launch's leads, and who moved between them."""
    counts = list_tier_counts()
    flows = [(flow, describe_flow(flow), list_moves(flow)) for flow in read_flows()[:_SHOWN_FLOWS]]
    return render(request, "hub/base_tiers.html", {"chart": build_base_chart(counts), "counts": counts, "flows": flows})
