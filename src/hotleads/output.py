"""Writing scored rows: Parquet for programs, CSV for people; a file appears whole or not at all."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

_REASON = pa.struct(
    [
        ("feature", pa.string()),
        ("group", pa.string()),
        ("value", pa.float64()),
        ("contribution", pa.float64()),
        ("text", pa.string()),
    ]
)
_TYPES = {
    "launch_id": pa.string(),
    "lead_id": pa.string(),
    "as_of": pa.timestamp("us", "UTC"),
    "probability": pa.float64(),
    "logit": pa.float64(),
    "score": pa.float64(),
    "tier": pa.string(),
    "tier_policy": pa.string(),
    "reasons": pa.list_(_REASON),
    "findings": pa.list_(pa.string()),
    "model_version": pa.string(),
    "feature_hash": pa.string(),
    "context_hash": pa.string(),
    "until": pa.timestamp("us", "UTC"),
    "label": pa.int8(),
    "label_mature": pa.int8(),
}
_WITHOUT_TRUTH = ("until", "label", "label_mature")


def write_scores(scores: pd.DataFrame, out: Path, *, truth: bool = False) -> None:
    """Scored rows as Parquet, or as CSV where ``out`` ends so; ``truth`` adds the labels.

    In CSV reasons are JSON, and findings are codes with blanks between them.
    """
    names = [name for name in _TYPES if truth or name not in _WITHOUT_TRUTH]
    if out.suffix == ".csv":
        flat = scores.reindex(columns=names).assign(
            reasons=[json.dumps(told, ensure_ascii=False) for told in scores.get("reasons", [])],
            findings=[" ".join(codes) for codes in scores.get("findings", [])],
        )
        _whole(out, lambda path: flat.to_csv(path, index=False))
        return
    schema = pa.schema([(name, _TYPES[name]) for name in names])
    if scores.empty:  # no launch was scored: still a file that programs can open
        table = schema.empty_table()
    else:
        table = pa.Table.from_pandas(scores.reindex(columns=names), schema, preserve_index=False)
    _whole(out, lambda path: pq.write_table(table.replace_schema_metadata(None), path, compression="zstd"))


def write_table(table: pd.DataFrame, out: Path) -> None:
    """A feature table with its index, as Parquet, or as CSV where ``out`` ends so."""
    _whole(out, lambda path: table.to_csv(path) if out.suffix == ".csv" else table.to_parquet(path))


def write_json(values: dict[str, object], out: Path) -> None:
    """Plain values as JSON."""
    _whole(out, lambda path: path.write_text(json.dumps(values, indent=2) + "\n", encoding="utf-8"))


def _whole(out: Path, write: Callable[[Path], object]) -> None:
    out.parent.mkdir(parents=True, exist_ok=True)
    scratch = out.with_name(f".{out.name}.{os.getpid()}")
    try:
        write(scratch)
        os.replace(scratch, out)
    finally:
        scratch.unlink(missing_ok=True)
