"""What a source declares for its contacts, as fields of a form: purpose, legal basis, the words and their version."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..models import LegalBasis, Purpose
from ..people.consent import ConsentTerms

PURPOSES = (
    ("", gettext_lazy("Nothing: no consent is recorded")),
    (Purpose.EMAIL_MARKETING.value, gettext_lazy("Marketing by e-mail")),
    (Purpose.PHONE_MARKETING.value, gettext_lazy("Marketing by calls, SMS and WhatsApp")),
    (Purpose.ADS_SHARING.value, gettext_lazy("Sharing with ad platforms")),
    (Purpose.SERVICE.value, gettext_lazy("Messages about a purchase")),
)
BASES = (
    ("", "–"),
    (LegalBasis.CONSENT.value, gettext_lazy("consent")),
    (LegalBasis.CONTRACT.value, gettext_lazy("contract")),
    (LegalBasis.LEGITIMATE_INTEREST.value, gettext_lazy("legitimate interest")),
    (LegalBasis.LEGAL_OBLIGATION.value, gettext_lazy("legal obligation")),
)


class TermsForm(forms.Form):
    """The fields, for forms of sources; a purpose and its basis come together."""

    purpose = forms.ChoiceField(
        label=gettext_lazy("These people agreed to"),
        choices=PURPOSES,
        required=False,
        help_text=gettext_lazy("Without a recorded basis nobody is written to; they are scored all the same."),
    )
    basis = forms.ChoiceField(label=gettext_lazy("Legal basis"), choices=BASES, required=False)
    consent_text = forms.CharField(
        label=gettext_lazy("The words that they saw"),
        widget=forms.Textarea(attrs={"rows": 2}),
        required=False,
        max_length=20_000,
    )
    text_version = forms.CharField(label=gettext_lazy("Your name for these words"), required=False, max_length=64)

    def clean(self) -> dict[str, Any]:
        """Refuse half a declaration."""
        values = super().clean() or {}
        if bool(values.get("purpose")) != bool(values.get("basis")):
            self.add_error("basis", _("A purpose needs its legal basis, and a basis its purpose."))
        return values

    def read_terms(self) -> ConsentTerms | None:
        """Return what was declared; None: nothing."""
        values = self.cleaned_data
        if not values["purpose"]:
            return None
        return ConsentTerms(
            Purpose(values["purpose"]), LegalBasis(values["basis"]), values["consent_text"], values["text_version"]
        )
