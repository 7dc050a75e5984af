"""Import a folder of exports as a history, or propose a mapping for it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from ..checks import Finding, find_missing_outcomes
from ..checks.outcomes import LaunchOutcome, count_outcomes
from ..history import History, import_history, open_history, suggest_mapping

_SUMMARY = """
    SELECT 'leads' AS "table", count(*) AS rows, count(DISTINCT lead_id) AS people, min(captured_at) AS first,
        max(captured_at) AS last, NULL AS bought FROM leads
    UNION ALL SELECT 'purchases', count(*), count(DISTINCT lead_id), min(occurred_at), max(occurred_at),
        count(*) FILTER (bought) FROM purchases
    UNION ALL SELECT 'events', count(*), count(DISTINCT lead_id), min(occurred_at), max(occurred_at), NULL FROM events
    UNION ALL SELECT 'launches', count(*), NULL, NULL, NULL, NULL FROM launches
"""


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


class ImportResult(NamedTuple):
    """What an import wrote.

    Attributes
    ----------
    manifest
        The history's manifest.
    tables
        One row a table: ``table``, ``rows``, ``people``, ``first`` and ``last`` (times of rows), ``bought``.
    launches
        One row a launch that has its times: ``launch_id``, ``has_begun`` (within the history), and where it has
        ``purchases`` and ``of_product`` in its window and ``buyers`` among its leads.
    findings
        What keeps a model from being made of it.
    """

    manifest: dict[str, Any]
    tables: pd.DataFrame
    launches: pd.DataFrame
    findings: list[Finding]


def run_import(options: ImportOptions) -> ImportResult:
    """Import a folder of exports, and summarize the history that was written. Raises HistoryError."""
    manifest = import_history(options.source, options.out, mapping=options.mapping, timezone=options.timezone)
    history = open_history(options.out)
    return ImportResult(
        manifest, _summarize_tables(history), _summarize_launches(history), find_missing_outcomes(history)
    )


def _summarize_tables(history: History) -> pd.DataFrame:
    with history.connect() as con:
        rows: pd.DataFrame = con.sql(_SUMMARY).to_arrow_table().to_pandas()
    return rows


def _summarize_launches(history: History) -> pd.DataFrame:
    outcomes = count_outcomes(history)
    rows = [
        {"launch_id": name, "has_begun": name in outcomes} | (outcomes[name]._asdict() if name in outcomes else {})
        for name, launch in history.launches.items()
        if launch.problem is None
    ]
    return pd.DataFrame(rows, columns=["launch_id", "has_begun", *LaunchOutcome._fields])


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
