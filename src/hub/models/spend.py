"""What was spent on the campaigns of a launch: imported, or typed on the page."""

from typing import ClassVar

from django.db import models

from ..clock import get_now
from .launch import Launch
from .launch_lead import Campaign
from .user import User


class Spend(models.Model):
    """What one campaign cost on one day, in the smallest unit of its currency; all of a launch is in one currency.

    An empty field of the campaign is not told. A later row of the same launch, day and campaign stands in for the one
    before: ad platforms restate their days.
    """

    launch = models.ForeignKey(Launch, on_delete=models.CASCADE, related_name="spend")
    day = models.DateField()
    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="+")
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    created_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=get_now, editable=False)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["launch", "day", "campaign"], name="one_spend_a_day_and_campaign"),
            models.CheckConstraint(condition=models.Q(amount_minor__gte=0), name="spend_is_not_negative"),
        ]

    def __str__(self) -> str:
        return f"spend {self.pk}"
