"""Purchases: a ledger of status changes, money in integer minor units."""

from typing import ClassVar

from django.db import models

from ..clock import get_now
from ..sealing.fields import DigestField
from .batch import ArrivalQuerySet, Batch
from .contact import Contact


class PurchaseStatus(models.TextChoices):
    """What a row says of its transaction, in the order of rows at one instant (docs/flow.md)."""

    STARTED = "started", "Started"
    BILLET_PRINTED = "billet_printed", "Slip issued"
    APPROVED = "approved", "Approved"
    COMPLETE = "complete", "Complete"
    OVERDUE = "overdue", "Overdue"
    PROTESTED = "protested", "Protested"
    CANCELED = "canceled", "Canceled"
    EXPIRED = "expired", "Expired"
    REFUNDED = "refunded", "Refunded"
    CHARGEBACK = "chargeback", "Charged back"


#: What makes somebody a buyer.
SALE_STATUSES = (PurchaseStatus.APPROVED, PurchaseStatus.COMPLETE)
#: What takes the money of a sale back.
TAKEN_BACK_STATUSES = (PurchaseStatus.REFUNDED, PurchaseStatus.CHARGEBACK)


class Purchase(models.Model):
    """One status change of one transaction, as the history's table ``purchases`` describes it.

    ``amount_minor`` is in the currency's smallest unit (cents); an empty ``seller_id`` is the owner's own sale.
    The UTM fields are what the checkout says of where the buyer came from.
    ``contact`` follows merges; ``original_contact_id`` is who it arrived for. Equal ``row_key`` are the same row.
    """

    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="purchases", db_index=False)
    original_contact_id = models.BigIntegerField()
    transaction_id = models.CharField(max_length=200, db_index=True)
    occurred_at = models.DateTimeField()
    received_at = models.DateTimeField(default=get_now, editable=False)
    source = models.CharField(max_length=32)
    event_id = models.CharField(max_length=200, blank=True)
    product_id = models.CharField(max_length=200, blank=True)
    status = models.CharField(max_length=16, choices=PurchaseStatus.choices)
    amount_minor = models.BigIntegerField(null=True)
    currency = models.CharField(max_length=3, blank=True)
    payment_method = models.CharField(max_length=64, blank=True)
    installments = models.IntegerField(null=True)
    recurrence_number = models.IntegerField(null=True)
    seller_id = models.CharField(max_length=200, blank=True)
    offer = models.CharField(max_length=200, blank=True)
    utm_source = models.CharField(max_length=500, blank=True)
    utm_medium = models.CharField(max_length=500, blank=True)
    utm_campaign = models.CharField(max_length=500, blank=True)
    utm_content = models.CharField(max_length=500, blank=True)
    utm_term = models.CharField(max_length=500, blank=True)
    country = models.CharField(max_length=2, blank=True)
    language = models.CharField(max_length=16, blank=True)
    batch = models.ForeignKey(Batch, null=True, on_delete=models.PROTECT, related_name="purchases", db_index=False)
    row_key = DigestField(unique=True)

    objects = ArrivalQuerySet.as_manager()

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["contact", "occurred_at"], name="purchase_of_contact"),
            models.Index(fields=["batch"], condition=models.Q(batch__isnull=False), name="purchase_of_batch"),
            models.Index(fields=["seller_id"], condition=~models.Q(seller_id=""), name="purchase_of_other_seller"),
        ]

    def __str__(self) -> str:
        return f"purchase {self.pk}"
