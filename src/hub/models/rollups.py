"""The counts of a launch, taken anew from its rows."""

from django.db import transaction
from django.db.models import Count, Q

from ..clock import get_now
from .capture import Capture
from .launch import Launch, LaunchRollup
from .score import CurrentScore, Tier

_UTM_FIELDS = ("utm_source", "utm_medium", "utm_campaign", "utm_content", "utm_term")


def recount_launch(launch: Launch) -> LaunchRollup:
    """Count a launch's visible captures, their leads and UTM fields, and its present scores by tier, and keep that."""
    captures = Capture.objects.visible().filter(launch=launch)
    filled = {f"with_{name}": Count("pk", filter=~Q(**{name: ""})) for name in _UTM_FIELDS}
    counts = captures.aggregate(captures=Count("pk"), leads=Count("contact", distinct=True), **filled)
    tiers = {tier.value: Count("pk", filter=Q(tier=tier)) for tier in Tier}
    counts |= CurrentScore.objects.filter(launch=launch).aggregate(**tiers)
    with transaction.atomic():
        return LaunchRollup.objects.update_or_create(launch=launch, defaults={**counts, "updated_at": get_now()})[0]
