"""The audit log: who changed what, appended in the transaction of the change. The database refuses any other write."""

from typing import ClassVar

from django.db import models

from ..clock import get_now
from .user import User


class AuditEntry(models.Model):
    """One change. ``subject_id`` and ``details`` hold ids and settings, and nothing personal: erasure leaves them."""

    occurred_at = models.DateTimeField(default=get_now, editable=False)
    actor = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    action = models.CharField(max_length=64)
    subject_type = models.CharField(max_length=32, blank=True)
    subject_id = models.CharField(max_length=64, blank=True)
    details = models.JSONField(default=dict)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["subject_type", "subject_id"], name="audit_of_subject")
        ]

    def __str__(self) -> str:
        return f"audit entry {self.pk}"
