"""Erasure: the question before it, and the receipts."""

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET

from ...engine.queue import enqueue_job
from ...models import Contact, Erasure
from ...privacy.erasure import start_erasure
from ...privacy.receipts import describe_erasure
from ..access import get_user, require_recent_sign_in
from ..masking import describe_contact
from ..paging import read_page

_PAGE_ROWS = 50


@require_recent_sign_in
def create_erasure(request: HttpRequest, contact_id: int) -> HttpResponse:
    """Ask whether somebody is to be erased, and begin with it."""
    contact = get_object_or_404(Contact.objects.select_related("merged_into"), pk=contact_id, erased_at=None)
    contact = contact.merged_into or contact
    if request.method == "POST":
        with transaction.atomic():
            erasure = start_erasure(contact, get_user(request))
            enqueue_job(
                "erase",
                {"erasure_id": erasure.pk},
                idempotency_key=f"erase:{erasure.pk}",
                created_by=get_user(request),
            )
        return redirect("erasure_detail", erasure_id=erasure.pk)
    page = {"contact": contact, "shown": describe_contact(contact, is_revealed=False)}
    return render(request, "hub/erasure_create.html", page)


@require_GET
def list_erasures(request: HttpRequest) -> HttpResponse:
    """Show the receipts, newest first."""
    page = read_page(Erasure.objects.all(), request.GET.get("before"), _PAGE_ROWS)
    return render(request, "hub/erasure_list.html", {"page": page})


@require_GET
def show_erasure(request: HttpRequest, erasure_id: int) -> HttpResponse:
    """Show the receipt of one erasure."""
    erasure = get_object_or_404(Erasure, pk=erasure_id)
    return render(request, "hub/erasure_detail.html", {"erasure": erasure, "receipt": describe_erasure(erasure)})
