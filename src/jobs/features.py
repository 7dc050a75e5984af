"""Write the feature table of a launch of any size: block by block, in memory that does not grow."""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from ..features import Feature, hash_declarations, iter_feature_blocks, read_launch_inputs
from ..history import History, HistoryError
from ..history.progress import ProgressCallback, ignore_progress
from ..history.schema import TABLES
from .output import write_feature_blocks

_PARTS_RECORD = "parts.json"


@dataclass(frozen=True)
class FeaturesOptions:
    """What to write.

    Attributes
    ----------
    launch
        Id of the launch.
    out
        A ``.parquet`` or ``.csv`` file, which appears whole or not at all; any other name is a folder of Parquet parts.
    """

    launch: str
    out: Path


class FeatureTableSize(NamedTuple):
    """How many leads (rows) and features (columns) a table has."""

    leads: int
    features: int


def run_features(
    history: History, options: FeaturesOptions, progress: ProgressCallback = ignore_progress
) -> FeatureTableSize:
    """Write the features of a launch and return the size of the table.

    A folder of parts continues after an interruption where it stopped, for the same history and features. Raises
    HistoryError for a folder that holds something else.
    """
    launch = history.get_launch(options.launch)
    progress("reading who is scored and what all leads share")
    leads, features, context = read_launch_inputs(history, launch)

    def build_blocks(first: int) -> Iterator[pd.DataFrame]:
        done = 0
        blocks = iter_feature_blocks(history, launch, leads, context, features, first=first, by_column=True)
        for number, block in enumerate(blocks, first):
            done += len(block)
            yield block
            progress(f"part {number + 1}: {done:,} of {len(leads):,} leads")

    if options.out.suffix in (".parquet", ".csv"):
        write_feature_blocks(build_blocks(0), options.out)
    else:
        state = {"launch_id": options.launch} | _hash_inputs(history, features, context.hash)
        _write_parts(build_blocks, options.out, state)
    return FeatureTableSize(len(leads), len(features))


def _hash_inputs(history: History, features: Iterable[Feature], context_hash: str) -> dict[str, str]:
    """Return hashes of what decides the values of the table."""
    files = [(history.folder / f"{table}.parquet").stat() for table in TABLES]
    state = [dict(history.manifest), [(file.st_size, file.st_mtime_ns) for file in files]]
    history_hash = hashlib.sha256(json.dumps(state, sort_keys=True).encode()).hexdigest()
    return {
        "history_hash": history_hash,
        "feature_hash": hash_declarations(list(features)),
        "context_hash": context_hash,
    }


def _write_parts(build_blocks: Callable[[int], Iterable[pd.DataFrame]], out: Path, state: dict[str, str]) -> None:
    record = out / _PARTS_RECORD
    if not record.is_file():
        if out.exists() and (not out.is_dir() or any(out.iterdir())):
            raise HistoryError(f"{out} holds something else; name a new folder, or a .parquet or .csv file")
        out.mkdir(parents=True, exist_ok=True)
    if not record.is_file() or json.loads(record.read_text(encoding="utf-8")) != state:
        for old_part in out.glob("part-*.parquet"):
            old_part.unlink()
        record.write_text(json.dumps(state, indent=2) + "\n", encoding="utf-8")
    first = len(list(out.glob("part-*.parquet")))  # each appears whole, in order
    for number, block in enumerate(build_blocks(first), first):
        write_feature_blocks([block], out / f"part-{number:05d}.parquet")
