"""Launches: the list, one launch, and its form."""

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from ...clock import get_now
from ...engine.queue import enqueue_job
from ...figures.call_list import DEFAULT_CAPACITY, MAX_CAPACITY, read_call_list
from ...figures.first_run import read_first_run
from ...figures.launch_figures import compute_hot_share, describe_worth, get_rollup, has_learned_from
from ...figures.launch_suggestions import list_launch_proposals, list_products_sold
from ...figures.launches import Phase, find_phase, get_opening, list_launches
from ...figures.today import read_standing
from ...modelling.requests import request_launch_scoring
from ...models import Launch, Strategy, User
from ...models.audit import record_action
from ...models.launch_rules import MAX_LOOKED_AT, count_matches, join_matching_captures
from ..access import get_user, is_allowed
from ..launch_charts import build_cohort_chart, build_growth_chart, build_promise_chart
from ..launch_form import LaunchForm, propose_initial, read_initial
from ..request_context import get_installation, get_zone

STRATEGIES = (
    (Strategy.CLASSIC, gettext_lazy("Leads are captured, then one cart opens for all of them.")),
    (Strategy.PERPETUAL, gettext_lazy("Each lead has a number of days from its capture on.")),
    (Strategy.PAID, gettext_lazy("The buyers of an entry product are the leads of the main one.")),
)


@require_GET
def list_all(request: HttpRequest) -> HttpResponse:
    """Show the launches, the latest first."""
    now = get_now()
    rows = [
        (launch, get_rollup(launch), get_opening(launch), find_phase(launch, now), compute_hot_share(launch))
        for launch in list_launches()
    ]
    may_edit = is_allowed(get_user(request), "launch_create")
    proposals = list_launch_proposals() if may_edit else []
    page = {"launches": rows, "strategies": STRATEGIES, "may_edit": may_edit, "proposals": proposals}
    return render(request, "hub/launch_list.html", page)


@require_GET
def show_launch(request: HttpRequest, launch_id: int) -> HttpResponse:
    """Show how a launch stands, what it is expected to bring and what it brought, and how it is declared."""
    launch = get_object_or_404(Launch, pk=launch_id)
    user, zone, now = get_user(request), get_zone(request), get_now()
    standing = read_standing(launch, list_launches(), now, zone)
    asked = request.GET.get("capacity", "")
    capacity = min(int(asked), MAX_CAPACITY) if asked.isdecimal() and 0 < len(asked) < 9 else DEFAULT_CAPACITY
    charts = [build_growth_chart(standing)]
    if launch.strategy == Strategy.PERPETUAL:
        charts = [build_cohort_chart(standing.cohorts)]
    if standing.figures.scored.leads:
        charts.append(build_promise_chart(standing.figures))
    page = {
        "launch": launch,
        "standing": standing,
        "figures": standing.figures,
        "worth": describe_worth(standing.figures),
        "charts": charts,
        "call_list": read_call_list(launch, capacity or 1) if standing.phase != Phase.OVER else None,
        "capacity": capacity,
        "learned_from": has_learned_from(launch),
        "first_run": read_first_run(get_installation(request), now),
        "may_edit": is_allowed(user, "launch_edit"),
        "may_score": is_allowed(user, "launch_score"),
        "may_list": is_allowed(user, "lead_list"),
    }
    return render(request, "hub/launch_detail.html", page)


@require_POST
def score_launch(request: HttpRequest, launch_id: int) -> HttpResponse:
    """Ask for a launch's leads to be scored now, and lead to the job."""
    job = request_launch_scoring(get_object_or_404(Launch, pk=launch_id), get_user(request))
    return redirect("job_detail", job_id=job.pk)


def create_launch(request: HttpRequest, strategy: str) -> HttpResponse:
    """Make a launch of one strategy."""
    if strategy not in Strategy.values:
        raise Http404
    initial = propose_initial(request.GET.get("campaign", ""))
    return _answer_form(request, LaunchForm(Strategy(strategy), data=request.POST or None, initial=initial))


def edit_launch(request: HttpRequest, launch_id: int) -> HttpResponse:
    """Change a launch."""
    launch = get_object_or_404(Launch, pk=launch_id)
    form = LaunchForm(Strategy(launch.strategy), launch, data=request.POST or None, initial=read_initial(launch))
    return _answer_form(request, form)


def _answer_form(request: HttpRequest, form: LaunchForm) -> HttpResponse:
    """Show the form; count what its rules match where that is asked for; else keep it."""
    counts = None
    if request.method == "POST" and form.is_valid():
        if "count" not in request.POST:
            return redirect("launch_detail", launch_id=_save(form, get_user(request)).pk)
        starts_at, ends_at = form.cleaned_data["capture_starts_at"], form.cleaned_data["capture_ends_at"]
        counts = count_matches(form.rules, starts_at, ends_at, form.launch)
    page = {
        "form": form,
        "launch": form.launch,
        "strategy": form.strategy,
        "counts": counts,
        "looked_at": MAX_LOOKED_AT,
        "products": list_products_sold(),
    }
    return render(request, "hub/launch_form.html", page)


def _save(form: LaunchForm, actor: User) -> Launch:
    with transaction.atomic():
        is_new = form.launch is None
        launch = form.save()
        action = "launch.created" if is_new else "launch.changed"
        record_action(actor, action, launch, key=launch.key, fields=sorted(form.changed_data))
    join_matching_captures(launch)
    if launch.strategy == Strategy.PAID:  # whoever has bought the entry product is a lead
        enqueue_job("recount", {"launch_id": launch.pk}, created_by=actor)
    return launch
