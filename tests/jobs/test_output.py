"""Written feature tables: as pandas gives them."""

from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hotleads.jobs.output import write_feature_blocks


@pytest.mark.parametrize("order", ["C", "F"])
def test_numbers_are_written_as_pandas_gives_them(order: Literal["C", "F"], tmp_path: Path) -> None:
    values = np.array([[1.5, np.nan, np.nan], [-0.0, 2.0, np.nan], [np.inf, 3.0, np.nan]], order=order)
    block = pd.DataFrame(values, pd.Index(["a", "b", "c"], name="lead_id"), list("xyz"), copy=False)
    write_feature_blocks([block, block.iloc[1:]], tmp_path / "f.parquet")
    file, tables = pq.ParquetFile(tmp_path / "f.parquet"), [pa.Table.from_pandas(b) for b in (block, block.iloc[1:])]
    assert file.read().equals(pa.concat_tables(tables), check_metadata=True)
    group = file.metadata.row_group(0)
    assert [group.column(i).is_stats_set for i in range(4)] == [False, False, False, True]
