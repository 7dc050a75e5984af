"""The forms of connections: a Hotmart account with its token, and what its people agreed to by kind of delivery."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..intake.hotmart.accounts import DECLARED_KINDS, AccountSettings
from ..intake.hotmart.deliveries import DeliveryKind
from ..intake.hotmart.tracking import DEFAULT_PATTERN
from ..models import LegalBasis, Purpose
from ..people.consent import ConsentTerms
from .terms_form import BASES, PURPOSES

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


class HotmartForm(HottokForm):
    """A new account."""

    field_order = ("name", "hottok", "sck", "default_country")

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
