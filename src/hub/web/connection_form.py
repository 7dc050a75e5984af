"""The forms of connections: accounts with their credentials, and what their people agreed to by kind of row."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..clock import get_now
from ..intake.hotmart.accounts import DECLARED_KINDS, AccountSettings
from ..intake.hotmart.deliveries import DeliveryKind
from ..intake.hotmart.tracking import DEFAULT_PATTERN
from ..intake.pulls.accounts import ActiveCampaignPulls, HotmartCredentials, HotmartPulls
from ..models import LegalBasis, Purpose
from ..people.consent import ConsentTerms
from .terms_form import BASES, PURPOSES, TermsForm

#: So many days back a Hotmart account is pulled unless the owner says otherwise.
DEFAULT_DAYS = 730
_PURPOSE_LABELS = {
    DeliveryKind.SALES: gettext_lazy("Who bought agreed to, beside messages about the purchase"),
    DeliveryKind.SLIPS: gettext_lazy("Who got a slip agreed to, beside messages about it"),
    DeliveryKind.CARTS: gettext_lazy("Who left a cart agreed to"),
}


class HottokForm(forms.Form):
    """The token of an account."""

    hottok = forms.CharField(
        label=gettext_lazy("Hottok"),
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=gettext_lazy("In Hotmart: Tools, Webhook, Authentication. It is kept sealed and not shown again."),
    )


class HotmartAccountForm(forms.Form):
    """How a Hotmart account's rows are read, and what its people agreed to."""

    name = forms.CharField(label=gettext_lazy("Your name for the account"), max_length=100)
    sck = forms.CharField(
        label=gettext_lazy("How sck is split into UTM fields"),
        max_length=100,
        help_text=gettext_lazy("Source, medium, campaign, content and term, with one sign between them."),
        initial=DEFAULT_PATTERN,
    )
    default_country = forms.RegexField(
        "^[A-Za-z]{2}$",
        label=gettext_lazy("Country of telephone numbers without a code"),
        required=False,
        help_text=gettext_lazy("Two letters, such as BR."),
    )
    text = forms.CharField(
        label=gettext_lazy("The words that they saw"),
        widget=forms.Textarea(attrs={"rows": 2}),
        required=False,
        max_length=20_000,
    )
    text_version = forms.CharField(label=gettext_lazy("Your name for these words"), required=False, max_length=64)

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        for kind in DECLARED_KINDS:
            purpose = forms.ChoiceField(label=_PURPOSE_LABELS[kind], choices=PURPOSES, required=False)
            basis = forms.ChoiceField(label=gettext_lazy("Legal basis"), choices=BASES, required=False)
            self.fields |= {f"{kind}_purpose": purpose, f"{kind}_basis": basis}
        self.order_fields([name for name in self.fields if not name.startswith("text")])

    def clean(self) -> dict[str, Any]:
        """Refuse half a declaration."""
        values = super().clean() or {}
        for kind in DECLARED_KINDS:
            if bool(values.get(f"{kind}_purpose")) != bool(values.get(f"{kind}_basis")):
                self.add_error(f"{kind}_basis", _("A purpose needs its legal basis, and a basis its purpose."))
        return values

    def read_settings(self) -> AccountSettings:
        """Return how the account's deliveries are read."""
        return AccountSettings(self.cleaned_data["sck"], self.cleaned_data["default_country"])

    def read_terms(self) -> dict[DeliveryKind, ConsentTerms]:
        """Return what was declared for each kind of delivery."""
        values = self.cleaned_data
        return {
            kind: ConsentTerms(
                Purpose(values[f"{kind}_purpose"]),
                LegalBasis(values[f"{kind}_basis"]),
                values["text"],
                values["text_version"],
            )
            for kind in DECLARED_KINDS
            if values[f"{kind}_purpose"]
        }


class HotmartForm(HotmartAccountForm, HottokForm):
    """A new account whose webhooks are taken in."""

    field_order = ("name", "hottok", "sck", "default_country")


class HotmartApiForm(HotmartAccountForm):
    """A new account that is pulled."""

    field_order = ("name", "client_id", "client_secret", "basic", "since", "members_areas", "sck", "default_country")

    client_id = forms.CharField(
        label=gettext_lazy("Client id"),
        max_length=200,
        help_text=gettext_lazy("In Hotmart: Tools, Hotmart Credentials."),
    )
    client_secret = forms.CharField(
        label=gettext_lazy("Client secret"),
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=gettext_lazy("It is kept sealed and not shown again."),
    )
    basic = forms.CharField(
        label=gettext_lazy("Basic token"),
        max_length=500,
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=gettext_lazy("Without it, it is made of the two."),
    )
    since = forms.DateField(
        label=gettext_lazy("First day that is pulled"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        initial=lambda: (get_now() - timedelta(days=DEFAULT_DAYS)).date(),
    )
    members_areas = forms.CharField(
        label=gettext_lazy("Members' areas"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("One a line: its subdomain, = and its product's id, such as cakes=4242."),
    )

    def clean_members_areas(self) -> dict[str, str]:
        """Return the product's id by subdomain."""
        pairs = [line.partition("=") for line in self.cleaned_data["members_areas"].splitlines() if line.strip()]
        areas = {subdomain.strip(): product.strip() for subdomain, _sign, product in pairs}
        if "" in areas:
            raise forms.ValidationError(_("Each line begins with a subdomain."))
        return areas

    def read_credentials(self) -> HotmartCredentials:
        """Return what the account is asked by."""
        values = self.cleaned_data
        return HotmartCredentials(values["client_id"], values["client_secret"], values["basic"])

    def read_pulls(self) -> HotmartPulls:
        """Return what is asked for."""
        since = datetime.combine(self.cleaned_data["since"], time(), UTC)
        return HotmartPulls(since, self.cleaned_data["members_areas"])


class ActiveCampaignForm(TermsForm):
    """A new ActiveCampaign account; its lists are chosen once it answers."""

    field_order = ("name", "url", "api_key", "default_country")

    name = forms.CharField(label=gettext_lazy("Your name for the account"), max_length=100)
    url = forms.URLField(
        label=gettext_lazy("Address"),
        assume_scheme="https",
        help_text=gettext_lazy("In ActiveCampaign: Settings, Developer. Such as https://account.api-us1.com."),
    )
    api_key = forms.CharField(
        label=gettext_lazy("API key"),
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=gettext_lazy("It is kept sealed and not shown again."),
    )
    default_country = forms.RegexField(
        "^[A-Za-z]{2}$",
        label=gettext_lazy("Country of telephone numbers without a code"),
        required=False,
        help_text=gettext_lazy("Two letters, such as BR."),
    )

    def read_pulls(self) -> ActiveCampaignPulls:
        """Return what is taken of the account."""
        return ActiveCampaignPulls(default_country=self.cleaned_data["default_country"])
