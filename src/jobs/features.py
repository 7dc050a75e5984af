"""The feature table of a launch of any size: written block by block, in memory that does not grow."""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pandas as pd

from ..features import Feature, hash_declarations, iter_feature_blocks, read_launch_inputs
from ..history import History, HistoryError
from ..history.schema import TABLES
from .output import write_blocks

_RECORD = "parts.json"


def run_features(history: History, launch_id: str, out: Path, progress: Callable[[str], None]) -> tuple[int, int]:
    """Write a launch's features to ``out`` and return how many leads and features there are.

    A ``.parquet`` or ``.csv`` file appears whole or not at all. Any other name is a folder of Parquet parts: asked
    again after an interruption, for the same history and features, it goes on where it was. Raises HistoryError for a
    folder that holds something else.
    """
    launch = history.get_launch(launch_id)
    progress("who is scored, and what is known of all")
    leads, features, context = read_launch_inputs(history, launch)

    def blocks(first: int) -> Iterator[pd.DataFrame]:
        done = 0
        asked = iter_feature_blocks(history, launch, leads, context, features, first=first, by_column=True)
        for number, block in enumerate(asked, first):
            done += len(block)
            yield block
            progress(f"part {number + 1}: {done:,} of {len(leads):,} leads")

    if out.suffix in (".parquet", ".csv"):
        write_blocks(blocks(0), out)
    else:
        _write_parts(blocks, out, {"launch_id": launch_id} | _told(history, features, context.hash))
    return len(leads), len(features)


def _told(history: History, features: Iterable[Feature], context: str) -> dict[str, str]:
    """What decides every value of the table."""
    files = [(history.folder / f"{table}.parquet").stat() for table in TABLES]
    state = [dict(history.manifest), [(file.st_size, file.st_mtime_ns) for file in files]]
    told = hashlib.sha256(json.dumps(state, sort_keys=True).encode()).hexdigest()
    return {"history_hash": told, "feature_hash": hash_declarations(list(features)), "context_hash": context}


def _write_parts(blocks: Callable[[int], Iterable[pd.DataFrame]], out: Path, told: dict[str, str]) -> None:
    record = out / _RECORD
    if not record.is_file():
        if out.exists() and (not out.is_dir() or any(out.iterdir())):
            raise HistoryError(f"{out} holds something else; name a new folder, or a file .parquet or .csv")
        out.mkdir(parents=True, exist_ok=True)
    if not record.is_file() or json.loads(record.read_text(encoding="utf-8")) != told:
        for old in out.glob("part-*.parquet"):
            old.unlink()
        record.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
    first = len(list(out.glob("part-*.parquet")))  # each appears whole, in order
    for number, block in enumerate(blocks(first), first):
        write_blocks([block], out / f"part-{number:05d}.parquet")
