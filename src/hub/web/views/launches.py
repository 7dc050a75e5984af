"""Launches: the list, one launch, and its form."""

from typing import Any

from django.db import transaction
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from ...modelling.requests import request_launch_scoring
from ...models import AuditEntry, Capture, Launch, LaunchRollup, Role, Strategy, User
from ...models.launch_rules import join_matching_captures, select_captures
from ..access import get_user, is_allowed
from ..launch_form import LaunchForm, read_initial
from ..request_context import get_installation
from .installation import PolicyForm, propose_policy

_UTM_FIELDS = ("utm_source", "utm_medium", "utm_campaign", "utm_content", "utm_term")
#: Below this share a field is named as missing: campaigns are compared by it.
_ENOUGH_COVERAGE = 0.8
_MAX_COUNT = 10_000
_STRATEGIES = (
    (Strategy.CLASSIC, gettext_lazy("Leads are captured, then one cart opens for all of them.")),
    (Strategy.PERPETUAL, gettext_lazy("Each lead has a number of days from its capture on.")),
    (Strategy.PAID, gettext_lazy("The buyers of an entry product are the leads of the main one.")),
)


@require_GET
def show_home(request: HttpRequest) -> HttpResponse:
    """Show the launches; a seller sees their tasks, of which there are none yet."""
    user = get_user(request)
    if user.role == Role.SELLER:
        return render(request, "hub/seller_home.html")
    launches = Launch.objects.filter(archived_at=None).select_related("rollup").order_by("-cart_opens_at", "-pk")
    page: dict[str, Any] = {"launches": [(launch, _get_rollup(launch)) for launch in launches]}
    page |= {"strategies": _STRATEGIES, "may_edit": is_allowed(user, "launch_create")}
    if is_allowed(user, "installation_settings") and not get_installation(request).csv_lead_policy:
        proposal = propose_policy()
        page |= {"question": PolicyForm(initial={"csv_lead_policy": proposal.value}), "proposal": proposal}
    return render(request, "hub/launch_list.html", page)


@require_GET
def show_launch(request: HttpRequest, launch_id: int) -> HttpResponse:
    """Show a launch's counts, its coverage by UTM fields and how it is declared."""
    launch = get_object_or_404(Launch, pk=launch_id)
    rollup = _get_rollup(launch)
    coverage = [
        (name, getattr(rollup, f"with_{name}"), getattr(rollup, f"with_{name}") / rollup.captures)
        for name in _UTM_FIELDS
        if rollup.captures
    ]
    missing = [name for name, _count, share in coverage if share < _ENOUGH_COVERAGE]
    scored = rollup.hot + rollup.warm + rollup.cold
    user = get_user(request)
    page = {
        "launch": launch,
        "rollup": rollup,
        "scored": scored,
        "hot_share": rollup.hot / scored if scored else None,
        "coverage": coverage,
        "missing": missing,
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
    return _answer_form(request, LaunchForm(Strategy(strategy), data=request.POST or None))


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
        counts = _count_matches(form)
    page = {"form": form, "launch": form.launch, "strategy": form.strategy, "counts": counts}
    return render(request, "hub/launch_form.html", page)


def _count_matches(form: LaunchForm) -> dict[str, int]:
    """Return how many captures the rules match, of how many people, and how many another launch has; each capped."""
    values = form.cleaned_data
    matching = select_captures(form.rules, values["capture_starts_at"], values["capture_ends_at"])
    capped = Capture.objects.filter(pk__in=matching.values("pk")[:_MAX_COUNT])
    others = capped.exclude(launch=None).exclude(launch=form.launch) if form.launch else capped.exclude(launch=None)
    counted = capped.aggregate(captures=Count("pk"), people=Count("contact", distinct=True))
    return {**counted, "others": others.count(), "cap": _MAX_COUNT}


def _save(form: LaunchForm, actor: User) -> Launch:
    with transaction.atomic():
        is_new = form.launch is None
        launch = form.save()
        AuditEntry.objects.create(
            actor=actor,
            action="launch.created" if is_new else "launch.changed",
            subject_type="launch",
            subject_id=str(launch.pk),
            details={"key": launch.key, "fields": sorted(form.changed_data)},
        )
    join_matching_captures(launch)
    return launch


def _get_rollup(launch: Launch) -> LaunchRollup:
    try:
        return launch.rollup
    except LaunchRollup.DoesNotExist:
        return LaunchRollup(launch=launch)
