"""What was spent on a launch's campaigns: brought as a file, or typed, and removed."""

import tempfile
from pathlib import Path

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from ....history.errors import HistoryError
from ...figures.campaigns import read_spend_figures
from ...figures.launch_figures import get_rollup
from ...intake.spend import SpendError, SpendRow, check_row, find_currency, read_spend, remove_spend, store_spend
from ...models import Launch, Spend
from ..access import get_user
from ..documents import DocumentField, store_document
from ..formats import format_date, format_money, format_number, translate_error
from ..paging import read_page
from ..request_context import get_installation

_PAGE_ROWS = 50
_MAX_NAME = 500
_CURRENCY = "^[A-Za-z]{3}$"


class SpendFileForm(forms.Form):
    """A file of spend."""

    document = DocumentField(
        label=gettext_lazy("File of spend"),
        help_text=gettext_lazy(
            "Columns date, source, medium, campaign, content, currency and amount; exports of ad platforms are known. "
            "A day that comes again is replaced."
        ),
    )
    file_currency = forms.RegexField(
        _CURRENCY, label=gettext_lazy("Currency of amounts that name none"), required=False
    )


class SpendForm(forms.Form):
    """What one campaign cost on one day."""

    day = forms.DateField(label=gettext_lazy("Day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    amount = forms.DecimalField(label=gettext_lazy("Amount"), min_value=0, max_digits=15, decimal_places=3)
    currency = forms.RegexField(_CURRENCY, label=gettext_lazy("Currency"), help_text=gettext_lazy("Such as BRL."))
    utm_campaign = forms.CharField(
        label=gettext_lazy("Campaign"),
        max_length=_MAX_NAME,
        required=False,
        help_text=gettext_lazy("As the links name it (utm_campaign). Empty: the launch as a whole."),
    )
    utm_source = forms.CharField(label=gettext_lazy("Source"), max_length=_MAX_NAME, required=False)
    utm_medium = forms.CharField(label=gettext_lazy("Medium"), max_length=_MAX_NAME, required=False)
    utm_content = forms.CharField(label=gettext_lazy("Content"), max_length=_MAX_NAME, required=False)


def edit_spend(request: HttpRequest, launch_id: int) -> HttpResponse:
    """Show what a launch cost, and take in a file or one typed row."""
    launch = get_object_or_404(Launch, pk=launch_id)
    currency = find_currency(launch) or get_rollup(launch).currency
    is_file = request.method == "POST" and "typed" not in request.POST
    is_typed = request.method == "POST" and "typed" in request.POST
    file_form = SpendFileForm(
        request.POST if is_file else None, request.FILES if is_file else None, initial={"file_currency": currency}
    )
    form = SpendForm(request.POST if is_typed else None, initial={"currency": currency})
    sent = file_form if is_file else form
    if request.method == "POST" and sent.is_valid():
        try:
            rows = _read_file(request, file_form) if is_file else [_read_typed(form)]
            kept = store_spend(launch, rows, get_user(request), "file" if is_file else "typed")
        except (HistoryError, SpendError) as error:
            sent.add_error("document" if is_file else "amount", translate_error(error))
        else:
            messages.success(request, _("%(rows)s rows of spend are kept.") % {"rows": format_number(kept)})
            return redirect("spend_edit", launch_id=launch.pk)
    page = {
        "launch": launch,
        "file_form": file_form,
        "form": form,
        "spend": read_spend_figures(launch),
        "page": read_page(
            Spend.objects.filter(launch=launch).select_related("campaign"), request.GET.get("before"), _PAGE_ROWS
        ),
    }
    return render(request, "hub/spend_edit.html", page)


@require_POST
def remove_one(request: HttpRequest, spend_id: int) -> HttpResponse:
    """Remove one row of spend, and say what it was: it can be typed again."""
    spend = get_object_or_404(Spend.objects.select_related("campaign", "launch"), pk=spend_id)
    remove_spend(spend, get_user(request))
    words = {
        "amount": format_money(spend.amount_minor, spend.currency),
        "day": format_date(spend.day),
        "campaign": spend.campaign.utm_campaign or _("no UTM"),
    }
    messages.success(request, _("Removed: %(amount)s of %(day)s, %(campaign)s. To undo it, type it again.") % words)
    return redirect("spend_edit", launch_id=spend.launch_id)


def _read_typed(form: SpendForm) -> SpendRow:
    values = form.cleaned_data
    fields = tuple(values[f"utm_{name}"].strip() for name in ("source", "medium", "campaign", "content"))
    return check_row(SpendRow(values["day"], fields, values["currency"].upper(), values["amount"]))


def _read_file(request: HttpRequest, form: SpendFileForm) -> list[SpendRow]:
    values = form.cleaned_data
    with tempfile.TemporaryDirectory() as folder:
        path = store_document(values["document"], Path(folder))
        return read_spend(path, get_installation(request).time_zone, values["file_currency"].upper())
