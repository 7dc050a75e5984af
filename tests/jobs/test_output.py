"""Written files: whole or not at all, the same in blocks as at once."""

from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hotleads.jobs.output import open_score_file, write_feature_blocks, write_scores

REASON = {"feature": "spend", "group": "spend", "value": 3.5, "contribution": -0.25, "text": "Gastou R$\xa03,50, é só"}


def scored_rows(*leads: str) -> pd.DataFrame:
    """Rows of some leads, without the columns that are the same for all."""
    rows = [{"lead_id": lead, "probability": 0.5, "reasons": [REASON], "findings": ["a", "b"]} for lead in leads]
    return pd.DataFrame(rows).assign(as_of=pd.Timestamp("2025-06-02T13:00Z"))


@pytest.mark.parametrize("name", ["scores.parquet", "scores.csv"])
def test_blocks_are_written_as_all_at_once(name: str, tmp_path: Path) -> None:
    blocks = [scored_rows("a", "b"), scored_rows("c")]
    write_scores(pd.concat(blocks, ignore_index=True), tmp_path / "whole" / name)
    with open_score_file(tmp_path / name) as write:
        for block in blocks:
            write(block)
    if name.endswith("csv"):
        assert (tmp_path / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()
        assert (tmp_path / name).read_text(encoding="utf-8").count("lead_id") == 1
    else:
        written = pq.read_table(tmp_path / name)
        assert written.equals(pq.read_table(tmp_path / "whole" / name))
        assert written["lead_id"].to_pylist() == ["a", "b", "c"]
        assert written["reasons"].to_pylist() == [[REASON]] * 3


@pytest.mark.parametrize("name", ["scores.parquet", "scores.csv"])
def test_a_failure_leaves_what_was_there(name: str, tmp_path: Path) -> None:
    out = tmp_path / name
    out.write_text("from before")
    with pytest.raises(AttributeError), open_score_file(out) as write:  # noqa: PT012
        write(scored_rows("a"))
        write(None)  # type: ignore[arg-type]
    assert out.read_text() == "from before"
    assert [path.name for path in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("order", ["C", "F"])
def test_numbers_are_written_as_pandas_gives_them(order: Literal["C", "F"], tmp_path: Path) -> None:
    values = np.array([[1.5, np.nan, np.nan], [-0.0, 2.0, np.nan], [np.inf, 3.0, np.nan]], order=order)
    block = pd.DataFrame(values, pd.Index(["a", "b", "c"], name="lead_id"), list("xyz"), copy=False)
    write_feature_blocks([block, block.iloc[1:]], tmp_path / "f.parquet")
    file, tables = pq.ParquetFile(tmp_path / "f.parquet"), [pa.Table.from_pandas(b) for b in (block, block.iloc[1:])]
    assert file.read().equals(pa.concat_tables(tables), check_metadata=True)
    group = file.metadata.row_group(0)
    assert [group.column(i).is_stats_set for i in range(4)] == [False, False, False, True]
