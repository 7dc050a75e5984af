"""Uploads: files that somebody brings, from the first look at them to their rows."""

from django.db import models

from ..clock import get_now
from ..sealing.fields import SealedTextField
from .batch import Batch
from .consent import LegalBasis, Purpose
from .user import User


class UploadKind(models.TextChoices):
    """What the files hold."""

    LEADS = "leads", "Leads"
    PURCHASES = "purchases", "Purchases"


class UploadState(models.TextChoices):
    """How far an upload is. Nothing of it is visible before ``imported``."""

    RECEIVED = "received", "Received"
    CHECKED = "checked", "Checked"
    REFUSED = "refused", "Refused"
    IMPORTING = "importing", "Importing"
    IMPORTED = "imported", "Imported"
    FAILED = "failed", "Failed"


class Upload(models.Model):
    """Files brought together. Their folder under ``uploads`` has the id as its name and is removed after the import.

    ``file_names`` is a JSON list; ``mapping`` says in JSON which column is which field; ``verdict`` holds counts and
    problems; ``imported_at`` is the time of rows that say none. Without ``purpose`` no consent is recorded.
    """

    kind = models.CharField(max_length=16, choices=UploadKind.choices)
    state = models.CharField(max_length=16, choices=UploadState.choices, default=UploadState.RECEIVED)
    file_names = SealedTextField(null=True)
    mapping = models.TextField(blank=True)
    verdict = models.JSONField(default=dict)
    purpose = models.CharField(max_length=32, choices=Purpose.choices, blank=True)
    basis = models.CharField(max_length=32, choices=LegalBasis.choices, blank=True)
    consent_text = models.TextField(blank=True)
    text_version = models.CharField(max_length=64, blank=True)
    options = models.JSONField(default=dict)
    imported_at = models.DateTimeField(default=get_now, editable=False)
    created_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=get_now, editable=False)
    ended_at = models.DateTimeField(null=True, editable=False)
    batch = models.OneToOneField(Batch, null=True, on_delete=models.PROTECT, related_name="upload")

    def __str__(self) -> str:
        return f"upload {self.pk}"
