"""Consent: what a contact agreed to and withdrew, appended and never changed."""

from typing import ClassVar

from django.db import models

from ..clock import get_now
from ..sealing.fields import DigestField
from .contact import Contact


class Purpose(models.TextChoices):
    """What a person's data is used for."""

    EMAIL_MARKETING = "email_marketing", "Marketing by e-mail"
    PHONE_MARKETING = "phone_marketing", "Marketing by calls, SMS and WhatsApp"
    ADS_SHARING = "ads_sharing", "Sharing with ad platforms"
    PROFILING = "profiling", "Scoring"
    SERVICE = "service", "Messages about a purchase"


class LegalBasis(models.TextChoices):
    """Why a use is lawful."""

    CONSENT = "consent", "Consent"
    CONTRACT = "contract", "Contract"
    LEGITIMATE_INTEREST = "legitimate_interest", "Legitimate interest"
    LEGAL_OBLIGATION = "legal_obligation", "Legal obligation"


class ConsentEvent(models.Model):
    """One grant or withdrawal. ``proof`` refers to what proves it (an upload and its row, a form), by ids alone."""

    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="consent_events", db_index=False)
    original_contact_id = models.BigIntegerField()
    purpose = models.CharField(max_length=32, choices=Purpose.choices)
    granted = models.BooleanField()
    basis = models.CharField(max_length=32, choices=LegalBasis.choices, blank=True)
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField(default=get_now, editable=False)
    text_version = models.CharField(max_length=64, blank=True)
    text_sha256 = models.CharField(max_length=64, blank=True)
    source = models.CharField(max_length=32)
    proof = models.CharField(max_length=200, blank=True)
    row_key = DigestField(unique=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            # What holds now is read from the index alone.
            models.Index(fields=["contact", "purpose", "occurred_at", "id", "granted"], name="consent_of_contact")
        ]

    def __str__(self) -> str:
        return f"consent event {self.pk}"
