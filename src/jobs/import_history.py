"""Import a folder of exports as a history, or propose a mapping for it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..history import import_history, suggest_mapping


@dataclass(frozen=True)
class ImportOptions:
    """What to import.

    Attributes
    ----------
    source
        Folder of the exports.
    out
        Folder of the history to write; an earlier import there is replaced.
    mapping
        TOML file that maps a foreign export to the tables.
    timezone
        IANA zone of times without an offset (default: the mapping's, else UTC).
    """

    source: Path
    out: Path
    mapping: Path | None = None
    timezone: str | None = None


def run_import(options: ImportOptions) -> dict[str, Any]:
    """Import a folder of exports and return the manifest of the history. Raises HistoryError."""
    return import_history(options.source, options.out, mapping=options.mapping, timezone=options.timezone)


def propose_mapping(source: Path, out: Path | None = None) -> str:
    """Return a proposed mapping for a folder of exports, and write it to ``out`` where a file is named.

    Raises HistoryError where there are no exports, FileExistsError where the file exists.
    """
    text = suggest_mapping(source)
    if out is not None:
        if out.exists():  # it may have been edited by hand
            raise FileExistsError(f"{out} exists; remove it or name another file")
        out.write_text(text, encoding="utf-8")
    return text
