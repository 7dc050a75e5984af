"""The hosted form of a credential: a public page on which somebody leaves name and address, kept before it thanks."""

import uuid
from typing import Any

import msgspec
from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from ....scoring.online.errors import ApiError
from ...intake.api.requests import decode_rows
from ...intake.api.schemas import LEADS
from ...intake.inbox_writer import insert_items
from ...models import Credential, InboxItem, Scope
from ..request_context import PUBLIC_FRAME

#: Forms from one address, counted by each process for itself.
MAX_FORMS_A_MINUTE = 30
_limiter = FixedWindowRateLimiter(MemoryStorage())
_limit = RateLimitItemPerMinute(MAX_FORMS_A_MINUTE)
#: What the page's address may say of where somebody came from, and the longest text of each.
_FROM_ADDRESS = ("utm_source", "utm_medium", "utm_campaign", "utm_content", "utm_term", "fbclid", "gclid")
_MAX_TEXT = 500


class _CaptureForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=200, required=False)
    email = forms.EmailField(label=gettext_lazy("E-mail address"), max_length=254)
    phone = forms.CharField(label=gettext_lazy("Phone"), max_length=64, required=False)
    consent = forms.BooleanField(required=False)
    #: People do not see it; who fills it in is a program.
    website = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, credential: Credential, data: Any = None) -> None:
        super().__init__(data)
        if credential.consent_text:
            self.fields["consent"].label = credential.consent_text
        else:
            del self.fields["consent"]


def show_capture_form(request: HttpRequest, client_id: str) -> HttpResponse:
    """Show the form of a credential that may send leads, and keep what somebody sends."""
    credential = get_object_or_404(Credential, client_id=client_id, revoked_at=None)
    if Scope.WRITE_LEADS not in credential.scopes:
        return render(request, "hub/capture_closed.html", PUBLIC_FRAME, status=404)
    form = _CaptureForm(credential, request.POST or None)
    if request.method == "POST" and form.is_valid():
        if not _limiter.hit(_limit, request.META.get("REMOTE_ADDR", "")):
            form.add_error(None, _("Too many forms from here: try again in a minute."))
        elif form.cleaned_data["website"]:
            return render(request, "hub/capture_thanks.html", PUBLIC_FRAME)
        else:
            try:
                _keep(credential, form.cleaned_data, request.GET.dict())
            except ApiError as error:
                name = error.problems[0]["path"]
                form.add_error(
                    name if name in form.fields else None, _("This cannot be read: write it in full, please.")
                )
            else:
                return render(request, "hub/capture_thanks.html", PUBLIC_FRAME)
    return render(request, "hub/capture_form.html", {"form": form} | PUBLIC_FRAME)


def _keep(credential: Credential, values: dict[str, Any], query: dict[str, str]) -> None:
    """Keep a form as a lead of the credential. Raises ApiError for what cannot be one."""
    sent = {name: values[name] for name in ("name", "email", "phone") if values[name]}
    sent |= {name: query[name][:_MAX_TEXT] for name in _FROM_ADDRESS if query.get(name)}
    if query.get("launch"):
        sent["launch_id"] = query["launch"][:200]
    if "consent" in values:
        sent["consent"] = "yes" if values["consent"] else "no"
    (row,) = decode_rows(msgspec.json.encode(sent), LEADS, credential.default_country)
    item = InboxItem(
        source=LEADS.source,
        envelope_id=uuid.uuid4().hex,
        origin_id=credential.pk,
        content_type="application/json",
        body=msgspec.json.encode(row),
    )
    insert_items([item])
