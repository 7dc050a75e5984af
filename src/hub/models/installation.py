"""The installation's own settings, in one row."""

from typing import ClassVar

from django.db import models

from ..clock import get_now
from ..sealing.fields import SealedTextField

#: The folder of the installation's history, within its data folder.
HISTORY_FOLDER = "history"


class CsvLeadPolicy(models.TextChoices):
    """What is shown of leads that came by files only (HL-7)."""

    UNANSWERED = "", "Not answered yet: in counts and charts"
    AGGREGATE = "aggregate", "In counts and charts"
    LISTED = "listed", "Listed and exported"


class Installation(models.Model):
    """One row, with id 1. ``key_check`` opens with the installation's key alone."""

    csv_lead_policy = models.CharField(max_length=16, choices=CsvLeadPolicy.choices, blank=True)
    default_country = models.CharField(max_length=2, blank=True)
    time_zone = models.CharField(max_length=64, default="UTC")
    language = models.CharField(max_length=16, default="en")
    keep_messages_days = models.PositiveIntegerField(default=90)
    keep_uploads_days = models.PositiveIntegerField(default=30)
    keep_job_files_days = models.PositiveIntegerField(default=30)
    is_demo = models.BooleanField(default=False)
    key_check = SealedTextField(null=True)
    created_at = models.DateTimeField(default=get_now, editable=False)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=models.Q(id=1), name="one_installation")
        ]

    def __str__(self) -> str:
        return "the installation"


def hides_file_only(installation: Installation) -> bool:
    """Return whether leads that came by a file only are shown in counts and charts alone (HL-7)."""
    return installation.csv_lead_policy != CsvLeadPolicy.LISTED
