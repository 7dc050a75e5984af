"""What the pages count: each lead of a launch once, and its launch's leads by day, tier and campaign."""

import hashlib
import json
from typing import ClassVar, Self

from django.db import models

from ..clock import get_now
from ..sealing.fields import DigestField
from .contact import Contact
from .launch import Launch
from .score import Tier

CAMPAIGN_FIELDS = ("utm_source", "utm_medium", "utm_campaign", "utm_content")
UTM_FIELDS = (*CAMPAIGN_FIELDS, "utm_term")
#: Probabilities are summed in billionths: a sum of integers does not depend on its order.
BILLIONTHS = 1_000_000_000


class Campaign(models.Model):
    """One combination of the fields by which campaigns are compared; all are empty where none is known."""

    utm_source = models.CharField(max_length=500, blank=True)
    utm_medium = models.CharField(max_length=500, blank=True)
    utm_campaign = models.CharField(max_length=500, blank=True)
    utm_content = models.CharField(max_length=500, blank=True)
    key = DigestField(unique=True)

    def __str__(self) -> str:
        return f"campaign {self.pk}"

    @classmethod
    def build(cls, values: tuple[str, ...]) -> Self:
        """Return a campaign, not saved, of its four fields in the order of ``CAMPAIGN_FIELDS``."""
        key = hashlib.sha256(json.dumps(values).encode()).digest()
        return cls(key=key, **dict(zip(CAMPAIGN_FIELDS, values, strict=True)))


class LaunchLead(models.Model):
    """One lead of one launch, as the counts have it: ``rollups.update_rollups`` alone writes it.

    ``day`` is that of the first capture, in the installation's time zone; ``campaign`` the latest capture's. ``chance``
    is the present score's probability in billionths. ``bought`` is None until the lead's window is over; ``net_minor``
    is what the lead paid for the launch's product, less refunds.
    """

    launch = models.ForeignKey(Launch, on_delete=models.CASCADE, related_name="+", db_index=False)
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="+")
    day = models.DateField()
    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="+")
    tier = models.CharField(max_length=8, choices=Tier.choices, blank=True)
    chance = models.BigIntegerField(default=0)
    captures = models.PositiveIntegerField(default=0)
    with_utm_source = models.PositiveIntegerField(default=0)
    with_utm_medium = models.PositiveIntegerField(default=0)
    with_utm_campaign = models.PositiveIntegerField(default=0)
    with_utm_content = models.PositiveIntegerField(default=0)
    with_utm_term = models.PositiveIntegerField(default=0)
    bought = models.BooleanField(null=True)
    net_minor = models.BigIntegerField(default=0)

    class Meta:
        db_table = "hub_launch_lead"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["launch", "contact"], name="one_row_a_lead_and_launch")
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["launch", "-contact"], condition=models.Q(tier=""), name="launch_lead_without_score")
        ]

    def __str__(self) -> str:
        return f"lead {self.contact_id} of launch {self.launch_id}"


class LaunchDay(models.Model):
    """The leads of a launch that came on one day, in one tier (empty: not scored), by one campaign.

    ``chance`` and ``variance`` are the sums of p and of p (1 - p) in billionths; ``judged`` are the leads of whom it is
    known whether they bought.
    """

    launch = models.ForeignKey(Launch, on_delete=models.CASCADE, related_name="+", db_index=False)
    day = models.DateField()
    tier = models.CharField(max_length=8, choices=Tier.choices, blank=True)
    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="+")
    leads = models.BigIntegerField(default=0)
    captures = models.BigIntegerField(default=0)
    chance = models.BigIntegerField(default=0)
    variance = models.BigIntegerField(default=0)
    judged = models.BigIntegerField(default=0)
    buyers = models.BigIntegerField(default=0)
    net_minor = models.BigIntegerField(default=0)

    class Meta:
        db_table = "hub_launch_day"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["launch", "day", "tier", "campaign"], name="one_count_a_day")
        ]

    def __str__(self) -> str:
        return f"launch {self.launch_id} on {self.day}"


class StoredFigures(models.Model):
    """Figures that a job computed from the history for pages to show: ``launch:ID`` or ``model``, in plain values."""

    key = models.CharField(max_length=64, unique=True)
    values = models.JSONField(default=dict)
    computed_at = models.DateTimeField(default=get_now)

    class Meta:
        db_table = "hub_stored_figures"

    def __str__(self) -> str:
        return f"figures {self.key}"
