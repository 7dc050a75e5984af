"""Leads: a launch's list, one lead, the search, and the list as a file."""

from datetime import datetime
from typing import Any, NamedTuple

from django.contrib import messages
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from ....history.identity import normalise_phone
from ...feed.reasons import ReasonWriter
from ...figures.buyers import find_buyers
from ...figures.score_steps import explain_steps
from ...models import Capture, ConsentEvent, Contact, CurrentScore, Event, Launch, Purchase, Score
from ...models.audit import record_action
from ...models.installation import hides_file_only
from ...people.identifiers import normalise_email
from ...sealing import hash_lookup
from ..access import get_user, is_allowed
from ..exporting import write_csv, write_workbook
from ..formats import get_locale
from ..lead_list import LeadRow, list_sources, read_filter, read_lead_page, select_scores
from ..masking import describe_contact
from ..paging import read_id
from ..request_context import get_installation

_TIMELINE_ROWS = 100
_HISTORY_ROWS = 50
_LIST_REASONS = 3
_WRITERS = {"csv": (write_csv, "text/csv"), "xlsx": (write_workbook, "application/vnd.ms-excel")}


class _Moment(NamedTuple):
    at: datetime
    kind: str
    row: Any


@require_GET
def list_leads(request: HttpRequest) -> HttpResponse:
    """Show the leads of a launch, hottest first; of the newest launch where none is asked for."""
    launches = list(Launch.objects.filter(archived_at=None).order_by("-cart_opens_at", "-pk"))
    asked = request.GET.get("launch", "")
    launch = next((each for each in launches if str(each.pk) == asked), launches[0] if launches else None)
    if launch is None:
        return render(request, "hub/lead_list.html", {"launches": []})
    chosen = read_filter(request.GET, launch, get_installation(request))
    found = read_lead_page(chosen, request.GET.get("before", ""))
    query = request.GET.copy()
    query.pop("before", None)
    page = {
        "launches": launches,
        "chosen": chosen,
        "sources": list_sources(launch),
        "page": found,
        "rows": [(row, describe_contact(row.contact, is_revealed=False), _list_texts(row)) for row in found.rows],
        "buyers": find_buyers(launch, [row.contact.pk for row in found.rows]),
        "query": query.urlencode(),
    }
    return render(request, "hub/lead_list.html", page)


@require_POST
def find_lead(request: HttpRequest) -> HttpResponse:
    """Lead to whoever has exactly this address, number or id; what was typed goes into no address and no log."""
    text = request.POST.get("text", "").strip()[:254]
    contact = _find_contact(text, get_installation(request).default_country) if text else None
    if contact is None or _is_hidden(request, contact):
        messages.warning(request, _("Nobody has exactly this e-mail address, phone number or id."))
        return redirect("lead_list")
    return redirect("lead_detail", contact_id=contact.pk)


@require_GET
def show_lead(request: HttpRequest, contact_id: int) -> HttpResponse:
    """Show somebody: scores and why they moved, what happened, what they agreed to."""
    return _render_lead(request, get_contact(request, contact_id), is_revealed=False)


@require_POST
def reveal_lead(request: HttpRequest, contact_id: int) -> HttpResponse:
    """Show somebody with name, address and number, and note who looked."""
    contact = get_contact(request, contact_id)
    record_action(get_user(request), "contact.revealed", contact)
    return _render_lead(request, contact, is_revealed=True)


@require_POST
def export_leads(request: HttpRequest) -> HttpResponseBase:
    """Send the list that the filters leave as CSV or Excel, and note who took how many."""
    launch = get_object_or_404(Launch, pk=read_id(request.POST.get("launch")))
    form = request.POST.get("format", "csv")
    if form not in _WRITERS:
        raise Http404
    chosen = read_filter(request.POST, launch, get_installation(request))
    write, content_type = _WRITERS[form]
    file, count = write(select_scores(chosen), get_locale())
    details = {"launch": launch.key, "tier": chosen.tier, "source": chosen.source, "rows": count, "format": form}
    record_action(get_user(request), "leads.exported", launch, **details)
    name = f"leads-{launch.key}{'-' + chosen.tier if chosen.tier else ''}.{form}"
    return FileResponse(file, as_attachment=True, filename=name, content_type=content_type)


def _render_lead(request: HttpRequest, contact: Contact, *, is_revealed: bool) -> HttpResponse:
    scores = CurrentScore.objects.filter(contact=contact).select_related("launch").order_by("-scored_at")
    earlier = Score.objects.filter(contact=contact).select_related("launch").order_by("-scored_at", "-pk")
    present, kept = list(scores), list(earlier[: _HISTORY_ROWS + 1])
    writer = ReasonWriter(get_locale())
    steps = explain_steps([*present, *kept], writer)
    consent: dict[str, ConsentEvent] = {}
    for event in ConsentEvent.objects.filter(contact=contact).order_by("occurred_at", "pk"):
        consent[event.purpose] = event
    page = {
        "contact": contact,
        "shown": describe_contact(contact, is_revealed),
        "is_revealed": is_revealed,
        "may_erase": is_allowed(get_user(request), "erasure_create"),
        "scores": [(step, writer.write_reasons(step.score)) for step in steps[: len(present)]],
        "earlier": steps[len(present) : len(present) + _HISTORY_ROWS],
        "consent": list(consent.values()),
        "timeline": _read_timeline(contact),
    }
    return render(request, "hub/lead_detail.html", page)


def _list_texts(row: LeadRow) -> list[str]:
    """Return the main reasons of a row of the list, in the reader's language."""
    if row.score is None:
        return []
    reasons = ReasonWriter(get_locale()).write_reasons(row.score)[:_LIST_REASONS]
    return [reason["text"] for reason in reasons if reason["text"]]


def _read_timeline(contact: Contact) -> list[_Moment]:
    """Return the latest things that happened, newest first."""

    def take(rows: QuerySet[Any], kind: str, column: str) -> list[_Moment]:
        newest = rows.filter(contact=contact).order_by(f"-{column}")[:_TIMELINE_ROWS]
        return [_Moment(getattr(row, column), kind, row) for row in newest]

    moments = take(Capture.objects.visible().select_related("launch"), "capture", "captured_at")
    moments += take(Purchase.objects.visible(), "purchase", "occurred_at")
    moments += take(Event.objects.visible(), "event", "occurred_at")
    return sorted(moments, key=lambda moment: moment.at, reverse=True)[:_TIMELINE_ROWS]


def get_contact(request: HttpRequest, contact_id: int) -> Contact:
    """Return a contact, or whom they became; for one that HL-7's policy hides there is nothing."""
    contact = get_object_or_404(Contact.objects.select_related("merged_into"), pk=contact_id, erased_at=None)
    contact = contact.merged_into or contact
    if _is_hidden(request, contact):
        raise Http404
    return contact


def _is_hidden(request: HttpRequest, contact: Contact) -> bool:
    return contact.came_by_file_only and hides_file_only(get_installation(request))


def _find_contact(text: str, country: str) -> Contact | None:
    contacts = Contact.objects.filter(merged_into=None, erased_at=None)
    if "@" in text:
        email = normalise_email(text)
        return contacts.filter(email_hmac=hash_lookup("email", email)).first() if email else None
    phone = normalise_phone(text, country or None)
    found = contacts.filter(phone_hmac=hash_lookup("phone", phone)).first() if phone else None
    return found or contacts.filter(pk=read_id(text) or 0).first()
