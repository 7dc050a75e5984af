"""What people ask for: all that is known of them, and a review of their score."""

import json

from django import forms
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from ...errors import HubError
from ...models import ReviewRequest, ReviewState
from ...models.audit import record_action
from ...privacy.access_report import build_access_report
from ...privacy.reviews import answer_review, queue_review
from ..access import get_user
from ..formats import get_locale, translate_error
from ..masking import describe_contact
from ..paging import read_page
from .leads import get_contact

_PAGE_ROWS = 50
_ANSWERS = (
    (ReviewState.UPHELD.value, gettext_lazy("Looked at: the score stays")),
    (ReviewState.CHANGED.value, gettext_lazy("Looked at: decided otherwise")),
)


class _AnswerForm(forms.Form):
    state = forms.ChoiceField(label=gettext_lazy("Answer"), choices=_ANSWERS, widget=forms.RadioSelect)
    words = forms.CharField(
        label=gettext_lazy("Why, in words for the person"),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=5_000,
    )


@require_POST
def export_person(request: HttpRequest, contact_id: int) -> HttpResponse:
    """Send all that is known of somebody as a file, and note who took it."""
    contact = get_contact(request, contact_id)
    with transaction.atomic():
        report = build_access_report(contact, get_locale())
        record_action(get_user(request), "contact.exported", contact)
    response = HttpResponse(json.dumps(report, ensure_ascii=False, indent=1), content_type="application/json")
    response.headers["Content-Disposition"] = f'attachment; filename="lead-{contact.pk}.json"'
    return response


@require_POST
def create_review(request: HttpRequest, contact_id: int) -> HttpResponse:
    """Queue a review of somebody's score."""
    contact = get_contact(request, contact_id)
    return redirect("review_detail", review_id=queue_review(contact, get_user(request)).pk)


@require_GET
def list_reviews(request: HttpRequest) -> HttpResponse:
    """Show the reviews that people asked for, newest first."""
    page = read_page(ReviewRequest.objects.all(), request.GET.get("before"), _PAGE_ROWS)
    return render(request, "hub/review_list.html", {"page": page})


def show_review(request: HttpRequest, review_id: int) -> HttpResponse:
    """Show a review, and take its answer."""
    review = get_object_or_404(ReviewRequest.objects.select_related("contact", "answered_by"), pk=review_id)
    form = _AnswerForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        state = ReviewState(form.cleaned_data["state"])
        try:
            answer_review(review, state, form.cleaned_data["words"], get_user(request))
        except HubError as error:
            form.add_error(None, translate_error(error))
        else:
            return redirect("review_list")
    page = {"review": review, "form": form, "shown": describe_contact(review.contact, is_revealed=False)}
    return render(request, "hub/review_detail.html", page)
