"""Subscriptions: each as its account listed it last."""

from typing import ClassVar

from django.db import models

from ..clock import get_now
from .connection import Connection
from .contact import Contact


class Subscription(models.Model):
    """One subscription of a connection's account, or a purchase in smart instalments, which is listed as one.

    ``amount_minor`` is what its plan charges every ``period_days`` days; ``status`` is in the words of the events
    ``subscription_...``. ``contact`` follows merges; ``original_contact_id`` is who it arrived for.
    """

    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, related_name="subscriptions")
    code = models.CharField(max_length=200)
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="subscriptions")
    original_contact_id = models.BigIntegerField()
    product_id = models.CharField(max_length=200, blank=True)
    status = models.CharField(max_length=32)
    is_smart_installments = models.BooleanField(default=False)
    amount_minor = models.BigIntegerField(null=True)
    currency = models.CharField(max_length=3, blank=True)
    period_days = models.PositiveIntegerField(null=True)
    seen_at = models.DateTimeField(default=get_now)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["connection", "code"], name="subscription_of_connection")
        ]

    def __str__(self) -> str:
        return f"subscription {self.pk}"
