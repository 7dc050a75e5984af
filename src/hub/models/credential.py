"""Credentials: programs that send rows or read them, and what they may do."""

from typing import ClassVar

from django.db import models

from ..clock import get_now
from ..sealing.fields import DigestField
from .consent import LegalBasis, Purpose


class Scope(models.TextChoices):
    """What a credential may do."""

    WRITE_LEADS = "leads:write", "Send leads"
    WRITE_PURCHASES = "purchases:write", "Send purchases"
    WRITE_EVENTS = "events:write", "Send events"
    READ_LAUNCHES = "launches:read", "Read launches and their counts"
    READ_SCORES = "scores:read", "Read scores, without names and addresses"
    READ_CONTACTS = "contacts:read", "Read names, addresses and numbers beside scores"


class Credential(models.Model):
    """A program. Its client id and hashed secret are those of its OAuth application, which goes when it is revoked.

    ``ids_of`` is who gives the ids of people that it sends: equal ids of one giver are one person.
    The write key, kept as a keyed hash, stands for the credential where Segment's libraries send one. ``purpose``,
    ``basis`` and ``consent_text`` are what the owner declares for its contacts; without them no consent is recorded.
    """

    name = models.CharField(max_length=100)
    client_id = models.CharField(max_length=255, unique=True)
    application = models.OneToOneField(
        "oauth2_provider.Application", null=True, on_delete=models.SET_NULL, related_name="credential"
    )
    write_key_hmac = DigestField(unique=True)
    scopes = models.JSONField(default=list)
    ids_of = models.CharField(max_length=20, default="api")
    default_country = models.CharField(max_length=2, blank=True)
    purpose = models.CharField(max_length=32, choices=Purpose.choices, blank=True)
    basis = models.CharField(max_length=32, choices=LegalBasis.choices, blank=True)
    consent_text = models.TextField(blank=True)
    text_version = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(default=get_now, editable=False)
    rotated_at = models.DateTimeField(null=True, editable=False)
    revoked_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["name"], condition=models.Q(revoked_at__isnull=True), name="credential_in_force_has_own_name"
            )
        ]

    def __str__(self) -> str:
        return f"credential {self.pk}"
