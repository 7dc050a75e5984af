"""Captures: each time that a lead showed interest."""

from typing import ClassVar

from django.db import models

from ..clock import get_now
from ..sealing.fields import DigestField, SealedTextField
from .batch import ArrivalQuerySet, Batch
from .contact import Contact
from .launch import Launch


class Capture(models.Model):
    """One capture of one lead, as the history's table ``leads`` describes it.

    ``contact`` follows merges; ``original_contact_id`` is who it arrived for. ``launch_key`` is the launch that the
    source names; ``launch`` is the one that it belongs to, by that name or by a launch's rules. ``click_ids`` is JSON
    of the ids by which ad platforms know the click. Equal ``row_key`` are the same capture, which is kept once.
    """

    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="captures", db_index=False)
    original_contact_id = models.BigIntegerField()
    captured_at = models.DateTimeField()
    received_at = models.DateTimeField(default=get_now, editable=False)
    source = models.CharField(max_length=32)
    launch = models.ForeignKey(Launch, null=True, on_delete=models.SET_NULL, related_name="captures")
    launch_key = models.CharField(max_length=200, blank=True)
    utm_source = models.CharField(max_length=500, blank=True)
    utm_medium = models.CharField(max_length=500, blank=True)
    utm_campaign = models.CharField(max_length=500, blank=True)
    utm_content = models.CharField(max_length=500, blank=True)
    utm_term = models.CharField(max_length=500, blank=True)
    country = models.CharField(max_length=2, blank=True)
    language = models.CharField(max_length=16, blank=True)
    consent = models.CharField(max_length=200, blank=True)
    attributes = models.JSONField(default=dict)
    click_ids = SealedTextField(null=True)
    batch = models.ForeignKey(Batch, null=True, on_delete=models.PROTECT, related_name="captures", db_index=False)
    row_key = DigestField(unique=True)

    objects = ArrivalQuerySet.as_manager()

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["contact", "captured_at"], name="capture_of_contact"),
            models.Index(fields=["batch"], condition=models.Q(batch__isnull=False), name="capture_of_batch"),
            models.Index(fields=["launch", "contact"], name="capture_of_launch"),
            models.Index(fields=["launch", "utm_source", "contact"], name="capture_by_source"),
            models.Index(fields=["launch_key", "captured_at"], name="capture_by_launch_key"),
        ]

    def __str__(self) -> str:
        return f"capture {self.pk}"
