"""Launches: the list, one launch, and its form."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from ...models import Launch, Role
from ..access import get_user, is_allowed
from ..request_context import get_installation
from .installation import PolicyForm, propose_policy


@require_GET
def show_home(request: HttpRequest) -> HttpResponse:
    """Show the launches; a seller sees their tasks, of which there are none yet."""
    user = get_user(request)
    if user.role == Role.SELLER:
        return render(request, "hub/seller_home.html")
    launches = Launch.objects.filter(archived_at=None).select_related("rollup").order_by("-cart_opens_at", "-pk")
    page = {"launches": launches, "may_edit": is_allowed(user, "launch_create")}
    if is_allowed(user, "installation_settings") and not get_installation(request).csv_lead_policy:
        proposal = propose_policy()
        page |= {"question": PolicyForm(initial={"csv_lead_policy": proposal.value}), "proposal": proposal}
    return render(request, "hub/launch_list.html", page)
