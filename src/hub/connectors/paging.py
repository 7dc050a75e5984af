"""Lists of another service: pages of rows, each row read by itself so that one bad one costs no other."""

from dataclasses import dataclass
from typing import Generic, TypeVar

import msgspec

_Row = TypeVar("_Row")


@dataclass(frozen=True)
class Page(Generic[_Row]):
    """A page of a list.

    Attributes
    ----------
    rows
        Its rows.
    unreadable
        How many rows are not as the service documents them, and were left out.
    """

    rows: list[_Row]
    unreadable: int = 0


def decode_page(items: list[msgspec.Raw], row_type: type[_Row]) -> Page[_Row]:
    """Return the rows of a page by their type, counting those that are not of it."""
    rows, unreadable = [], 0
    for item in items:
        try:
            rows.append(msgspec.json.decode(item, type=row_type, strict=False))
        except (msgspec.ValidationError, RecursionError):
            unreadable += 1
    return Page(rows, unreadable)
