"""A part of a history's people, with all their rows: a smaller history of the same launches."""

from pathlib import Path

import pandas as pd

from .importing.pipeline import MANIFEST
from .schema import TABLES
from .sql import quote_literal
from .store import History, open_history

# Whoever is in one sample of so many parts is in every other.
_IS_DRAWN = "hash(lead_id) % {parts} = 0"


def write_lead_sample(history: History, folder: Path, parts: int) -> History:
    """Write a history of one in so many people, drawn by a hash of their ids.

    Parameters
    ----------
    history
        The whole history.
    folder
        The folder to write into; it exists.
    parts
        One in so many people is kept.

    Returns
    -------
    History
        The opened sample.
    """
    with history.connect() as con:
        for table in TABLES:
            path = quote_literal(str(folder / f"{table}.parquet"))
            where = f"WHERE {_IS_DRAWN.format(parts=parts)}" if table != "launches" else ""
            con.execute(f"COPY (SELECT * FROM {table} {where}) TO {path} (FORMAT parquet, ROW_GROUP_SIZE 122880)")
    (folder / MANIFEST).write_bytes((history.folder / MANIFEST).read_bytes())
    return open_history(folder)


def find_sampled_rows(history: History, lead_ids: pd.Series, parts: int) -> pd.Series:
    """Return which leads are in the sample of so many parts, in the order given."""
    with history.connect() as con:
        con.register("ids", pd.DataFrame({"place": range(len(lead_ids)), "lead_id": lead_ids.to_numpy()}))
        rows = con.sql(f"SELECT {_IS_DRAWN.format(parts=parts)} AS drawn FROM ids ORDER BY place").to_arrow_table()
    drawn: pd.Series = rows["drawn"].to_pandas()
    return drawn


def count_leads(history: History) -> int:
    """Return how many people a history has captures or purchases of."""
    with history.connect() as con:
        sql = "SELECT count(DISTINCT lead_id) FROM (SELECT lead_id FROM leads UNION ALL SELECT lead_id FROM purchases)"
        return int(con.execute(sql).fetchall()[0][0])
