"""Rules of the owner's: which type an event is, by what its sender calls it, its page and its product."""

from django.db import models

from ..clock import get_now


class EventRule(models.Model):
    """One rule. Its three patterns must all hold, an empty one holds for anything; a star stands for any letters.

    Of the rules that hold for an event the first made counts.
    """

    event_name = models.CharField(max_length=200, blank=True)
    page = models.CharField(max_length=200, blank=True)
    product_id = models.CharField(max_length=200, blank=True)
    event_type = models.CharField(max_length=64)
    created_at = models.DateTimeField(default=get_now, editable=False)

    def __str__(self) -> str:
        return f"event rule {self.pk}"
