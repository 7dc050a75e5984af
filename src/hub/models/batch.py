"""Batches: rows that arrive together and are seen together."""

from typing import Self, TypeVar

from django.db import models

from ..clock import get_now


class Batch(models.Model):
    """Rows written in several transactions, which one last transaction makes visible (``committed_at``)."""

    source = models.CharField(max_length=32)
    started_at = models.DateTimeField(default=get_now, editable=False)
    committed_at = models.DateTimeField(null=True, editable=False)

    def __str__(self) -> str:
        return f"batch {self.pk} ({self.source})"


_Model = TypeVar("_Model", bound=models.Model)


class ArrivalQuerySet(models.QuerySet[_Model]):
    """Rows that arrived, alone or in a batch."""

    def visible(self) -> Self:
        """Return the rows that belong to no batch, or to one that is complete."""
        return self.filter(models.Q(batch=None) | models.Q(batch__committed_at__isnull=False))

    def newest(self, count: int) -> Self:
        """Return so many of these rows, those that arrived last; what narrows or sums them up costs no more than they.

        They are found by the id of the first one: from a list of their ids PostgreSQL reads the whole table.
        """
        first = self.order_by("-pk").values_list("pk", flat=True)[count - 1 : count].first()
        return self if first is None else self.filter(pk__gte=first)
