"""The nightly update: whether it comes, and at what time."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from ...modelling.update_schedule import change_update_schedule, ensure_update_schedule, get_update_time
from ..access import get_user


class UpdatesForm(forms.Form):
    """Whether everything is brought up to date by itself, and when."""

    is_active = forms.BooleanField(label=gettext_lazy("Check, train and score every night"), required=False)
    at = forms.TimeField(label=gettext_lazy("At"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))


def build_updates_form() -> UpdatesForm:
    """Return the form with what is in force."""
    schedule = ensure_update_schedule()
    return UpdatesForm(initial={"is_active": schedule.is_active, "at": get_update_time(schedule)})


@require_POST
def change_updates(request: HttpRequest) -> HttpResponse:
    """Change the nightly update."""
    form = UpdatesForm(request.POST)
    if form.is_valid():
        values = form.cleaned_data
        change_update_schedule(get_user(request), is_active=values["is_active"], at=values["at"])
        messages.success(request, _("Saved."))
    else:
        messages.error(request, _("Give a time of day, such as 03:00."))
    return redirect("installation_settings")
