"""What is kept of people, why and for how long: the record of processing, and the owner's days."""

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from ...models import AuditEntry, Installation
from ...models.audit import record_action
from ..access import get_user, is_allowed
from ..request_context import get_installation

_DAYS = ("keep_messages_days", "keep_uploads_days", "keep_job_files_days")


class _DaysForm(forms.Form):
    keep_messages_days = forms.IntegerField(
        label=gettext_lazy("Days that messages are kept as they arrived"), min_value=1, max_value=3_650
    )
    keep_uploads_days = forms.IntegerField(
        label=gettext_lazy("Days that files wait to be taken in"), min_value=1, max_value=365
    )
    keep_job_files_days = forms.IntegerField(
        label=gettext_lazy("Days that logs and tables of jobs are kept"), min_value=1, max_value=3_650
    )


@require_GET
def show_record(request: HttpRequest) -> HttpResponse:
    """Show what is kept of people, what for, on which basis and how long, and what the last night removed."""
    last = AuditEntry.objects.filter(action="retention.run").order_by("-pk").first()
    page = {
        "row": Installation.objects.get(),
        "last": last,
        "may_edit": is_allowed(get_user(request), "retention_edit"),
    }
    return render(request, "hub/privacy_record.html", page)


def edit_retention(request: HttpRequest) -> HttpResponse:
    """Change for how many days things are kept."""
    row = Installation.objects.get()
    before = {name: getattr(row, name) for name in _DAYS}
    form = _DaysForm(request.POST or None, initial=before)
    if request.method == "POST" and form.is_valid():
        changed = {name: [before[name], value] for name, value in form.cleaned_data.items() if value != before[name]}
        with transaction.atomic():
            Installation.objects.update(**form.cleaned_data)
            if changed:
                record_action(get_user(request), "retention.changed", get_installation(request), **changed)
        messages.success(request, _("Saved."))
        return redirect("privacy_record")
    return render(request, "hub/retention_edit.html", {"form": form})
