"""Pages by key, newest first: page one thousand costs what page one costs."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from django.db.models import Model, QuerySet

_Row = TypeVar("_Row", bound=Model)


@dataclass(frozen=True)
class Page(Generic[_Row]):
    """Rows, and the key after which the next page begins; None on the last."""

    rows: list[_Row]
    next_key: str | None
    is_first: bool


def read_page(rows: QuerySet[_Row], before: str | None, size: int) -> Page[_Row]:
    """Return the rows with the highest ids below ``before``; a key that is none begins at the first page."""
    key = int(before) if before and before.isdecimal() and len(before) < 19 else None
    found = list((rows if key is None else rows.filter(pk__lt=key)).order_by("-pk")[: size + 1])
    next_key = str(found[size - 1].pk) if len(found) > size else None
    return Page(found[:size], next_key, key is None)
