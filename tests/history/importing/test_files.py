"""Several files a table: together they are what one file of all their rows would be."""

import random
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from hotleads.history import HistoryError, import_history

Bring = Callable[[dict[str, str | bytes], str], Path]

LAUNCHES = "launch_id,strategy,cart_opens_at,cart_closes_at\nL,classic,2024-03-01,2024-03-08\n"
HEAD = "transaction_id,lead_id,occurred_at,status,amount\n"
ROWS = [
    f"{number % 7},{lead},2024-01-{day:02},{status},{number}\n"
    for number, (lead, day, status) in enumerate(
        (lead, day, status) for lead in "abc" for day in (3, 1, 2) for status in ("approved", "refunded", "canceled")
    )
]


def history(folder: Path, files: dict[str, str]) -> dict[str, bytes]:
    source = folder / "source"
    source.mkdir(parents=True)
    for name, text in ({"launches.csv": LAUNCHES} | files).items():
        (source / name).write_text(text)
    import_history(source, folder / "out")
    return {path.name: path.read_bytes() for path in (folder / "out").glob("*.parquet")}


def test_late_rows_give_what_a_whole_import_gives(tmp_path: Path) -> None:
    shuffled = random.Random(3).sample(ROWS, len(ROWS))  # noqa: S311
    leads = [f"{lead},2024-01-0{day},{lead}@example.org\n" for lead in "abc" for day in (1, 2)]
    head = "lead_id,captured_at,email\n"

    at_once = history(tmp_path / "whole", {"purchases.csv": HEAD + "".join(ROWS), "leads.csv": head + "".join(leads)})
    parts = history(
        tmp_path / "parts",
        {
            "purchases.csv": HEAD + "".join(shuffled[:9]),
            "purchases-late.csv": HEAD + "".join(shuffled[6:20]),  # some rows come twice
            "purchases-later.csv": HEAD + "".join(shuffled[20:]),
            "leads-1.csv": head + "".join(leads[3:]),
            "leads-2.csv": head + "".join(leads[:4]),
        },
    )

    assert at_once == parts


def test_files_of_other_columns_leave_what_they_lack_empty(tmp_path: Path) -> None:
    history(
        tmp_path,
        {
            "leads-1.csv": "lead_id,captured_at,attr_a\na,2024-01-01,x\n",
            "leads-2.csv": "attr_b,captured_at,lead_id\ny,2024-01-01,b\n",
        },
    )

    table = pq.read_table(tmp_path / "out" / "leads.parquet", columns=["lead_id", "attr_a", "attr_b"])
    assert [tuple(row.values()) for row in table.to_pylist()] == [("a", "x", None), ("b", None, "y")]


def test_problems_name_the_file_they_are_in(tmp_path: Path) -> None:
    with pytest.raises(HistoryError) as caught:
        history(
            tmp_path,
            {
                "leads-1.csv": "lead_id,captured_at\na,2024-01-01\nb,no\n",
                "leads-2.csv": "captured_at,lead_id\n\nno,b\n",
            },
        )

    assert [problem.places for problem in caught.value.problems] == [("leads-1.csv:3", "leads-2.csv:3")]


def test_a_ragged_file_among_several_is_named(tmp_path: Path) -> None:
    with pytest.raises(HistoryError, match=r"leads-2\.csv:3"):
        history(
            tmp_path, {"leads-1.csv": "lead_id,captured_at\n", "leads-2.csv": "lead_id,captured_at\na,2024-01-01\nb\n"}
        )


def test_each_file_needs_the_required_columns(tmp_path: Path) -> None:
    with pytest.raises(HistoryError, match=r"leads.captured_at: leads-2\.csv has no such column"):
        history(tmp_path, {"leads-1.csv": "lead_id,captured_at\n", "leads-2.csv": "lead_id\nb\n"})


MAPPING = """
[source.sales]
file = {files}
[purchases]
from = "sales"
group_by = ["id", "lead"]
[purchases.columns]
transaction_id = "id"
lead_id = "lead"
occurred_at = "min(day)"
amount = "sum(CAST(paid AS DECIMAL(18, 2)))"
"""
PARTS: dict[str, str | bytes] = {
    "sales-1.csv": "id,lead,day,paid\n1,a,2024-01-02,5\n2,a,2024-01-02,3\n",
    "sales-2.csv": "paid,id,lead,day\n7,1,a,2024-01-01\n",
}


@pytest.mark.parametrize("files", ['"sales-*.csv"', '["sales-2.csv", "sales-1.csv"]', '["sales-*.csv", "sales-1.csv"]'])
def test_a_source_may_be_several_files(files: str, bring_mapped: Bring) -> None:
    out = bring_mapped(PARTS, MAPPING.format(files=files))

    purchases = pq.read_table(out / "purchases.parquet", columns=["transaction_id", "amount"]).to_pylist()
    assert [(row["transaction_id"], int(row["amount"])) for row in purchases] == [("1", 12), ("2", 3)]


def test_files_of_one_source_need_the_same_columns(bring_mapped: Bring) -> None:
    with pytest.raises(HistoryError, match=r"sales-2\.csv and sales-1\.csv differ in fee, paid"):
        bring_mapped(PARTS | {"sales-2.csv": "id,lead,day,fee\n"}, MAPPING.format(files='"sales-*.csv"'))


@pytest.mark.parametrize(("bad", "expected_message"), [("7,1,a\n", "sales-2.csv:2"), ("7,1,z,no\n", "sales-2.csv:2")])
def test_places_in_several_files(bad: str, expected_message: str, bring_mapped: Bring) -> None:
    with pytest.raises(HistoryError, match=expected_message):
        bring_mapped(PARTS | {"sales-2.csv": "paid,id,lead,day\n" + bad}, MAPPING.format(files='"sales-*.csv"'))
