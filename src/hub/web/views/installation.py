"""The installation's settings, and the question that the first run asks (HL-7)."""

import re
import zoneinfo
from collections.abc import Mapping

from babel import Locale
from babel.core import get_global
from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from phonenumbers import SUPPORTED_REGIONS

from ...engine.queue import enqueue_job
from ...modelling.update_schedule import move_update_schedule
from ...models import CsvLeadPolicy, Installation, Purchase, User
from ...models.audit import record_action
from ..access import get_user
from ..formats import get_locale
from .updates import build_updates_form

_POLICIES = (
    (
        CsvLeadPolicy.LISTED.value,
        gettext_lazy("Listed: they are shown, opened and exported like all others"),
    ),
    (
        CsvLeadPolicy.AGGREGATE.value,
        gettext_lazy("Only in counts and charts: nobody sees or exports a single one of them"),
    ),
)


class PolicyForm(forms.Form):
    """What is shown of leads that came by a file only."""

    csv_lead_policy = forms.ChoiceField(
        label=gettext_lazy("Leads that came by a file only"), choices=_POLICIES, widget=forms.RadioSelect
    )


class PlaceFields(forms.Form):
    """Where the business is: what times and telephone numbers mean that do not say it themselves."""

    time_zone = forms.ChoiceField(label=gettext_lazy("Time zone"))
    default_country = forms.ChoiceField(
        label=gettext_lazy("Country of telephone numbers without a code"), required=False
    )

    def __init__(self, *arguments: object, **options: object) -> None:
        super().__init__(*arguments, **options)  # type: ignore[arg-type]
        self.fields["time_zone"].choices = [(name, name) for name in _list_time_zones()]  # type: ignore[attr-defined]
        self.fields["default_country"].choices = _list_countries()  # type: ignore[attr-defined]


class _SettingsForm(PolicyForm, PlaceFields):
    field_order = ("csv_lead_policy", "time_zone", "default_country")


def propose_place(request: HttpRequest) -> dict[str, str]:
    """Return the country that the browser's language names, or that of most who read the page's; and its time zone.

    Where a country has several zones, hub.js proposes the browser's own.
    """
    named = re.match(r"[A-Za-z]{2,3}-([A-Za-z]{2})\b", request.headers.get("Accept-Language", ""))
    country = named[1].upper() if named else {"pt_BR": "BR"}.get(get_locale(), "")
    zones = {"BR": ["America/Sao_Paulo"]}.get(country) or get_global("territory_zones").get(country, [])
    place = {"default_country": country} if country in dict(_list_countries()) else {}
    return place | ({"time_zone": zones[0]} if len(zones) == 1 and zones[0] in _list_time_zones() else {})


def propose_policy() -> CsvLeadPolicy:
    """Return what is proposed: listed where all purchases are the owner's own."""
    has_others = Purchase.objects.visible().exclude(seller_id="").exists()
    return CsvLeadPolicy.AGGREGATE if has_others else CsvLeadPolicy.LISTED


def edit_settings(request: HttpRequest) -> HttpResponse:
    """Show and change the installation's settings; the first run sends its answer here too."""
    row = Installation.objects.get(id=1)
    proposal = propose_policy()
    answers_question = request.POST.get("only") == "policy"
    initial = {
        "csv_lead_policy": row.csv_lead_policy or proposal.value,
        "time_zone": row.time_zone,
        "default_country": row.default_country,
    }
    form = (PolicyForm if answers_question else _SettingsForm)(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        save_settings(form.cleaned_data, get_user(request))
        messages.success(request, _("Saved."))
        return redirect("home" if answers_question else "installation_settings")
    page = {"form": form, "proposal": proposal, "updates": build_updates_form()}
    return render(request, "hub/settings.html", page)


def save_settings(values: Mapping[str, str], actor: User) -> None:
    """Change settings of the installation, with the line of the audit log and what follows from them."""
    with transaction.atomic():
        row = Installation.objects.select_for_update().get(id=1)
        changed = {name: [getattr(row, name), value] for name, value in values.items() if getattr(row, name) != value}
        if not changed:
            return
        for name, (_before, value) in changed.items():
            setattr(row, name, value)
        row.save(update_fields=list(changed))
        record_action(actor, "installation.changed", row, **changed)
        if "time_zone" in changed:
            move_update_schedule()
            enqueue_job("recount", {}, created_by=actor)  # days are the zone's


def _list_time_zones() -> list[str]:
    names = [name for name in zoneinfo.available_timezones() if "/" in name and not name.startswith(("Etc/", "posix"))]
    return ["UTC", *sorted(names)]


def _list_countries() -> list[tuple[str, str]]:
    territories = Locale.parse(get_locale()).territories
    named = [(code, name) for code, name in territories.items() if code in SUPPORTED_REGIONS]
    return [("", "–"), *sorted(named, key=lambda pair: pair[1])]
