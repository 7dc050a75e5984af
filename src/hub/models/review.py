"""Requests to review an automated decision: a person looks at a score and answers."""

from django.db import models

from ..clock import get_now
from ..sealing.fields import SealedTextField
from .contact import Contact
from .user import User


class ReviewState(models.TextChoices):
    """What became of a request."""

    OPEN = "open", "Open"
    UPHELD = "upheld", "Looked at: it stays"
    CHANGED = "changed", "Looked at: decided otherwise"


class ReviewRequest(models.Model):
    """One request. ``answer`` are the words of whoever looked, which may speak of the person and are sealed."""

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="reviews")
    state = models.CharField(max_length=16, choices=ReviewState.choices, default=ReviewState.OPEN)
    requested_at = models.DateTimeField(default=get_now, editable=False)
    requested_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    answered_at = models.DateTimeField(null=True, editable=False)
    answered_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    answer = SealedTextField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["contact"], condition=models.Q(state="open"), name="one_open_review_of_a_contact"
            ),
        )

    def __str__(self) -> str:
        return f"review {self.pk}"
