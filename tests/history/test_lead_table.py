"""Ranges of leads: every row of the leads asked for, whatever the row groups are."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hotleads.history.lead_table import find_partition_bounds, open_lead_table

LEADS = sorted(["", "10", "1", "Ana", "ana", "ana maria", "õ", "~", "\U0001f600", "\uffff", "x" * 400])


@pytest.fixture(params=[1, 2, 3, 5, 1000])
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Each lead as many rows as its place, in row groups of so many rows."""
    ids = [lead for number, lead in enumerate(LEADS, 1) for _ in range(number)]
    table = pa.table({"lead_id": ids, "row": np.arange(len(ids)), "word": [f"w{i % 3}" for i in range(len(ids))]})
    pq.write_table(table, tmp_path / "t.parquet", row_group_size=request.param)
    return tmp_path / "t.parquet"


def test_a_range_holds_all_rows_of_its_leads_in_their_order(path: Path) -> None:
    all_rows, table = pq.read_table(path).to_pandas(), open_lead_table(path)
    for i, first in enumerate(LEADS):
        for last in LEADS[i:]:
            part = table.read(["row", "lead_id"], first, last).to_pandas().astype({"lead_id": "str"})
            wanted = part[(part["lead_id"] >= first) & (part["lead_id"] <= last)]
            expected = all_rows[(all_rows["lead_id"] >= first) & (all_rows["lead_id"] <= last)]
            assert wanted["row"].to_list() == expected["row"].to_list()
            assert part["row"].is_monotonic_increasing


def test_leads_that_are_not_there_have_no_rows(path: Path) -> None:
    part = open_lead_table(path).read(["lead_id"], "b", "b").to_pandas()
    assert "b" not in set(part["lead_id"])


def test_texts_come_as_codes_where_the_file_has_them(tmp_path: Path) -> None:
    table = pa.table({"lead_id": ["a", "b", "c"], "word": ["w", "w", None]})
    pq.write_table(table, tmp_path / "t.parquet", use_dictionary=["word"])
    read = open_lead_table(tmp_path / "t.parquet").read(["lead_id", "word"], "a", "c")
    assert read.schema.types == [pa.string(), pa.dictionary(pa.int32(), pa.string())]
    assert read.to_pydict() == table.to_pydict()


def test_only_row_groups_that_can_hold_the_leads_are_read(path: Path) -> None:
    groups = pq.ParquetFile(path).metadata
    sizes = [groups.row_group(i).num_rows for i in range(groups.num_row_groups)]
    read = len(open_lead_table(path).read(["row"], LEADS[0], LEADS[0]))
    assert read == sizes[0]


def test_cuts_are_leads_and_part_the_rows(path: Path) -> None:
    table = open_lead_table(path)
    bounds = find_partition_bounds([table, table], 10)
    assert bounds == sorted(bounds)
    assert set(bounds) <= set(LEADS)
    assert bool(bounds) or len(table.firsts) == 1
    assert find_partition_bounds([table], 10**9) == []


def test_a_file_without_statistics_of_its_ranges_is_read_whole(tmp_path: Path) -> None:
    pq.write_table(pa.table({"lead_id": ["a", "b", "c"]}), tmp_path / "t.parquet", write_statistics=False)
    assert len(open_lead_table(tmp_path / "t.parquet").read(["lead_id"], "b", "b")) == 3


def test_ranges_part_a_table_between_any_bounds(path: Path) -> None:
    all_rows, table = pq.read_table(path).to_pandas(), open_lead_table(path)
    for low in (None, *LEADS, "b"):
        for high in (*LEADS, "b", None):
            if low is None or high is None or low <= high:
                part = table.read_range(["row", "lead_id"], low, high)["row"].to_pylist()
                in_range = (all_rows["lead_id"] >= (low or "")) & (True if high is None else all_rows["lead_id"] < high)
                assert part == all_rows.loc[in_range, "row"].to_list()
