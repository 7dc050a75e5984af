"""Opened histories: from folders raw and imported, and from data frames in memory."""

import gc
import json
import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.dataset as ds
import pytest

from hotleads.history import History, HistoryError, history_from_frames, import_history, open_history
from hotleads.history.schema import TABLES

LAUNCHES = (
    "launch_id,strategy,cart_opens_at,cart_closes_at,capture_starts_at\n"
    "late,classic,2024-05-01,2024-05-08,\nunfinished,classic,,,\n"
    "open,perpetual,2024-01-01,,2024-04-01\nearly,paid,2024-03-01,2024-03-08,\n"
)
LEAD = pd.DataFrame({"lead_id": ["other"], "captured_at": [datetime(2024, 1, 1, tzinfo=UTC)]})


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    folder = tmp_path / "raw shop's"  # a name that needs care in SQL
    folder.mkdir()
    (folder / "launches.csv").write_text(LAUNCHES)
    (folder / "leads.csv").write_text("lead_id,captured_at,attr_age\nb,2024-02-01,31\na,2024-02-02 10:00,40\n")
    (folder / "purchases.csv").write_text(
        "transaction_id,lead_id,occurred_at,amount\nt,b,2024-02-03,10.10\nu,a,2024-02-02,5\n"
    )
    return folder


@pytest.fixture
def history(raw: Path) -> History:
    return open_history(raw)


def test_a_raw_folder_opens_as_it_would_imported_and_stays_as_it_was(raw: Path, tmp_path: Path) -> None:
    before = sorted(path.name for path in raw.iterdir())
    import_history(raw, tmp_path / "imported")

    opened, imported = open_history(raw), open_history(str(tmp_path / "imported"))

    assert sorted(path.name for path in raw.iterdir()) == before
    for table in TABLES:
        assert opened.read(table, opened.list_columns(table)) == imported.read(table, imported.list_columns(table))
    assert opened.manifest == imported.manifest
    assert (opened.name, imported.name) == (raw.name, "imported")


@pytest.mark.slow
def test_what_a_killed_process_left_of_a_raw_folder_goes_with_the_next(
    raw: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    program = "import os, sys; from hotleads.history import open_history; h = open_history(sys.argv[1]); os._exit(1)"
    subprocess.run([sys.executable, "-c", program, str(raw)], env=os.environ | {"TMPDIR": str(temporary)}, check=False)
    (left,) = temporary.iterdir()

    opened = open_history(raw)
    assert not left.exists()
    assert opened.folder.is_relative_to(temporary)
    also = open_history(raw)  # what is open stays
    assert opened.folder.is_dir()
    assert also.folder != opened.folder


def test_what_a_raw_folder_was_imported_to_goes_with_its_history(raw: Path) -> None:
    opened = open_history(raw)
    folder = opened.folder
    assert folder.is_dir()

    del opened
    gc.collect()

    assert not folder.exists()


def test_columns_come_in_the_requested_order_and_rows_by_lead(history: History) -> None:
    table = history.read("purchases", ["amount", "lead_id"])

    assert table.column_names == ["amount", "lead_id"]
    assert table.to_pylist() == [{"amount": 5, "lead_id": "a"}, {"amount": Decimal("10.1"), "lead_id": "b"}]


def test_times_are_utc_and_money_is_decimal(history: History) -> None:
    schema = history.read("purchases", ["occurred_at", "amount", "net_amount"]).schema

    assert schema.field("occurred_at").type == pa.timestamp("us", "UTC")
    assert schema.field("amount").type == schema.field("net_amount").type == pa.decimal128(18, 4)


def test_rows_may_be_filtered(history: History) -> None:
    assert history.read("leads", ["attr_age"], ds.field("lead_id") == "a").to_pylist() == [{"attr_age": "40"}]


def test_form_fields_are_columns_and_personal_ones_are_not(history: History) -> None:
    assert "attr_age" in history.list_columns("leads")
    assert not {"email", "phone", "name"} & set(history.list_columns("leads"))


def test_a_connection_sees_the_four_tables_in_utc(history: History) -> None:
    with history.connect() as con:
        counts = [con.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0] for table in TABLES]
        (at,) = con.execute("SELECT CAST(min(captured_at) AS VARCHAR) FROM leads").fetchall()[0]

    assert dict(zip(TABLES, counts, strict=True)) == {"leads": 2, "purchases": 2, "events": 0, "launches": 4}
    assert at == "2024-02-01 00:00:00+00"


def test_connections_of_two_histories_see_their_own_tables_at_once(history: History) -> None:
    other = history_from_frames(launches=pd.DataFrame({"launch_id": ["L"], "strategy": ["classic"]}), leads=LEAD)
    with history.connect() as con, other.connect() as other_con:
        con.execute("CREATE TEMP TABLE own AS SELECT 1")
        con.execute("SET TimeZone = 'America/Sao_Paulo'")
        ids = [c.execute("SELECT lead_id FROM leads ORDER BY 1").fetchall() for c in (con, other_con)]
        assert ids == [[("a",), ("b",)], [("other",)]]
        assert other_con.execute("SELECT current_setting('TimeZone')").fetchone() == ("UTC",)
    with history.connect() as con, pytest.raises(duckdb.CatalogException):
        con.execute("SELECT * FROM own")


def test_launches_come_in_order_of_their_start_and_those_without_one_last(history: History) -> None:
    assert list(history.launches) == ["early", "open", "late", "unfinished"]
    assert history.get_launch("late").cart_opens_at == datetime(2024, 5, 1, tzinfo=UTC)
    assert history.get_launch("late").product_id is None


def test_an_unknown_launch_is_answered_with_the_known_ones(history: History) -> None:
    with pytest.raises(HistoryError, match=r"'never'.*early, open, late, unfinished"):
        history.get_launch("never")


@pytest.mark.parametrize(
    ("rows", "until"),
    [
        ({"leads": "2024-02-05"}, datetime(2024, 2, 6, tzinfo=UTC)),
        ({"leads": "2024-02-05T23:59:59Z"}, datetime(2024, 2, 6, tzinfo=UTC)),
        ({"leads": "2024-02-28T12:00:00Z", "purchases": "2024-02-29"}, datetime(2024, 3, 1, tzinfo=UTC)),
        ({"purchases": "2024-02-05", "events": "2024-12-31T00:00:00Z"}, datetime(2025, 1, 1, tzinfo=UTC)),
        ({"leads": None}, None),
    ],
)
def test_a_history_is_observed_until_the_end_of_its_last_day(
    rows: dict[str, str | None], until: datetime | None
) -> None:
    usual = {"lead_id": "a", "transaction_id": "t", "event_type": "visit"}
    frames = {
        table: pd.DataFrame(
            [usual | {TABLES[table].time: at}] if at else [], columns=[*usual, str(TABLES[table].time)], dtype=str
        )
        for table, at in rows.items()
    }
    launches = pd.DataFrame([{"launch_id": "L", "strategy": "classic"}])

    assert history_from_frames(launches=launches, **frames).observed_until == until


def test_a_history_begins_and_ends_with_its_first_and_last_row_of_any_table(history: History) -> None:
    assert history.began_at == datetime(2024, 2, 1, tzinfo=UTC)
    assert history.ended_at == datetime(2024, 2, 3, tzinfo=UTC)


def test_frames_are_checked_as_files_are() -> None:
    launches = pd.DataFrame([{"launch_id": "L", "strategy": "classic"}])
    leads = pd.DataFrame({"lead_id": ["007", None], "captured_at": ["never", "2024-01-01"]})

    with pytest.raises(HistoryError) as caught:
        history_from_frames(launches=launches, leads=leads)

    assert {(problem.column, problem.places) for problem in caught.value.problems} == {
        ("captured_at", ("leads.parquet, row 1",)),
        ("lead_id", ("leads.parquet, row 2",)),
    }


def test_frames_keep_their_types_meaning() -> None:
    history = history_from_frames(
        launches=pd.DataFrame([{"launch_id": 1, "strategy": "classic"}]),
        leads=pd.DataFrame({"lead_id": ["007"], "captured_at": [pd.Timestamp("2024-01-01 09:00", tz="Asia/Tokyo")]}),
        purchases=pd.DataFrame(
            {
                "transaction_id": [1, 2],
                "lead_id": ["007", "007"],
                "occurred_at": pd.to_datetime(["2024-01-02", "2024-01-03"]),
                "amount": [0.1, float("nan")],
                "recurrence_number": [1.0, None],
                "payment_method": pd.Categorical(["pix", "card"]),
            }
        ),
    )

    assert list(history.launches) == ["1"]
    assert history.read("leads", ["captured_at"])["captured_at"][0].as_py() == datetime(2024, 1, 1, tzinfo=UTC)
    columns = ["transaction_id", "occurred_at", "amount", "recurrence_number", "payment_method"]
    assert history.read("purchases", columns).to_pylist() == [
        dict(zip(columns, values, strict=True))
        for values in (
            ("1", datetime(2024, 1, 2, tzinfo=UTC), Decimal("0.1"), 1, "pix"),
            ("2", datetime(2024, 1, 3, tzinfo=UTC), None, None, "card"),
        )
    ]


def test_two_histories_of_the_same_frames_are_named_alike() -> None:
    frames = {
        "launches": pd.DataFrame([{"launch_id": "L", "strategy": "classic"}]),
        "leads": pd.DataFrame([{"lead_id": "a", "captured_at": "2024-01-01"}]),
    }

    assert history_from_frames(**frames).name == history_from_frames(**frames).name


def test_a_column_of_several_types_is_named_without_its_values() -> None:
    launches = pd.DataFrame([{"launch_id": "L", "strategy": "classic"}])
    leads = pd.DataFrame({"lead_id": [7, "s3cret@example.org"], "captured_at": "2024-01-01"})

    with pytest.raises(HistoryError, match=r"leads: .*lead_id") as caught:
        history_from_frames(launches=launches, leads=leads)

    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    ("manifest", "expected_message"),
    [
        ("", "cannot be read; import the history again"),
        ("[]", "cannot be read; import the history again"),
        ("{}", "cannot be read; import the history again"),
        (json.dumps({"schema_version": 999}), "schema version 999, this program reads 2; import it again"),
    ],
)
def test_a_manifest_that_this_program_does_not_read(
    manifest: str, expected_message: str, raw: Path, tmp_path: Path
) -> None:
    import_history(raw, tmp_path / "out")
    (tmp_path / "out" / "manifest.json").write_text(manifest)

    with pytest.raises(HistoryError, match=expected_message):
        open_history(tmp_path / "out")


def test_an_opened_history_outlives_its_source(raw: Path) -> None:
    opened = open_history(raw)
    shutil.rmtree(raw)

    assert opened.read("leads", ["lead_id"]).num_rows == 2
