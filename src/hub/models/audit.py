"""The audit log: who changed what, appended in the transaction of the change. The database refuses any other write."""

from typing import ClassVar

from django.db import models
from django.utils.text import camel_case_to_spaces

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


def record_action(actor: User | None, action: str, subject: models.Model | None, /, **details: object) -> AuditEntry:
    """Append a line to the audit log, in the caller's transaction.

    Parameters
    ----------
    actor
        Who did it; None: the hub itself, or somebody on its machine.
    action
        What was done, such as ``launch.changed``.
    subject
        The row that it was done to; None: there is none.
    details
        Ids and settings, and nothing personal.

    Returns
    -------
    AuditEntry
        The line.
    """
    kind = "" if subject is None else camel_case_to_spaces(str(subject._meta.object_name)).replace(" ", "_")
    subject_id = "" if subject is None else str(subject.pk)
    return AuditEntry.objects.create(
        actor=actor, action=action, subject_type=kind, subject_id=subject_id, details=details
    )
