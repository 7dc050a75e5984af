"""Judgements: files of any tool's scores, and what they turned out to be worth."""

from django.db import models

from ..clock import get_now
from ..sealing.fields import SealedTextField
from .user import User


class JudgementState(models.TextChoices):
    """How far a judgement is."""

    WAITING = "waiting", "Waiting"
    JUDGED = "judged", "Judged"
    REFUSED = "refused", "Refused"


class Judgement(models.Model):
    """One file of scores to judge. It lies under ``judged/ID`` until the job has read it, and is then removed.

    ``options`` name the file's columns and say when its scores were given; ``result`` has the figures
    (``judge.judgement_to_json``) and, by language, the sentences; it names nobody. ``problems`` say why it was refused,
    as those of an upload's verdict do.
    """

    state = models.CharField(max_length=16, choices=JudgementState.choices, default=JudgementState.WAITING)
    file_name = SealedTextField(null=True)
    options = models.JSONField(default=dict)
    result = models.JSONField(null=True)
    problems = models.JSONField(default=list)
    created_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=get_now, editable=False)
    ended_at = models.DateTimeField(null=True, editable=False)

    def __str__(self) -> str:
        return f"judgement {self.pk}"
