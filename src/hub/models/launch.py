"""Launches: one sales period of one product, and the counts that its pages read."""

from typing import ClassVar

from django.db import models

from ..clock import get_now


class Strategy(models.TextChoices):
    """How a launch sells (docs/flow.md)."""

    CLASSIC = "classic", "Classic launch"
    PERPETUAL = "perpetual", "Perpetual or recovery"
    PAID = "paid", "Paid launch"


class Launch(models.Model):
    """One launch. ``key`` is the history's ``launch_id`` and what sources name it by; an empty product is any product.

    ``capture_rules`` say which captures join it beside those that name it; ``tier_policy`` are the owner's tiers, empty
    for the default ones.
    """

    key = models.CharField(max_length=200, unique=True)
    name = models.CharField(max_length=200, blank=True)
    strategy = models.CharField(max_length=16, choices=Strategy.choices)
    product_id = models.CharField(max_length=200, blank=True)
    entry_product_id = models.CharField(max_length=200, blank=True)
    capture_starts_at = models.DateTimeField(null=True, blank=True)
    capture_ends_at = models.DateTimeField(null=True, blank=True)
    cart_opens_at = models.DateTimeField(null=True, blank=True)
    cart_closes_at = models.DateTimeField(null=True, blank=True)
    horizon_days = models.PositiveIntegerField(null=True, blank=True)
    capture_rules = models.JSONField(default=list, blank=True)
    tier_policy = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(default=get_now, editable=False)
    archived_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=models.Q(strategy__in=Strategy.values), name="launch_strategy_is_known")
        ]

    def __str__(self) -> str:
        return self.key


class LaunchRollup(models.Model):
    """The counts of one launch, kept by what changes (``rollups``); ``currency`` is that of what its leads paid."""

    launch = models.OneToOneField(Launch, primary_key=True, on_delete=models.CASCADE, related_name="rollup")
    leads = models.BigIntegerField(default=0)
    captures = models.BigIntegerField(default=0)
    with_utm_source = models.BigIntegerField(default=0)
    with_utm_medium = models.BigIntegerField(default=0)
    with_utm_campaign = models.BigIntegerField(default=0)
    with_utm_content = models.BigIntegerField(default=0)
    with_utm_term = models.BigIntegerField(default=0)
    hot = models.BigIntegerField(default=0)
    warm = models.BigIntegerField(default=0)
    cold = models.BigIntegerField(default=0)
    currency = models.CharField(max_length=3, blank=True)
    updated_at = models.DateTimeField(default=get_now)

    class Meta:
        db_table = "hub_launch_rollup"

    def __str__(self) -> str:
        return f"rollup of launch {self.pk}"
