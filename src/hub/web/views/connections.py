"""Connections: the accounts elsewhere that rows come from, and what arrived from each."""

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from ...errors import HubError
from ...intake.connections import remove_connection
from ...intake.hotmart.accounts import add_account, rotate_hottok
from ...intake.hotmart.route import PATH
from ...intake.inbox import replay_items
from ...intake.inbox_summary import MAX_COUNTED, summarize_connection, summarize_connections
from ...intake.pulls.jobs import RESOURCES
from ...models import Connection, ConnectionKind, InboxItem
from ...models.audit import record_action
from ..access import get_user, require_recent_sign_in
from ..connection_form import HotmartForm, HottokForm
from ..formats import translate_error
from ..paging import read_page
from ..request_context import get_installation
from .pulled_connections import show_pulled

_PAGE_ROWS = 50


@require_GET
def list_connections(request: HttpRequest) -> HttpResponse:
    """Show every account with what arrived from it."""
    return render(request, "hub/connection_list.html", {"summaries": summarize_connections(), "cap": MAX_COUNTED})


@require_recent_sign_in
def create_connection(request: HttpRequest) -> HttpResponse:
    """Add a Hotmart account, and show the address to paste there."""
    form = HotmartForm(request.POST or None, initial={"default_country": get_installation(request).default_country})
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            connection = add_account(
                values["name"], values["hottok"], form.read_settings(), form.read_terms(), get_user(request)
            )
        except HubError as error:
            form.add_error(None, translate_error(error))
        else:
            return redirect("connection_detail", connection_id=connection.pk)
    return render(request, "hub/connection_create.html", {"form": form})


@require_GET
def show_connection(request: HttpRequest, connection_id: int) -> HttpResponse:
    """Show an account, the address that is pasted there, and what arrived, newest first."""
    return _show(request, _get(connection_id), HottokForm())


@require_recent_sign_in
@require_POST
def rotate_one(request: HttpRequest, connection_id: int) -> HttpResponse:
    """Give an account another token."""
    connection, form = _get(connection_id), HottokForm(request.POST)
    if form.is_valid():
        try:
            rotate_hottok(connection, form.cleaned_data["hottok"], get_user(request))
        except HubError as error:
            form.add_error("hottok", translate_error(error))
        else:
            messages.success(request, _("The new hottok is taken from now on; the one before holds for a week."))
            return redirect("connection_detail", connection_id=connection.pk)
    return _show(request, connection, form)


@require_POST
def replay_one(request: HttpRequest, connection_id: int) -> HttpResponse:
    """Let what failed, or was unknown, be processed again."""
    connection = _get(connection_id)
    with transaction.atomic():
        count = replay_items(connection.kind, origin_id=connection.pk)
        record_action(get_user(request), "connection.replayed", connection, items=count)
    said = ngettext("%(count)d delivery is read again.", "%(count)d deliveries are read again.", count)
    messages.success(request, said % {"count": count})
    return redirect("connection_detail", connection_id=connection.pk)


@require_POST
@require_recent_sign_in
def remove_one(request: HttpRequest, connection_id: int) -> HttpResponse:
    """Take nothing more in from an account."""
    remove_connection(_get(connection_id), get_user(request))
    messages.success(request, _("Removed. What came stays."))
    return redirect("connection_list")


def _get(connection_id: int) -> Connection:
    return get_object_or_404(Connection, pk=connection_id, removed_at=None)


def _show(request: HttpRequest, connection: Connection, form: HottokForm) -> HttpResponse:
    if connection.kind in RESOURCES:
        return show_pulled(request, connection)
    items = InboxItem.objects.filter(source=connection.kind, origin_id=connection.pk).defer("body")
    shown = {
        "connection": connection,
        "summary": summarize_connection(connection),
        "cap": MAX_COUNTED,
        "is_hotmart": connection.kind == ConnectionKind.HOTMART,
        "address": f"{settings.HUB_URL.rstrip('/')}{PATH}",
        "page": read_page(items, request.GET.get("before"), _PAGE_ROWS),
        "form": form,
    }
    return render(request, "hub/connection_detail.html", shown)
