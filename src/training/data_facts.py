"""What a history is told by: its content's hash, its rows and the time that they span."""

import hashlib
from typing import Any

from ..history import History
from ..history.schema import TABLES


def hash_history(history: History) -> str:
    """Hash (hex) of the four tables as they lie on disk; personal data, which no model sees, does not count."""
    told = hashlib.sha256()
    for table in TABLES:
        with (history.folder / f"{table}.parquet").open("rb") as file:
            told.update(hashlib.file_digest(file, "sha256").digest())
    return told.hexdigest()


def describe_history(history: History) -> dict[str, Any]:
    """Plain values for a run: fingerprint, first and last instant, and each table's rows."""
    rows = {f"history_{table}_rows": count for table, count in history.manifest["rows"].items()}
    began, ended = history.began_at, history.ended_at
    return {
        "history_fingerprint": hash_history(history)[:16],
        "history_began": began.isoformat() if began else None,
        "history_ended": ended.isoformat() if ended else None,
        **rows,
    }
