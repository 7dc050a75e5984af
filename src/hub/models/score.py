"""Scores: each lead's present one in a launch, every one before it, and the features that reasons speak of."""

from typing import ClassVar

from django.db import models

from ..clock import get_now
from .contact import Contact
from .launch import Launch


class ScoreState(models.TextChoices):
    """How final a score is (docs/hub.md)."""

    PROVISIONAL = "provisional", "Provisional"
    FINAL = "final", "Final"
    JUDGED = "judged", "Judged"
    MATURE = "mature", "Mature"


class Tier(models.TextChoices):
    """How likely a lead is to buy, beside the reference rate."""

    HOT = "hot", "Hot"
    WARM = "warm", "Warm"
    COLD = "cold", "Cold"


class FeatureSet(models.Model):
    """The declarations of features that a model sees, of which reasons are said; ``feature_hash`` is their hash."""

    feature_hash = models.CharField(max_length=64, primary_key=True)
    declarations = models.JSONField()

    def __str__(self) -> str:
        return self.feature_hash


class ScoredRow(models.Model):
    """What a scored row holds, with the names that docs/flow.md gives.

    ``reasons`` and ``moved_because``, why the score moved there from the one before, are codes and values; ``hub.feed``
    says them in a reader's language.
    """

    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="+", db_index=False)
    launch = models.ForeignKey(Launch, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=16, choices=ScoreState.choices)
    as_of = models.DateTimeField()
    scored_at = models.DateTimeField(default=get_now)
    probability = models.FloatField()
    logit = models.FloatField()
    score = models.FloatField()
    tier = models.CharField(max_length=8, choices=Tier.choices)
    tier_policy = models.CharField(max_length=200)
    reasons = models.JSONField(default=list)
    findings = models.JSONField(default=list)
    model_version = models.CharField(max_length=64)
    feature_hash = models.CharField(max_length=64)
    context_hash = models.CharField(max_length=64)
    moved_because = models.JSONField(default=list)

    class Meta:
        abstract = True


class Score(ScoredRow):
    """One score as it was given, kept when a later one replaces it."""

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["contact", "launch", "scored_at"], name="score_of_contact")
        ]

    def __str__(self) -> str:
        return f"score {self.pk}"


class CurrentScore(ScoredRow):
    """A lead's present score in a launch: what pages and exports read."""

    class Meta:
        db_table = "hub_score_current"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["launch", "contact"], name="one_current_score_a_lead")
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["launch", "-probability", "contact"], name="current_score_by_rank"),
            models.Index(fields=["launch", "tier", "-probability", "contact"], name="current_score_by_tier"),
            models.Index(fields=["contact"], name="current_score_of_contact"),
        ]

    def __str__(self) -> str:
        return f"current score {self.pk}"
