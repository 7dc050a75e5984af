"""Possible duplicates: shown, merged by hand, and parted again."""

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from ...engine.arrivals import request_scoring
from ...models import Contact, ContactMerge
from ...models.audit import record_action
from ...models.installation import hides_file_only
from ...people.duplicates import list_possible_duplicates
from ...people.merging import MergeError, merge_contacts, undo_merge
from ..access import get_user
from ..masking import describe_contact
from ..paging import read_id
from ..request_context import get_installation

_GROUPS = 50
_MERGES = 50


@require_GET
def list_duplicates(request: HttpRequest) -> HttpResponse:
    """Show contacts that share a number, and the latest merges."""
    found = list_possible_duplicates(_GROUPS, hides_file_only=hides_file_only(get_installation(request)))
    groups = [
        (duplicate, [(contact, describe_contact(contact, is_revealed=False)) for contact in duplicate.contacts])
        for duplicate in found
    ]
    merges = ContactMerge.objects.order_by("-pk")[:_MERGES]
    return render(request, "hub/duplicate_list.html", {"groups": groups, "merges": merges})


@require_POST
def merge_two(request: HttpRequest) -> HttpResponse:
    """Merge two contacts that somebody says are one person."""
    ids = {found for text in request.POST.getlist("contact") if (found := read_id(text)) is not None}
    if len(ids) != 2:
        messages.warning(request, _("Choose two contacts to merge."))
        return redirect("duplicate_list")
    with transaction.atomic():
        contacts = list(Contact.objects.select_for_update().filter(pk__in=ids).order_by("pk"))
        if len(contacts) != 2:
            raise Http404
        try:
            kept, merged = merge_contacts(contacts[0], contacts[1], reason="by_hand")
        except MergeError:
            messages.warning(request, _("These two are one contact already, or one of them was erased."))
            return redirect("duplicate_list")
        record_action(get_user(request), "contact.merged", kept, merged=merged.pk)
        request_scoring([kept.pk])
    messages.success(request, _("Merged. What arrives for either of them is one person's now."))
    return redirect("duplicate_list")


@require_POST
def undo_one(request: HttpRequest, merge_id: int) -> HttpResponse:
    """Part two contacts again."""
    with transaction.atomic():
        merge = get_object_or_404(ContactMerge.objects.select_for_update(), pk=merge_id)
        try:
            kept, merged = undo_merge(merge)
        except MergeError:
            messages.warning(request, _("One of the two was merged again since: undo the later merge first."))
            return redirect("duplicate_list")
        record_action(get_user(request), "contact.merge_undone", kept, merged=merged.pk)
        request_scoring([kept.pk, merged.pk])
    messages.success(request, _("Undone. Each row is with whom it arrived for."))
    return redirect("duplicate_list")
