"""Take contacts out of the feed, and forget what changed: parts that hold such rows are written anew."""

from collections.abc import Sequence
from pathlib import Path

from .parts import RECORD_FILE, open_parts
from .tables import FEED_TABLES


def remove_contacts(folder: Path, contact_ids: Sequence[int]) -> int:
    """Remove the rows of some contacts from the parts in a folder, and return how many went.

    Their rows are deleted in the database before: what reads the feed now reads none of them again.
    """
    if not (folder / RECORD_FILE).is_file():
        return 0
    with open_parts(folder) as parts:
        return sum(parts.remove_contacts(table.name, contact_ids) for table in FEED_TABLES)


def remove_events(folder: Path) -> None:
    """Let the next run read all events again, since they have other types now."""
    if (folder / RECORD_FILE).is_file():
        with open_parts(folder) as parts:
            parts.forget("events")
