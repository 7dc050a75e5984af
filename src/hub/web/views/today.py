"""The first page: what is wrong, how the launch under way stands, and what to do now."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from ...clock import get_now
from ...figures.first_run import read_first_run
from ...figures.today import LaunchToday, Task, read_today
from ...intake.inbox_summary import measure_freshness
from ...models import Role
from ..access import get_user, is_allowed
from ..launch_charts import build_growth_chart
from ..request_context import get_installation, get_zone
from .installation import PolicyForm, propose_policy
from .launches import STRATEGIES

#: Where each task is done, and the page's name by which its roles are known.
_PAGES = {
    "uploads": "upload_list",
    "score": "launch_detail",
    "write": "lead_list",
    "basis": "upload_create",
    "campaigns": "launch_detail",
    "sales": "upload_create",
    "make_launch": "launch_list",
}


@require_GET
def show_today(request: HttpRequest) -> HttpResponse:
    """Show what an owner needs to know today; a seller sees their tasks, of which there are none yet."""
    user = get_user(request)
    if user.role == Role.SELLER:
        return render(request, "hub/seller_home.html")
    now = get_now()
    today, first_run = read_today(now, get_zone(request)), read_first_run(get_installation(request), now)
    is_new = first_run is not None and not first_run.has_leads
    page: dict[str, Any] = {
        "today": today,
        "standing": today.launch,
        "freshness": measure_freshness(),
        "date": timezone.localtime(now),
        "tasks": [
            (task, _build_link(task, today.launch)) for task in today.tasks if is_allowed(user, _PAGES[task.code])
        ],
        "may_see_jobs": is_allowed(user, "job_list"),
        "may_edit": is_allowed(user, "launch_create"),
        "strategies": STRATEGIES,
        "first_run": first_run,
        "may_start_demo": is_allowed(user, "demo_start"),
    }
    if today.launch is not None:
        page["chart"] = build_growth_chart(today.launch)
    if not is_new and is_allowed(user, "installation_settings") and not get_installation(request).csv_lead_policy:
        proposal = propose_policy()
        page |= {"question": PolicyForm(initial={"csv_lead_policy": proposal.value}), "proposal": proposal}
    return render(request, "hub/today.html", page)


def _build_link(task: Task, standing: LaunchToday | None) -> str:
    name = _PAGES[task.code]
    if standing is None or name not in ("launch_detail", "lead_list"):
        return reverse(name)
    if name == "launch_detail":
        return reverse(name, args=[standing.launch.pk])
    return f"{reverse(name)}?{urlencode({'launch': standing.launch.pk, 'tier': 'hot'})}"
