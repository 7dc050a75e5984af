"""Credentials of programs: added, rotated and revoked by an owner; a secret is shown once."""

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from ...intake.credentials import (
    CredentialError,
    CredentialOptions,
    IssuedCredential,
    add_credential,
    revoke_credential,
    rotate_credential,
)
from ...models import Credential, Scope
from ..access import get_user, require_recent_sign_in
from ..formats import translate_error
from ..paging import read_page
from ..request_context import get_installation
from ..terms_form import TermsForm

_PAGE_ROWS = 50
_SCOPES = (
    (Scope.WRITE_LEADS.value, gettext_lazy("Send leads")),
    (Scope.WRITE_PURCHASES.value, gettext_lazy("Send purchases")),
    (Scope.WRITE_EVENTS.value, gettext_lazy("Send events")),
    (Scope.READ_LAUNCHES.value, gettext_lazy("Read launches and their counts")),
    (Scope.READ_SCORES.value, gettext_lazy("Read scores, without names and addresses")),
    (Scope.READ_CONTACTS.value, gettext_lazy("Read names, addresses and numbers beside scores")),
)


class _CredentialForm(TermsForm):
    field_order = ("name", "scopes", "ids_of", "default_country")

    name = forms.CharField(label=gettext_lazy("The program's name"), max_length=100)
    scopes = forms.MultipleChoiceField(
        label=gettext_lazy("It may"), choices=_SCOPES, widget=forms.CheckboxSelectMultiple
    )
    ids_of = forms.CharField(
        label=gettext_lazy("Who gives its ids of people"),
        max_length=20,
        help_text=gettext_lazy("Equal ids of one giver are one person: a site and its shop share a word."),
    )
    default_country = forms.RegexField(
        "^[A-Za-z]{2}$",
        label=gettext_lazy("Country of telephone numbers without a code"),
        required=False,
        help_text=gettext_lazy("Two letters, such as BR."),
    )


@require_GET
def list_credentials(request: HttpRequest) -> HttpResponse:
    """Show every credential, newest first."""
    page = read_page(Credential.objects.all(), request.GET.get("before"), _PAGE_ROWS)
    return render(request, "hub/credential_list.html", {"page": page})


@require_recent_sign_in
def create_credential(request: HttpRequest) -> HttpResponse:
    """Make a credential, and show its secrets once."""
    initial = {
        "scopes": [Scope.WRITE_LEADS.value, Scope.WRITE_PURCHASES.value, Scope.WRITE_EVENTS.value],
        "ids_of": "api",
        "default_country": get_installation(request).default_country,
    }
    form = _CredentialForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        scopes = tuple(Scope(word) for word in values["scopes"])
        options = CredentialOptions(scopes, values["default_country"], form.read_terms(), values["ids_of"])
        try:
            issued = add_credential(values["name"], options, get_user(request))
        except CredentialError as error:
            form.add_error("name", translate_error(error))
        else:
            return _show_secrets(request, issued)
    return render(request, "hub/credential_create.html", {"form": form})


@require_GET
def show_credential(request: HttpRequest, credential_id: int) -> HttpResponse:
    """Show what a credential may do and what is declared for its contacts."""
    credential = get_object_or_404(Credential, pk=credential_id)
    scopes = [label for word, label in _SCOPES if word in credential.scopes]
    page = {
        "credential": credential,
        "scopes": scopes,
        "is_for_forms": Scope.WRITE_LEADS in credential.scopes and credential.revoked_at is None,
        "address": settings.HUB_URL.rstrip("/"),
    }
    return render(request, "hub/credential_detail.html", page)


@require_POST
@require_recent_sign_in
def rotate_one(request: HttpRequest, credential_id: int) -> HttpResponse:
    """Give a credential new secrets, and show them once."""
    credential = get_object_or_404(Credential, pk=credential_id, revoked_at=None)
    return _show_secrets(request, rotate_credential(credential, get_user(request)))


@require_POST
@require_recent_sign_in
def revoke_one(request: HttpRequest, credential_id: int) -> HttpResponse:
    """End a credential."""
    credential = get_object_or_404(Credential, pk=credential_id, revoked_at=None)
    revoke_credential(credential, get_user(request))
    messages.success(request, _("Revoked. What it sent stays."))
    return redirect("credential_list")


def _show_secrets(request: HttpRequest, issued: IssuedCredential) -> HttpResponse:
    return render(request, "hub/credential_secrets.html", {"issued": issued, "address": settings.HUB_URL.rstrip("/")})
