"""Pages by key, newest first: page one thousand costs what page one costs."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from django.db.models import Model, QuerySet

#: Fewer than the largest id of a database has.
_MAX_DIGITS = 19
_Row = TypeVar("_Row", bound=Model)


@dataclass(frozen=True)
class Page(Generic[_Row]):
    """Rows, and the key after which the next page begins; None on the last."""

    rows: list[_Row]
    next_key: str | None
    is_first: bool


def read_id(text: str | None) -> int | None:
    """Return the id that a request names; None for what is none."""
    return int(text) if text and text.isdecimal() and len(text) < _MAX_DIGITS else None


def read_page(rows: QuerySet[_Row], before: str | None, size: int) -> Page[_Row]:
    """Return the rows with the highest ids below ``before``; a key that is none begins at the first page."""
    key = read_id(before)
    found = list((rows if key is None else rows.filter(pk__lt=key)).order_by("-pk")[: size + 1])
    next_key = str(found[size - 1].pk) if len(found) > size else None
    return Page(found[:size], next_key, key is None)
