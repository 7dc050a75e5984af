"""Pulls: what was asked of a connection's account, when, and until where; and the products that it sells."""

from typing import ClassVar

from django.db import models

from ..clock import get_now
from .connection import Connection
from .phrase_field import PhraseField


class Pull(models.Model):
    """The latest pull of one resource of a connection.

    ``cursor`` says how far a pull that is under way has come, and is NULL between two. ``covered_until`` is the instant
    up to which everything was seen. ``error`` says why the latest one stopped, without personal data.
    """

    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, related_name="pulls")
    resource = models.CharField(max_length=32)
    cursor = models.JSONField(null=True)
    started_at = models.DateTimeField(default=get_now)
    ended_at = models.DateTimeField(null=True)
    covered_until = models.DateTimeField(null=True)
    rows_read = models.PositiveBigIntegerField(default=0)
    rows_new = models.PositiveBigIntegerField(default=0)
    rows_unreadable = models.PositiveBigIntegerField(default=0)
    error = PhraseField(blank=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["connection", "resource"], name="pull_of_resource")
        ]

    def __str__(self) -> str:
        return f"pull {self.pk} ({self.resource})"


class Product(models.Model):
    """A product as a connection's account lists it; ``product_id`` is what purchases and events call it."""

    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, related_name="products")
    product_id = models.CharField(max_length=200)
    name = models.CharField(max_length=500, blank=True)
    status = models.CharField(max_length=32, blank=True)
    format = models.CharField(max_length=32, blank=True)
    is_subscription = models.BooleanField(default=False)
    seen_at = models.DateTimeField(default=get_now)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["connection", "product_id"], name="product_of_connection")
        ]

    def __str__(self) -> str:
        return f"product {self.product_id}"
