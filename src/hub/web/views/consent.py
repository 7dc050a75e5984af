"""Consent: recorded and taken back on a lead's page, and by people themselves, without signing in."""

from collections.abc import Sequence

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.csrf import csrf_exempt

from ...clock import get_now
from ...engine.arrivals import request_scoring
from ...models import Contact, LegalBasis, Purpose
from ...models.audit import record_action
from ...people.consent import ConsentTerms, Grant, Suppression, find_suppressions, record_consent, withdraw_consent
from ...people.consent_links import CHOSEN_PURPOSES, ConsentLinkError, build_consent_token, read_consent_token
from ..access import get_user
from ..request_context import PUBLIC_FRAME
from ..terms_form import TermsForm
from .leads import get_contact

_PURPOSES = (
    (Purpose.EMAIL_MARKETING.value, gettext_lazy("Marketing by e-mail")),
    (Purpose.PHONE_MARKETING.value, gettext_lazy("Marketing by calls, SMS and WhatsApp")),
    (Purpose.ADS_SHARING.value, gettext_lazy("Sharing with ad platforms")),
    (Purpose.PROFILING.value, gettext_lazy("Estimating what I am interested in")),
)


class _PurposesForm(forms.Form):
    purposes = forms.MultipleChoiceField(
        label=gettext_lazy("What for"), choices=_PURPOSES, widget=forms.CheckboxSelectMultiple, required=False
    )

    def read_purposes(self) -> list[Purpose]:
        """Return what is ticked."""
        return [Purpose(value) for value in self.cleaned_data["purposes"]]


def change_consent(request: HttpRequest, contact_id: int) -> HttpResponse:
    """Record what somebody agreed to, or that they took it back."""
    contact = get_contact(request, contact_id)
    is_withdrawal = "withdraw" in request.POST
    taken_back = _PurposesForm(request.POST if is_withdrawal else None)
    declared = TermsForm(request.POST if request.method == "POST" and not is_withdrawal else None)
    form = taken_back if is_withdrawal else declared
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            if is_withdrawal:
                purposes = _withdraw(contact, taken_back.read_purposes(), "page")
            else:
                purposes = _record(contact, declared.read_terms(), "page")
            if purposes:
                action = "consent.withdrawn" if is_withdrawal else "consent.recorded"
                record_action(get_user(request), action, contact, purposes=sorted(purposes))
        messages.success(request, _("Saved."))
        return redirect("lead_detail", contact_id=contact.pk)
    page = {"contact": contact, "taken_back": taken_back, "declared": declared}
    return render(request, "hub/consent_change.html", page)


def edit_preferences(request: HttpRequest, token: str) -> HttpResponse:
    """Show somebody what their data is used for, and let them change it."""
    contact, _purposes = _read(token)
    form = _PurposesForm(request.POST or None, initial={"purposes": _list_permitted(contact)})
    if request.method == "POST" and form.is_valid():
        wanted = form.read_purposes()
        with transaction.atomic():
            before = _list_permitted(contact)
            _withdraw(contact, [purpose for purpose in CHOSEN_PURPOSES if purpose not in wanted], "preferences")
            for purpose in wanted:
                if purpose not in before:
                    words = str(dict(_PURPOSES)[purpose.value])
                    terms = ConsentTerms(purpose, LegalBasis.CONSENT, words, "preferences")
                    _record(contact, terms, "preferences")
        return render(request, "hub/consent_done.html", {"token": token} | PUBLIC_FRAME)
    return render(request, "hub/consent_preferences.html", {"form": form} | PUBLIC_FRAME)


@csrf_exempt  # mail programs send it with one click, without a cookie (RFC 8058); the token is signed
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """Take back what a mail's link is for. A program that only looks at links changes nothing."""
    contact, purposes = _read(token)
    if request.method == "POST":
        with transaction.atomic():
            _withdraw(contact, purposes, "unsubscribe")
        return render(request, "hub/consent_done.html", {"token": build_consent_token(contact)} | PUBLIC_FRAME)
    return render(request, "hub/consent_unsubscribe.html", {"token": build_consent_token(contact)} | PUBLIC_FRAME)


def _read(token: str) -> tuple[Contact, Sequence[Purpose]]:
    try:
        return read_consent_token(token)
    except ConsentLinkError:
        raise Http404 from None


def _list_permitted(contact: Contact) -> list[Purpose]:
    """Return the purposes in force; the score is one until somebody objects."""
    suppressed = {purpose: find_suppressions([contact.pk], purpose).get(contact.pk) for purpose in CHOSEN_PURPOSES}
    return [
        purpose
        for purpose, reason in suppressed.items()
        if reason is None or (purpose == Purpose.PROFILING and reason == Suppression.NO_BASIS)
    ]


def _withdraw(contact: Contact, purposes: Sequence[Purpose], source: str) -> list[Purpose]:
    withdrawn = withdraw_consent(contact, purposes, source)
    if Purpose.PROFILING in withdrawn:
        request_scoring([contact.pk])
    return withdrawn


def _record(contact: Contact, terms: ConsentTerms | None, source: str) -> list[Purpose]:
    if terms is None:
        return []
    now = get_now()
    record_consent(terms, [Grant(contact, now, source, f"{source} {contact.pk} {now.isoformat()}".encode())], source)
    if terms.purpose == Purpose.PROFILING:
        request_scoring([contact.pk])
    return [terms.purpose]
