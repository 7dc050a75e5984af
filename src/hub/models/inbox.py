"""The inbox: what arrived over HTTP, as bytes, committed before it was answered and processed afterwards."""

from typing import ClassVar

from django.db import models

from ..clock import get_now
from ..sealing.fields import DigestField, SealedBytesField
from .contact import Contact


class InboxOutcome(models.TextChoices):
    """What became of an item."""

    WAITING = "waiting", "Waiting"
    PROCESSED = "processed", "Processed"
    UNKNOWN = "unknown", "Kept: not known"
    FAILED = "failed", "Failed"


class InboxItem(models.Model):
    """One request's body. An ``envelope_id`` comes once a source: the same delivery again adds no row.

    ``origin_id`` is the connection or the credential that it came by. ``headers`` are those that its processor needs,
    never a secret. ``visitor_hmac`` is the hash of a visitor's id, where the sender did not know who it was.
    ``contacts`` are the people that its rows speak of, once it was processed.
    """

    source = models.CharField(max_length=32)
    envelope_id = models.CharField(max_length=200)
    origin_id = models.BigIntegerField(null=True)
    received_at = models.DateTimeField(default=get_now)
    content_type = models.CharField(max_length=100, blank=True)
    headers = models.JSONField(default=dict)
    body = SealedBytesField(null=True)
    outcome = models.CharField(max_length=16, choices=InboxOutcome.choices, default=InboxOutcome.WAITING)
    visitor_hmac = DigestField(null=True)
    event_type = models.CharField(max_length=64, blank=True)
    error_code = models.CharField(max_length=64, blank=True)
    processed_at = models.DateTimeField(null=True)
    contacts = models.ManyToManyField(Contact, related_name="inbox_items")

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["source", "envelope_id"], name="envelope_comes_once")
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["id"], condition=models.Q(outcome="waiting"), name="inbox_item_that_waits"),
            models.Index(
                fields=["visitor_hmac"], condition=models.Q(visitor_hmac__isnull=False), name="inbox_item_of_visitor"
            ),
            models.Index(fields=["source", "origin_id", "id"], name="inbox_of_connection"),
            models.Index(fields=["source", "origin_id", "outcome"], name="inbox_by_outcome"),
        ]

    def __str__(self) -> str:
        return f"inbox item {self.pk} ({self.source})"
