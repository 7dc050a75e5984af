"""Imports: every form of the same rows gives one history, and whatever does not fit is named and changes nothing."""

import gzip
import json
import os
import random
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hotleads.history import HistoryError, import_history, open_history
from hotleads.history.importing import pipeline, staging
from hotleads.history.schema import STATUSES

LAUNCHES = "launch_id,strategy,cart_opens_at,cart_closes_at\nL,classic,2024-03-01,2024-03-08\n"
PRIVATE = "s3cret@example.org"
TABLES = ("leads", "purchases", "events", "launches")

Tables = dict[str, str | bytes]


def write(folder: Path, tables: Tables) -> Path:
    """Write each table under its file name (``.csv`` where it has none), and a launch where there is none."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in ({"launches": LAUNCHES} | tables).items():
        path = folder / (name if "." in name else f"{name}.csv")
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def column(out: Path, table: str, name: str) -> list[Any]:
    return pq.read_table(out / f"{table}.parquet")[name].to_pylist()


def contents(out: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(out.iterdir())}


@pytest.fixture
def bring(tmp_path: Path) -> Callable[..., Path]:
    """Import the tables of one folder and return where the history lies."""

    def import_(tables: Tables, **options: Any) -> Path:
        import_history(write(tmp_path / "source", tables), tmp_path / "out", **options)
        return tmp_path / "out"

    return import_


@pytest.fixture(scope="module")
def older(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("older")
    import_history(write(folder / "source", {"leads": "lead_id,captured_at\nold,2024-01-01\n"}), folder / "history")
    return folder / "history"


@pytest.fixture
def refused(tmp_path: Path, older: Path) -> Callable[..., HistoryError]:
    """The error of an import that must fail and leave an older history, and all around it, as they were."""

    def import_(tables: Tables, **options: Any) -> HistoryError:
        out = shutil.copytree(older, tmp_path / "place" / "out")
        before = contents(out)
        with pytest.raises(HistoryError) as caught:
            import_history(write(tmp_path / "source", tables), out, **options)
        assert contents(out) == before
        assert [path.name for path in out.parent.iterdir()] == ["out"]
        assert PRIVATE not in str(caught.value)
        return caught.value

    return import_


# ------------------------------------------------------------------------------------------------- forms of a source
def format_brazilian_noon(day: int) -> datetime:
    return datetime(2024, 1, day, 12, tzinfo=timezone(timedelta(hours=-3)))


LEADS_CSV = (
    "lead_id,captured_at,email,attr_age\n007,2024-01-01T12:00:00-03:00,a@example.org,31\n7,2024-01-02T15:00:00Z,,\n"
)
PURCHASES_CSV = (
    "transaction_id,lead_id,occurred_at,amount,status,installments\n"
    "01,007,2024-01-03T15:00:00Z,10.10,approved,3\n01,007,2024-01-04T15:00:00Z,10.1,refunded,\n"
)
EVENTS_CSV = "lead_id,event_type,occurred_at,value\n7,login,2024-01-05 15:00:00,0.5\n"
AS_CSV: Tables = {"leads": LEADS_CSV, "purchases": PURCHASES_CSV, "events": EVENTS_CSV}


def test_csv_gzip_and_parquet_give_the_same_history(tmp_path: Path) -> None:
    zipped: Tables = {f"{name}.csv.gz": gzip.compress(str(text).encode()) for name, text in AS_CSV.items()}
    parquet = write(tmp_path / "parquet", {})
    typed = {
        "leads": {
            "lead_id": ["007", "7"],
            "captured_at": [format_brazilian_noon(1), format_brazilian_noon(2)],
            "email": ["a@example.org", None],
            "attr_age": [31, None],
        },
        "purchases": {
            "transaction_id": ["01", "01"],
            "lead_id": ["007", "007"],
            "occurred_at": [format_brazilian_noon(3), format_brazilian_noon(4)],
            "amount": [Decimal("10.10"), Decimal("10.10")],
            "status": ["approved", "refunded"],
            "installments": [3.0, None],  # as a data frame keeps whole numbers with gaps
        },
        "events": {
            "lead_id": [7],
            "event_type": ["login"],
            "occurred_at": [datetime(2024, 1, 5, 15)],  # noqa: DTZ001  (a time without an offset is meant)
            "value": [0.5],
        },
    }
    for name, values in typed.items():
        pq.write_table(pa.table(values), parquet / f"{name}.parquet")

    for form, folder in {
        "csv": write(tmp_path / "csv", AS_CSV),
        "gzip": write(tmp_path / "gz", zipped),
        "parquet": parquet,
    }.items():
        import_history(folder, tmp_path / f"{form}-history")

    histories = [contents(tmp_path / f"{form}-history") for form in ("csv", "gzip", "parquet")]
    tables = [{name: data for name, data in files.items() if name.endswith(".parquet")} for files in histories]
    assert tables[0] == tables[1] == tables[2]
    assert sorted(tables[0]) == sorted(f"{name}.parquet" for name in (*TABLES, "people"))


@pytest.mark.parametrize(
    "dressed",
    [
        pytest.param(lambda text: "\ufeff" + text, id="byte-order mark"),
        pytest.param(lambda text: text.replace("\n", "\r\n"), id="CRLF"),
        pytest.param(lambda text: text.replace("\n", "\r"), id="CR"),
        pytest.param(lambda text: text.rstrip("\n"), id="no last line break"),
        pytest.param(lambda text: text.replace("\n", "\n\n"), id="empty lines"),
        pytest.param(lambda text: text.replace(",", " , "), id="spaces around values"),
        pytest.param(lambda text: text.replace("007", '"007"'), id="quotes"),
    ],
)
def test_what_a_csv_file_may_look_like(dressed: Callable[[str], str], tmp_path: Path) -> None:
    import_history(write(tmp_path / "plain", AS_CSV), tmp_path / "one")
    import_history(write(tmp_path / "dressed", AS_CSV | {"leads": dressed(LEADS_CSV)}), tmp_path / "two")

    assert contents(tmp_path / "one") == contents(tmp_path / "two")


def test_quoted_delimiters_quotes_and_line_breaks_are_values(bring: Callable[..., Path]) -> None:
    out = bring({"leads": 'lead_id,captured_at,attr_note\n"a,1",2024-01-01,"x ""y""\nz"\n'})

    assert column(out, "leads", "lead_id") == ["a,1"]
    assert column(out, "leads", "attr_note") == ['x "y"\nz']


def test_a_header_alone_is_an_empty_table(bring: Callable[..., Path]) -> None:
    assert column(bring({"leads": "lead_id,captured_at"}), "leads", "lead_id") == []


def test_ids_are_texts_whatever_they_look_like(bring: Callable[..., Path]) -> None:
    ids = ["007", "1e5", "1.0", "true", "NULL", "NaN", "0x1F", "2024-01-01", "-", "=1+1", "é"]

    out = bring({"leads": "lead_id,captured_at\n" + "".join(f"{one},2024-01-01\n" for one in ids)})

    assert column(out, "leads", "lead_id") == sorted(ids, key=lambda text: text.encode())


@pytest.mark.parametrize(
    ("zone", "text", "hour"),
    [
        (None, "2024-01-15 12:00:00", 12),
        ("America/Sao_Paulo", "2024-01-15 12:00:00", 15),
        ("America/Sao_Paulo", "2024-01-15T12:00:00Z", 12),
        ("America/Sao_Paulo", "2024-01-15T12:00:00+02:00", 10),
        ("Europe/Berlin", "2024-01-15 12:00", 11),
        ("Europe/Berlin", "2024-07-15 12:00", 10),
        ("Asia/Kolkata", "2024-01-15T17:30", 12),
    ],
)
def test_times_without_an_offset_are_read_in_the_zone_named(
    zone: str | None, text: str, hour: int, bring: Callable[..., Path]
) -> None:
    out = bring({"leads": f"lead_id,captured_at\na,{text}\n"}, timezone=zone)

    (captured,) = column(out, "leads", "captured_at")
    assert captured.utcoffset() == timedelta(0)
    assert captured.hour == hour
    assert json.loads((out / "manifest.json").read_text())["timezone"] == (zone or "UTC")


def test_a_day_is_its_first_instant_in_the_zone_named(bring: Callable[..., Path]) -> None:
    out = bring({"leads": "lead_id,captured_at\na,2024-01-15\n"}, timezone="America/Sao_Paulo")

    assert column(out, "leads", "captured_at") == [datetime(2024, 1, 15, 3, tzinfo=UTC)]


@pytest.mark.parametrize("text", ["15/01/2024", "2024-02-30", "45292", "yesterday", "infinity", "0001-01-01"])
def test_what_is_no_time(text: str, refused: Callable[..., HistoryError]) -> None:
    (problem,) = refused({"leads": f"lead_id,captured_at\na,{text}\n"}).problems

    assert (problem.table, problem.column, problem.rows, problem.places) == (
        "leads",
        "captured_at",
        1,
        ("leads.csv:2",),
    )
    assert "ISO 8601" in problem.remedy


def test_amounts_are_exact(bring: Callable[..., Path]) -> None:
    texts = ["10", "10.1", "0.0001", ".5", "5.", "+3", "1e2", "99999999999999.9999", "  7 ", ""]
    rows = "".join(f"t{number:02},a,2024-01-01,{text}\n" for number, text in enumerate(texts))

    out = bring({"purchases": "transaction_id,lead_id,occurred_at,amount\n" + rows})

    wanted = ["10", "10.1", "0.0001", "0.5", "5", "3", "100", "99999999999999.9999", "7"]
    assert column(out, "purchases", "amount") == [*map(Decimal, wanted), None]


@pytest.mark.parametrize("text", ['"1,5"', "R$ 5", "1.000.00", "NaN", "1e30", "0x1F", "٣"])
def test_what_is_no_amount(text: str, refused: Callable[..., HistoryError]) -> None:
    (problem,) = refused({"purchases": f"transaction_id,lead_id,occurred_at,amount\nt,a,2024-01-01,{text}\n"}).problems

    assert (problem.column, problem.places) == ("amount", ("purchases.csv:2",))


def test_a_status_may_be_absent_empty_or_in_capitals(tmp_path: Path) -> None:
    without = "transaction_id,lead_id,occurred_at\nt,a,2024-01-01\n"
    words = "transaction_id,lead_id,occurred_at,status\n" + "".join(
        f"t{number:02},a,2024-01-01,{status}\n" for number, status in enumerate([*STATUSES, "", "REFUNDED"])
    )
    import_history(write(tmp_path / "without", {"purchases": without}), tmp_path / "one")
    import_history(write(tmp_path / "words", {"purchases": words}), tmp_path / "two")

    assert column(tmp_path / "one", "purchases", "status") == ["approved"]
    assert column(tmp_path / "two", "purchases", "status") == [*STATUSES, "approved", "refunded"]


def test_a_missing_table_is_an_empty_one(bring: Callable[..., Path]) -> None:
    out = bring({"purchases": PURCHASES_CSV})

    assert column(out, "leads", "lead_id") == column(out, "events", "lead_id") == []
    assert json.loads((out / "manifest.json").read_text())["rows"] == {
        "leads": 0,
        "purchases": 2,
        "events": 0,
        "launches": 1,
    }


# ------------------------------------------------------------------------------------------------------ what is kept
def test_personal_columns_go_to_people_and_nowhere_else(bring: Callable[..., Path]) -> None:
    rows = (
        f"b,2024-01-02,{PRIVATE},+5511999990000,Bia Prado,31\n"
        f"a,2024-01-01,,,Ana Reis,40\nc,2024-01-03,,,,\nb,2024-01-02,{PRIVATE},+5511999990000,Bia Prado,31\n"
    )
    out = bring({"leads": "lead_id,captured_at,email,phone,name,attr_age\n" + rows})

    people = pq.read_table(out / "people.parquet")
    assert people.drop_columns("captured_at").to_pylist() == [
        {"lead_id": "a", "email": None, "phone": None, "name": "Ana Reis"},
        {"lead_id": "b", "email": PRIVATE, "phone": "+5511999990000", "name": "Bia Prado"},
    ]
    for name in TABLES:
        table = pq.read_table(out / f"{name}.parquet")
        assert not {"email", "phone", "name"} & set(table.column_names)
        assert PRIVATE not in str(table.to_pylist())
    assert PRIVATE not in (out / "manifest.json").read_text()
    assert column(out, "leads", "attr_age") == ["40", "31", None]


def test_unknown_columns_are_left_out_and_noted(bring: Callable[..., Path]) -> None:
    out = bring({"leads": "lead_id,captured_at,shoe_size,attr_shoe,Email\na,2024-01-01,43,44,x\n"})

    assert json.loads((out / "manifest.json").read_text())["columns_ignored"]["leads"] == ["Email", "shoe_size"]
    assert "shoe_size" not in pq.read_schema(out / "leads.parquet").names
    assert column(out, "leads", "attr_shoe") == ["44"]


def test_rows_lie_in_order_of_lead_and_time(bring: Callable[..., Path]) -> None:
    rows = [(lead, day) for lead in ("b", "a", "10", "9") for day in (3, 1, 2)]

    out = bring(
        {
            "leads": "lead_id,captured_at\n" + "".join(f"{lead},2024-01-0{day}\n" for lead, day in rows),
            "purchases": "transaction_id,lead_id,occurred_at\n"
            + "".join(f"{number},{lead},2024-01-0{day}\n" for number, (lead, day) in enumerate(rows)),
            "events": "event_type,lead_id,occurred_at\n"
            + "".join(f"{number},{lead},2024-01-0{day}\n" for number, (lead, day) in enumerate(rows)),
        }
    )

    for table, time in (("leads", "captured_at"), ("purchases", "occurred_at"), ("events", "occurred_at")):
        keys = list(zip(column(out, table, "lead_id"), column(out, table, time), strict=True))
        assert keys == sorted(keys)
        assert len(keys) == 12


def test_a_repeated_event_id_counts_once_and_two_clicks_are_two(bring: Callable[..., Path]) -> None:
    capture = "a,2024-01-01,x\n"
    purchase = "t,a,2024-01-01,approved,\n"
    delivered_again = "u,a,2024-01-02,approved,e1\nu,a,2024-01-03,approved,e1\n"
    click = "a,click,2024-01-01,\n"
    clicked_once = "a,click,2024-01-02,e2\na,click,2024-01-02,e2\n"

    out = bring(
        {
            "leads": "lead_id,captured_at,utm_source\n" + 2 * capture + "a,2024-01-01,y\n",
            "purchases": "transaction_id,lead_id,occurred_at,status,event_id\n" + 2 * purchase + delivered_again,
            "events": "lead_id,event_type,occurred_at,event_id\n" + 2 * click + clicked_once,
        }
    )

    assert column(out, "leads", "utm_source") == ["x", "y"]
    assert [at.day for at in column(out, "purchases", "occurred_at")] == [1, 2]
    assert column(out, "events", "event_id") == [None, None, "e2"]


def test_importing_again_gives_the_same_bytes_and_so_do_shuffled_rows(tmp_path: Path) -> None:
    shuffler = random.Random(7)  # noqa: S311
    rows = [
        f"{transaction},{lead},2024-01-{day:02},{status},{product},{amount}\n"
        for transaction, (lead, product) in enumerate([("a", "x"), ("b", ""), ("a", "y"), ("10", "x"), ("9", "")])
        for status, day in zip(STATUSES, shuffler.choices(range(1, 5), k=len(STATUSES)), strict=True)
        for amount in (5, 10)
    ]
    captures = [f"{lead},2024-01-0{day},{lead}@example.org\n" for lead in "cab" for day in (2, 1, 3)]
    events = [f"{lead},{kind},2024-01-0{day}\n" for lead in "ba" for kind in ("login", "click") for day in (1, 1, 2)]
    seen = []
    for number in range(4):
        tables: Tables = {
            "leads": "lead_id,captured_at,email\n" + "".join(captures),
            "purchases": "transaction_id,lead_id,occurred_at,status,product_id,amount\n" + "".join(rows),
            "events": "lead_id,event_type,occurred_at\n" + "".join(events),
        }
        import_history(write(tmp_path / f"source-{number}", tables), tmp_path / "out")
        seen.append(contents(tmp_path / "out"))
        if number:  # the first two are alike
            for listed in (rows, captures, events):
                shuffler.shuffle(listed)

    assert seen[0] == seen[1] == seen[2] == seen[3]


def test_an_import_replaces_an_earlier_one(bring: Callable[..., Path]) -> None:
    bring({"leads": "lead_id,captured_at\nold,2024-01-01\n"})

    out = bring({"leads": "lead_id,captured_at\nnew,2024-01-01\n"})

    assert column(out, "leads", "lead_id") == ["new"]
    assert sorted(path.name for path in out.parent.iterdir()) == ["out", "source"]


def test_a_history_is_not_imported_into_itself_for_it_would_lose_its_people(bring: Callable[..., Path]) -> None:
    out = bring(AS_CSV)
    before = contents(out)

    with pytest.raises(HistoryError, match="source itself"):
        import_history(out, out)

    assert contents(out) == before


def test_where_folders_cannot_be_exchanged_the_old_one_steps_aside(
    bring: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(staging, "_exchange", lambda first, second: False)
    bring({"leads": "lead_id,captured_at\nold,2024-01-01\n"})

    out = bring({"leads": "lead_id,captured_at\nnew,2024-01-01\n"})

    assert column(out, "leads", "lead_id") == ["new"]
    assert sorted(path.name for path in out.parent.iterdir()) == ["out", "source"]


def test_a_failure_while_writing_leaves_the_older_history(
    bring: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    out = bring({"leads": "lead_id,captured_at\nold,2024-01-01\n"})
    before = contents(out)

    def full(*_: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(pipeline, "_build_manifest", full)
    with pytest.raises(OSError, match="no space"):
        bring({"leads": "lead_id,captured_at\nnew,2024-01-01\n"})

    assert contents(out) == before
    assert sorted(path.name for path in out.parent.iterdir()) == ["out", "source"]


# ---------------------------------------------------------------------------------------------------- where it writes
@pytest.mark.parametrize(
    "held",
    [
        pytest.param({"thesis.txt": "years of work"}, id="somebody's files"),
        pytest.param({"manifest.json": "{}"}, id="somebody's manifest"),
        pytest.param({"leads.parquet": "mine"}, id="a source"),
        pytest.param({"manifest.json": '{"schema_version": 1}', "notes.md": "mine"}, id="a history with notes in it"),
    ],
)
def test_a_folder_that_holds_anything_else_is_not_replaced(held: dict[str, str], tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    for name, text in held.items():
        (out / name).write_text(text)

    with pytest.raises(HistoryError, match="name a new folder"):
        import_history(write(tmp_path / "source", AS_CSV), out)

    assert {path.name: path.read_text() for path in out.iterdir()} == held


def test_a_file_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine")

    with pytest.raises(HistoryError, match="name a new folder"):
        import_history(write(tmp_path / "source", AS_CSV), tmp_path / "out")

    assert (tmp_path / "out").read_text() == "mine"


def test_an_empty_folder_is_filled_and_missing_ones_are_made(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    source = write(tmp_path / "source", AS_CSV)

    import_history(source, tmp_path / "empty")
    import_history(source, tmp_path / "a" / "b" / "c")

    assert contents(tmp_path / "empty") == contents(tmp_path / "a" / "b" / "c")


def test_a_link_to_a_history_stays_a_link(tmp_path: Path) -> None:
    source = write(tmp_path / "source", AS_CSV)
    import_history(source, tmp_path / "real")
    (tmp_path / "link").symlink_to(tmp_path / "real")

    import_history(write(tmp_path / "other", {"leads": LEADS_CSV}), tmp_path / "link")

    assert (tmp_path / "link").is_symlink()
    assert column(tmp_path / "real", "purchases", "lead_id") == []


# ------------------------------------------------------------------------------------------------- what does not fit
def test_every_problem_of_every_table_is_reported_at_once_with_its_places(refused: Callable[..., HistoryError]) -> None:
    error = refused(
        {
            "leads": f"lead_id,captured_at,email\n,2024-01-01,{PRIVATE}\nb,{PRIVATE},x\nc,,x\nd,no,x\ne,no,x\n",
            "purchases": "transaction_id,lead_id,occurred_at,status,amount,installments\n"
            f"t,a,2024-01-01,{PRIVATE},{PRIVATE},{PRIVATE}\nt,a,2024-01-02,approved,-5,2\n",
            "events": f"lead_id,occurred_at,event_type,value\na,2024-01-01,,{PRIVATE}\n",
            "launches": f"launch_id,strategy,horizon_days\nL,{PRIVATE},1.5\nM,classic,\nM,paid,99999\n",
        }
    )

    assert {(problem.table, problem.column, problem.rows, problem.places) for problem in error.problems} == {
        ("leads", "lead_id", 1, ("leads.csv:2",)),
        ("leads", "captured_at", 1, ("leads.csv:4",)),  # empty
        ("leads", "captured_at", 3, ("leads.csv:3", "leads.csv:5", "leads.csv:6")),  # no times
        ("purchases", "status", 1, ("purchases.csv:2",)),
        ("purchases", "amount", 1, ("purchases.csv:2",)),
        ("purchases", "amount", 1, ("purchases.csv:3",)),  # negative
        ("purchases", "installments", 1, ("purchases.csv:2",)),
        ("events", "event_type", 1, ("events.csv:2",)),
        ("events", "value", 1, ("events.csv:2",)),
        ("launches", "strategy", 1, ("launches.csv:2",)),
        ("launches", "horizon_days", 1, ("launches.csv:2",)),
        ("launches", "horizon_days", 1, ("launches.csv:4",)),
        ("launches", "launch_id", 2, ("launches.csv:3", "launches.csv:4")),
    }
    assert all(problem.remedy for problem in error.problems)
    assert all(str(problem) in str(error) for problem in error.problems)


def test_the_first_three_places_are_named_and_all_rows_counted(refused: Callable[..., HistoryError]) -> None:
    rows = "".join(f"a,{'no' if number % 2 else '2024-01-01'}\n" for number in range(5000))

    (problem,) = refused({"leads": "lead_id,captured_at\n" + rows}).problems

    assert problem.rows == 2500
    assert problem.places == ("leads.csv:3", "leads.csv:5", "leads.csv:7")
    assert "2,500 rows" in str(problem)


@pytest.mark.parametrize(
    ("before", "line"),
    [
        pytest.param("", 2, id="nothing"),
        pytest.param('a,2024-01-01,"two\nlines"\n', 4, id="a quoted line break"),
        pytest.param('a,2024-01-01,"two\n\n\nlines"\n', 6, id="several quoted line breaks"),
        pytest.param('a,2024-01-01,"a "" quote\n, and a break"\n', 4, id="a doubled quote before it"),
        pytest.param("a,2024-01-01,x\n\n\n", 5, id="empty lines"),
        pytest.param(f"a,2024-01-01,{'x' * 200_000}\n", 3, id="a long field"),
        pytest.param('a,2024-01-01,5" pipe\n', 3, id="a quote inside a field"),
    ],
)
@pytest.mark.parametrize("bad", ["b,no,x\n", "b\n"], ids=["bad value", "ragged"])
def test_places_count_the_lines_of_the_file(before: str, line: int, bad: str, tmp_path: Path) -> None:
    tables: Tables = {"leads": f"lead_id,captured_at,attr_note\n{before}{bad}"}

    with pytest.raises(HistoryError) as caught:
        import_history(write(tmp_path, tables), tmp_path / "out")

    assert [problem.places for problem in caught.value.problems] == [(f"leads.csv:{line}",)]


def test_places_are_right_with_other_line_breaks_and_in_gzip(refused: Callable[..., HistoryError]) -> None:
    text = 'lead_id,captured_at,attr_note\r\na,2024-01-01,"two\r\nlines"\r\n\r\nb,no,x\r\n'

    (problem,) = refused({"leads.csv.gz": gzip.compress(text.encode())}).problems

    assert problem.places == ("leads.csv.gz:5",)


def test_places_are_right_far_inside_a_large_file(refused: Callable[..., HistoryError]) -> None:
    rows = "".join(f'{number},2024-01-01,"note {number}\nof two lines"\n' for number in range(60_000))

    (problem,) = refused({"leads": f"lead_id,captured_at,attr_note\n{rows}z,no,\n"}).problems

    assert problem.places == ("leads.csv:120002",)


def test_a_row_of_a_parquet_file_is_named_by_its_number(refused: Callable[..., HistoryError], tmp_path: Path) -> None:
    pq.write_table(pa.table({"lead_id": ["a", None, "c"], "captured_at": ["2024-01-01"] * 3}), tmp_path / "it.parquet")

    (problem,) = refused({"leads.parquet": (tmp_path / "it.parquet").read_bytes()}).problems

    assert (problem.column, problem.places) == ("lead_id", ("leads.parquet, row 2",))


HEAD = "lead_id,captured_at,email\na,2024-01-01,x\n"
LATIN = f"{HEAD}b,2024-01-01,José {PRIVATE}\n".encode("latin-1")


@pytest.mark.parametrize(
    ("tables", "expected_message"),
    [
        pytest.param({"leads": f"{HEAD}b,2024-01-01,{PRIVATE},more\n"}, "4 fields where 3.*leads.csv:3", id="ragged"),
        pytest.param({"leads": f"{HEAD}b,{PRIVATE}\n"}, "2 fields where 3.*leads.csv:3", id="short"),
        pytest.param({"leads": f'{HEAD}b,2024-01-01,"{PRIVATE}\n'}, "quote.*leads.csv:3", id="unterminated quote"),
        pytest.param({"leads": f'{HEAD}b,2024-01-01,"x"{PRIVATE}\n'}, "quote.*leads.csv:3", id="text after a quote"),
        pytest.param({"leads": f"{HEAD}b\0,2024-01-01,{PRIVATE}\n"}, "lead_id.*NUL.*leads.csv:3", id="NUL in an id"),
        pytest.param({"leads": f"{HEAD}b,2024\0,{PRIVATE}\n"}, "captured_at.*leads.csv:3", id="NUL in a time"),
        pytest.param({"leads": LATIN}, "UTF-8.*leads.csv:3", id="Latin-1"),
        pytest.param({"leads": HEAD.replace("email", "attr_ação").encode("latin-1")}, "UTF-8", id="Latin-1 header"),
        pytest.param({"leads": HEAD.encode("utf-16")}, "UTF-8", id="UTF-16"),
        pytest.param({"leads": f"{HEAD}b,2024-01-01,{PRIVATE}\r\n"}, "line breaks.*leads.csv", id="mixed line breaks"),
        pytest.param({"leads": ""}, "leads.csv: the file has no header", id="empty file"),
        pytest.param({"leads": "\n\n"}, "leads.csv: the file has no header", id="empty lines alone"),
        pytest.param({"leads": "lead_id,captured_at,email,email\n"}, "names email more than once", id="double header"),
        pytest.param({"leads": "lead_id,captured_at,attr_A,attr_a\n"}, "attr_A, attr_a more than", id="case alone"),
        pytest.param({"leads": "lead_id,captured_at,\n"}, "column 3 of the header has no name", id="header with a gap"),
        pytest.param({"leads": "lead_id,captured_at,_row\n"}, "_row itself; rename", id="a name that is taken"),
        pytest.param({"leads": "lead_id;captured_at\n"}, "leads.lead_id.*no such column", id="semicolons"),
        pytest.param({"leads": "lead_id,email\n"}, "leads.captured_at.*no such column", id="a required column missing"),
        pytest.param(
            {"leads": HEAD + "b,2024-01-01," + "x" * 10_100_000 + "\n"}, "10,000,000 bytes.*leads.csv:3", id="long line"
        ),
        pytest.param({"leads.csv.gz": b"no gzip"}, "leads.csv.gz: the header cannot be read", id="no gzip"),
        pytest.param({"leads.csv.gz": gzip.compress(HEAD.encode() * 999)[:-9]}, "leads.csv.gz", id="truncated gzip"),
        pytest.param({"leads.csv.gz": gzip.compress(b"x")[:10] + b"\xff" * 99}, "leads.csv.gz", id="damaged gzip"),
        pytest.param({"leads.parquet": b"PAR1 no more"}, "leads.parquet cannot be read", id="damaged Parquet"),
        pytest.param({"leads.parquet": b""}, "leads.parquet cannot be read", id="empty Parquet"),
        pytest.param({"leads": HEAD, "leads.csv.gz": b""}, "table leads twice", id="a table twice"),
        pytest.param({}, "needs launches, and leads or purchases", id="launches alone"),
    ],
)
def test_malformed_files_are_named_with_a_remedy_and_change_nothing(
    tables: Tables, expected_message: str, refused: Callable[..., HistoryError]
) -> None:
    assert_matches(refused(tables), expected_message)


def assert_matches(error: HistoryError, expected_message: str) -> None:
    with pytest.raises(HistoryError, match=f"(?s){expected_message}"):
        raise error


def test_a_ragged_file_does_not_hide_what_is_wrong_with_the_others(refused: Callable[..., HistoryError]) -> None:
    error = refused({"leads": f"{HEAD}b\n", "purchases": "transaction_id,lead_id,occurred_at\nt,a,no\n"})

    assert [problem.table for problem in error.problems] == ["leads", "purchases"]


def test_a_refund_may_be_written_negative(bring: Callable[..., Path]) -> None:
    out = bring({"purchases": "transaction_id,lead_id,occurred_at,status,amount\nt,a,2024-01-01,refunded,-5\n"})

    assert column(out, "purchases", "net_amount") == [Decimal(-5)]


def test_a_history_without_launches_is_none(tmp_path: Path) -> None:
    source = write(tmp_path / "source", {"leads": HEAD})
    os.remove(source / "launches.csv")

    with pytest.raises(HistoryError, match=r"needs launches.*found leads"):
        open_history(source)


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(HistoryError, match="nowhere is no folder"):
        open_history(tmp_path / "nowhere")


def test_an_unknown_zone_is_named(refused: Callable[..., HistoryError]) -> None:
    assert_matches(refused({"leads": HEAD}, timezone="Mars/Phobos"), "Mars/Phobos.*America/Sao_Paulo")
