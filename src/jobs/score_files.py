"""Files of scored rows: Parquet for programs, CSV and Excel for people. A file appears whole or not at all."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from ..history.atomic import atomic_write
from ..history.contacts import CONTACT_COLUMNS
from ..scoring.reasons import REASONS_TYPE, render_reason
from .formulas import quote_formulas

_TYPES = {
    "launch_id": pa.string(),
    "lead_id": pa.string(),
    **dict.fromkeys(CONTACT_COLUMNS, pa.string()),
    "as_of": pa.timestamp("us", "UTC"),
    "probability": pa.float64(),
    "logit": pa.float64(),
    "score": pa.float64(),
    "tier": pa.string(),
    "tier_policy": pa.string(),
    "reasons": REASONS_TYPE,
    "findings": pa.list_(pa.string()),
    "model_version": pa.string(),
    "feature_hash": pa.string(),
    "context_hash": pa.string(),
    "until": pa.timestamp("us", "UTC"),
    "label": pa.int8(),
    "label_mature": pa.int8(),
    "bought_before": pa.bool_(),
}
_TRUTH_COLUMNS = ("until", "label", "label_mature", "bought_before")
#: What people read first; the other columns follow.
_FIRST_COLUMNS = ("lead_id", *CONTACT_COLUMNS, "probability", "score", "tier")
#: Texts that come from the history's owner or from leads themselves.
_FOREIGN_TEXTS = ("launch_id", "lead_id", *CONTACT_COLUMNS)


@contextmanager
def open_score_file(
    out: Path, *, truth: bool = False, max_reasons: int = 3, contacts: pd.DataFrame | None = None
) -> Iterator[Callable[[pd.DataFrame], None]]:
    """Open a file of scored rows and give a function that writes them, block by block.

    Parameters
    ----------
    out
        Parquet; or CSV or an Excel workbook where it ends in ``.csv`` or ``.xlsx``. There each reason has a column of
        its own, ``reason_1`` to ``reason_<max_reasons>``, and findings are codes with spaces between them.
    truth
        Whether the rows have labels.
    max_reasons
        The most reasons of a lead.
    contacts
        The leads' names, addresses and numbers (``read_contacts``), to write beside the scores.
    """
    left_out = {*(() if truth else _TRUTH_COLUMNS), *(() if contacts is not None else CONTACT_COLUMNS)}
    names = [name for name in _TYPES if name not in left_out]
    suffix = out.suffix.lower()
    columns = _order_for_people(names, max_reasons)
    with atomic_write(out) as scratch:
        if suffix == ".csv":
            with scratch.open("w", encoding="utf-8", newline="") as file:
                yield lambda rows: _flatten(_join(rows, contacts), columns, quote=True).to_csv(
                    file, index=False, header=not file.tell()
                )
        elif suffix == ".xlsx":
            from .spreadsheet import SheetWriter  # openpyxl takes a fifth of a second to import

            with closing(SheetWriter("leads", columns)) as sheet:
                yield lambda rows: sheet.append(_flatten(_join(rows, contacts), columns))
                sheet.save(scratch)
        else:
            schema = pa.schema([(name, _TYPES[name]) for name in names])
            with pq.ParquetWriter(scratch, schema, compression="zstd") as writer:
                yield lambda rows: writer.write_table(_build_table(_join(rows, contacts), schema))


def write_scores(scores: pd.DataFrame, out: Path, *, truth: bool = False) -> None:
    """Write scored rows that are all in memory."""
    with open_score_file(out, truth=truth) as write:
        write(scores)


def _order_for_people(names: Sequence[str], max_reasons: int) -> list[str]:
    first = [name for name in _FIRST_COLUMNS if name in names]
    others = [name for name in names if name not in (*first, "reasons")]
    return [*first, *(f"reason_{number}" for number in range(1, max_reasons + 1)), *others]


def _join(rows: pd.DataFrame, contacts: pd.DataFrame | None) -> pd.DataFrame:
    return rows if contacts is None or rows.empty else rows.join(contacts, on="lead_id")


def _flatten(rows: pd.DataFrame, columns: list[str], *, quote: bool = False) -> pd.DataFrame:
    """Return the columns that people read; ``quote`` keeps a spreadsheet from taking a text for a formula."""
    flat = rows.drop(columns="reasons", errors="ignore").reindex(columns=columns)
    flat["findings"] = [" ".join(codes) for codes in rows.get("findings", [])]
    reasons = list(rows.get("reasons", []))
    for number, name in enumerate(name for name in columns if name.startswith("reason_")):
        flat[name] = [render_reason(of_lead[number]) if number < len(of_lead) else "" for of_lead in reasons]
    for name in _FOREIGN_TEXTS if quote else ():
        if name in flat:
            flat[name] = quote_formulas(flat[name])
    return flat


def _build_table(rows: pd.DataFrame, schema: pa.Schema) -> pa.Table:
    if rows.empty:  # no launch was scored: still a file that programs can open
        return schema.empty_table()
    table = pa.Table.from_pandas(rows.reindex(columns=schema.names), schema, preserve_index=False)
    return table.replace_schema_metadata(None)
