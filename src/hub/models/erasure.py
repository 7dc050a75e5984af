"""Erasure: what was removed of whom, and the tombstones that keep an erased person out."""

from django.db import models

from ..clock import get_now
from ..sealing.fields import DigestField
from .contact import Contact
from .user import User


class ErasureState(models.TextChoices):
    """How far an erasure is. It goes on after a crash; the person is kept out from the beginning."""

    STARTED = "started", "Started"
    DONE = "done", "Done"


class Erasure(models.Model):
    """One person erased: the receipt. ``removed`` says by name of the place how many rows or files went there.

    ``learned_since`` is when the first row of the person came: models trained after it may have learned from them.
    ``compacted_at`` is when the database's files were written anew without what was deleted.
    """

    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="erasures")
    state = models.CharField(max_length=16, choices=ErasureState.choices, default=ErasureState.STARTED)
    requested_at = models.DateTimeField(default=get_now, editable=False)
    requested_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    learned_since = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True, editable=False)
    compacted_at = models.DateTimeField(null=True, editable=False)
    removed = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"erasure {self.pk}"


class Tombstone(models.Model):
    """A keyed hash of what identified an erased person. Rows that it fits are left out, and counted.

    ``erasure`` is null where the tombstone came with a restored backup that does not know the person.
    """

    digest = DigestField(unique=True)
    erasure = models.ForeignKey(Erasure, null=True, on_delete=models.PROTECT, related_name="tombstones")
    created_at = models.DateTimeField(default=get_now, editable=False)
    rows_kept_out = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"tombstone {self.pk}"
