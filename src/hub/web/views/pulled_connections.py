"""Connections that are pulled: added, tested, asked at once, and what was pulled, when and until where."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from ...connectors.errors import UnavailableError
from ...errors import HubError
from ...figures.recurring_revenue import read_recurring_revenue
from ...intake.pulls.accounts import add_activecampaign, add_hotmart_api, choose_lists
from ...intake.pulls.jobs import RESOURCES, TestedAccount, check_connection, request_pull
from ...models import Connection, ConnectionKind
from ..access import get_user, require_recent_sign_in
from ..connection_form import ActiveCampaignForm, HotmartApiForm
from ..formats import translate_error
from ..request_context import get_installation


@require_recent_sign_in
def create_hotmart_api(request: HttpRequest) -> HttpResponse:
    """Add a Hotmart account by its credentials."""
    form = HotmartApiForm(request.POST or None, initial={"default_country": get_installation(request).default_country})
    if request.method == "POST" and form.is_valid():
        try:
            connection = add_hotmart_api(
                form.cleaned_data["name"],
                form.read_credentials(),
                form.read_pulls(),
                form.read_settings(),
                form.read_terms(),
                get_user(request),
            )
        except HubError as error:
            form.add_error(None, translate_error(error))
        else:
            return redirect("connection_detail", connection_id=connection.pk)
    return render(request, "hub/connection_create_pulled.html", {"form": form, "title": _("Pull a Hotmart account")})


@require_recent_sign_in
def create_activecampaign(request: HttpRequest) -> HttpResponse:
    """Add an ActiveCampaign account."""
    initial = {"default_country": get_installation(request).default_country}
    form = ActiveCampaignForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            connection = add_activecampaign(
                values["name"],
                values["url"],
                values["api_key"],
                form.read_pulls(),
                form.read_terms(),
                get_user(request),
            )
        except HubError as error:
            form.add_error(None, translate_error(error))
        else:
            return redirect("connection_detail", connection_id=connection.pk)
    title = _("Pull an ActiveCampaign account")
    return render(request, "hub/connection_create_pulled.html", {"form": form, "title": title})


@require_POST
def pull_one(request: HttpRequest, connection_id: int) -> HttpResponse:
    """Ask for a pull at once, and show its job."""
    return redirect("job_detail", job_id=request_pull(_get(connection_id), get_user(request)).pk)


@require_POST
def check_one(request: HttpRequest, connection_id: int) -> HttpResponse:
    """Ask an account who it is, and show its lists where it has such."""
    connection = _get(connection_id)
    try:
        tested = check_connection(connection)
    except (HubError, UnavailableError) as error:
        messages.error(request, translate_error(error))
        return redirect("connection_detail", connection_id=connection.pk)
    messages.success(request, _("The credentials are right."))
    return show_pulled(request, connection, tested)


@require_POST
def choose_lists_of_one(request: HttpRequest, connection_id: int) -> HttpResponse:
    """Take the contacts of the chosen lists of an ActiveCampaign account from now on."""
    connection = _get(connection_id, ConnectionKind.ACTIVECAMPAIGN)
    lists = [number for number in request.POST.getlist("lists") if number.isdigit()]
    choose_lists(connection, lists, get_user(request))
    messages.success(request, _("The next pull takes the contacts of these lists."))
    return redirect("connection_detail", connection_id=connection.pk)


def show_pulled(request: HttpRequest, connection: Connection, tested: TestedAccount | None = None) -> HttpResponse:
    """Show an account, what was pulled of it, and what it says of itself where it was asked."""
    pulls = {pull.resource: pull for pull in connection.pulls.all()}
    shown = {
        "connection": connection,
        "resources": [(resource, pulls.get(resource)) for resource in RESOURCES[connection.kind]],
        "tested": tested,
        "recurring": read_recurring_revenue(connection),
        "is_activecampaign": connection.kind == ConnectionKind.ACTIVECAMPAIGN,
    }
    return render(request, "hub/connection_pulled.html", shown)


def _get(connection_id: int, *kinds: str) -> Connection:
    return get_object_or_404(Connection, pk=connection_id, kind__in=kinds or RESOURCES, removed_at=None)
