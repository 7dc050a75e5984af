"""Events: each thing that a lead did."""

from typing import ClassVar

from django.db import models

from ..clock import get_now
from ..sealing.fields import DigestField
from .batch import ArrivalQuerySet, Batch
from .contact import Contact


class Event(models.Model):
    """One thing that a lead did, as the history's table ``events`` describes it; ``value`` is in the type's unit.

    ``event_name`` is what its sender calls it and ``page`` the path of the page, where there was one. By the two, and
    the product, the owner's rules say its type; without such a rule it is ``default_type``.
    """

    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="events", db_index=False)
    original_contact_id = models.BigIntegerField()
    event_type = models.CharField(max_length=64)
    default_type = models.CharField(max_length=64)
    event_name = models.CharField(max_length=200, blank=True)
    page = models.CharField(max_length=200, blank=True)
    occurred_at = models.DateTimeField()
    received_at = models.DateTimeField(default=get_now, editable=False)
    source = models.CharField(max_length=32)
    event_id = models.CharField(max_length=200, blank=True)
    product_id = models.CharField(max_length=200, blank=True)
    value = models.FloatField(null=True)
    company = models.CharField(max_length=200, blank=True)
    batch = models.ForeignKey(Batch, null=True, on_delete=models.PROTECT, related_name="events", db_index=False)
    row_key = DigestField(unique=True)

    objects = ArrivalQuerySet.as_manager()

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["contact", "occurred_at"], name="event_of_contact"),
            models.Index(fields=["batch"], condition=models.Q(batch__isnull=False), name="event_of_batch"),
        ]

    def __str__(self) -> str:
        return f"event {self.pk}"
