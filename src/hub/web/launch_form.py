"""The form of a launch, one a strategy: it asks for what that strategy needs and for nothing else."""

import re
from datetime import timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..figures.launch_suggestions import list_launch_proposals
from ..models import Launch, Strategy
from ..models.launch_rules import EVERY_CAPTURE, CaptureRule
from .forms import InstantField

_WINDOW = ("capture_starts_at", "capture_ends_at")
_CART = ("cart_opens_at", "cart_closes_at")
#: The fields of each strategy, and those of them that it cannot do without (history.launch).
_FIELDS = {
    Strategy.CLASSIC: ("product_id", *_WINDOW, *_CART),
    Strategy.PAID: ("entry_product_id", "product_id", *_WINDOW, *_CART),
    Strategy.PERPETUAL: ("product_id", *_WINDOW, "horizon_days"),
}
_REQUIRED = {
    Strategy.CLASSIC: _CART,
    Strategy.PAID: ("entry_product_id", *_CART),
    Strategy.PERPETUAL: (*_WINDOW, "horizon_days"),
}
_PAIRS = (_WINDOW, _CART)
#: The form's field for the rules over each field of a capture.
_RULED = {"utm_campaign": "campaigns", "utm_source": "sources"}


class LaunchForm(forms.Form):
    """A launch of one strategy. ``launch`` is the one that is changed; its key never changes."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=200)
    product_id = forms.CharField(
        label=gettext_lazy("Product"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"list": "products"}),
        help_text=gettext_lazy("Its code in your sales: those sold are proposed. Empty: any product counts."),
    )
    entry_product_id = forms.CharField(
        label=gettext_lazy("Entry product"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"list": "products"}),
        help_text=gettext_lazy("Its buyers are the leads of this launch."),
    )
    capture_starts_at = InstantField(label=gettext_lazy("Capture starts"), required=False)
    capture_ends_at = InstantField(label=gettext_lazy("Capture ends"), required=False)
    cart_opens_at = InstantField(label=gettext_lazy("Cart opens"), required=False)
    cart_closes_at = InstantField(label=gettext_lazy("Cart closes"), required=False)
    horizon_days = forms.IntegerField(
        label=gettext_lazy("Days to buy"),
        min_value=1,
        max_value=3650,
        required=False,
        help_text=gettext_lazy("How long each lead has from its capture on."),
    )
    hot_leads = forms.IntegerField(
        label=gettext_lazy("Hot leads at most"),
        min_value=1,
        max_value=10_000_000,
        required=False,
        help_text=gettext_lazy("As many as you can call. Empty: hot from twice the usual share of buyers on."),
    )
    everybody = forms.BooleanField(
        label=gettext_lazy("Whoever signs up between the capture dates joins, with UTM fields or without"),
        required=False,
    )
    campaigns = forms.CharField(
        label=gettext_lazy("Campaigns whose leads join (utm_campaign)"),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=10_000,
        required=False,
        help_text=gettext_lazy("One a line; a star at the end stands for any ending: cake-*"),
    )
    sources = forms.CharField(
        label=gettext_lazy("Campaign sources whose leads join (utm_source)"),
        widget=forms.Textarea(attrs={"rows": 2}),
        max_length=10_000,
        required=False,
        help_text=gettext_lazy("One a line. Leads join within the capture dates above."),
    )
    key = forms.CharField(
        label=gettext_lazy("Key"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("What files and forms call it (launch_id). Made from the name where it is empty."),
    )

    def __init__(self, strategy: Strategy, launch: Launch | None = None, **options: Any) -> None:
        super().__init__(**options)
        self.strategy, self.launch = strategy, launch
        for name in set(_FIELDS[Strategy.PAID] + _FIELDS[Strategy.PERPETUAL]) - set(_FIELDS[strategy]):
            del self.fields[name]
        for name in _REQUIRED[strategy]:
            self.fields[name].required = True
        if launch is not None:
            del self.fields["key"]

    @property
    def rules(self) -> list[CaptureRule]:
        """The rules by which captures join, once the form is valid."""
        every = [EVERY_CAPTURE] if self.cleaned_data["everybody"] else []
        return every + [
            CaptureRule(field=field, value=line.strip())
            for field, name in _RULED.items()
            for line in self.cleaned_data[name].splitlines()
            if line.strip().strip("*")
        ]

    def clean_key(self) -> str:
        """Return the key, made from the name where it is empty; it belongs to no other launch."""
        key: str = self.cleaned_data["key"].strip() or slugify(self.cleaned_data.get("name", ""))
        if not re.fullmatch(r"[\w.:-]{1,200}", key):
            raise forms.ValidationError(_("A key is of letters, digits, dots, colons, dashes and underscores."))
        if Launch.objects.filter(key=key).exists():
            raise forms.ValidationError(_("Another launch has this key."))
        return key

    def clean(self) -> dict[str, Any]:
        """Refuse windows that end before they begin."""
        values = super().clean() or {}
        for start, end in _PAIRS:
            if values.get(start) and values.get(end) and values[start] >= values[end]:
                self.add_error(end, _("It ends before it begins."))
        if values.get("everybody") and not all(values.get(name) for name in _WINDOW):
            self.add_error("everybody", _("Say both capture dates, so that it is known who joins."))
        return values

    def save(self) -> Launch:
        """Keep the launch, new or changed; the caller's transaction has the line of the audit log."""
        launch = self.launch or Launch(key=self.cleaned_data["key"], strategy=self.strategy)
        launch.name = self.cleaned_data["name"]
        for name in _FIELDS[self.strategy]:
            value = self.cleaned_data[name]
            setattr(launch, name, "" if value is None and name.endswith("_id") else value)
        launch.capture_rules = list(self.rules)
        if self.cleaned_data["hot_leads"] != _get_hot_leads(launch):
            leads = self.cleaned_data["hot_leads"]
            launch.tier_policy = {"rule": "capacity", "leads": leads} if leads else {}
        launch.save()
        return launch


def read_initial(launch: Launch) -> dict[str, Any]:
    """Return what the form of a launch shows before it is changed."""
    lines = {field: [rule["value"] for rule in launch.capture_rules if rule["field"] == field] for field in _RULED}
    values = {name: getattr(launch, name) for name in (*_FIELDS[Strategy(launch.strategy)], "name")}
    values["hot_leads"] = _get_hot_leads(launch)
    values["everybody"] = EVERY_CAPTURE in launch.capture_rules
    return values | {name: "\n".join(lines[field]) for field, name in _RULED.items()}


def propose_initial(campaign: str) -> dict[str, Any]:
    """Return what the form of a new launch shows for a campaign whose leads belong to none: whole days of capture."""
    proposal = next((each for each in list_launch_proposals() if campaign in each.campaigns), None)
    if proposal is None:
        return {}
    first, last = (
        timezone.localtime(at).replace(hour=0, minute=0, second=0, microsecond=0)
        for at in (proposal.first, proposal.last)
    )
    return {
        "name": proposal.name,
        "campaigns": "\n".join(proposal.rules),
        "everybody": proposal.is_alone,
        "capture_starts_at": first,
        "capture_ends_at": last + timedelta(days=1),
    }


def _get_hot_leads(launch: Launch) -> int | None:
    """Return how many leads are hot at most; None where the launch's tiers are of another rule."""
    return launch.tier_policy.get("leads") if launch.tier_policy.get("rule") == "capacity" else None
