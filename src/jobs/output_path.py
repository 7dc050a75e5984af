"""Where a job may write: looked at before the work, without an import that takes time."""

from collections.abc import Sequence
from pathlib import Path

SCORE_SUFFIXES = (".parquet", ".csv", ".xlsx")


class OutputError(ValueError):
    """Raised for a file that cannot be written as asked."""


def validate_output(out: Path, suffixes: Sequence[str]) -> None:
    """Raise OutputError for a file of another suffix or in a missing folder: before the work, not after it."""
    if out.suffix.lower() not in suffixes:
        known = f"{', '.join(suffixes[:-1])} or {suffixes[-1]}"
        raise OutputError(f"{out} ends in {out.suffix or 'no suffix'}; name a file that ends in {known}")
    if not out.parent.is_dir():
        raise OutputError(f"the folder {out.parent} is missing; make it, or name another")
    if out.is_dir():
        raise OutputError(f"{out} is a folder; name a file")
