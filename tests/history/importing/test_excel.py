"""Excel workbooks: a sheet is a table like any other, and a hostile workbook is refused before it is opened."""

import io
import re
import zipfile
from collections.abc import Callable, Sequence
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pyarrow.parquet as pq
import pytest

from hotleads.history import HistoryError, import_history
from hotleads.history.importing import excel, workbook_limits

Bring = Callable[[dict[str, str | bytes], str], Path]

LAUNCHES = "launch_id,strategy,cart_opens_at,cart_closes_at\nL,classic,2024-03-01,2024-03-08\n"
HALF_PAST_TEN = datetime(2024, 1, 1, 10, 30)  # noqa: DTZ001  (a cell has no offset)
HEAD = ("lead_id", "captured_at", "attr_age", "attr_note")


def write_workbook(sheets: dict[str, Sequence[Sequence[object]]], first_row: int = 1) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for number, row in enumerate(rows, first_row):
            for column, value in enumerate(row, 1):
                sheet.cell(number, column, value)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def import_sheets(folder: Path, content: bytes) -> Path:
    (folder / "leads.xlsx").write_bytes(content)
    (folder / "launches.csv").write_text(LAUNCHES)
    import_history(folder, folder / "out")
    return folder / "out"


def test_cells_are_read_as_csv_would_have_them(tmp_path: Path) -> None:
    rows = [HEAD, (7, HALF_PAST_TEN, 31, 'x, "y"\nz'), ("007", date(2024, 1, 2), 1.5, True)]

    out = import_sheets(tmp_path, write_workbook({"Sheet": rows}))

    leads = pq.read_table(out / "leads.parquet").select(HEAD).to_pylist()
    assert [lead | {"captured_at": str(lead["captured_at"])[:16]} for lead in leads] == [
        {"lead_id": "007", "captured_at": "2024-01-02 00:00", "attr_age": "1.5", "attr_note": "true"},
        {"lead_id": "7", "captured_at": "2024-01-01 10:30", "attr_age": "31", "attr_note": 'x, "y"\nz'},
    ]


@pytest.mark.parametrize(("first_row", "row"), [(1, 4), (3, 6)])
def test_rows_are_named_as_the_sheet_numbers_them(first_row: int, row: int, tmp_path: Path) -> None:
    rows = [HEAD, ("a", date(2024, 1, 1)), (None, None), ("b", "03/04/2024")]

    with pytest.raises(HistoryError) as caught:
        import_sheets(tmp_path, write_workbook({"Sheet": rows}, first_row))

    assert [problem.places for problem in caught.value.problems] == [(f"leads.xlsx, row {row}",)]


def test_one_of_several_sheets_is_declared(bring_mapped: Bring) -> None:
    sheets = {"Resumo": [("x",)], "Contatos": [("Relatório",), ("id", "data"), ("a", "31/01/2024")]}
    mapping = """
        [source.contacts]
        file = "contacts.xlsx"
        sheet = "Contatos"
        skip = 1
        times = {data = "%d/%m/%Y"}
        [leads]
        from = "contacts"
        [leads.columns]
        lead_id = "id"
        captured_at = "data"
    """

    out = bring_mapped({"contacts.xlsx": write_workbook(sheets)}, mapping)

    assert [str(at)[:10] for at in pq.read_table(out / "leads.parquet")["captured_at"].to_pylist()] == ["2024-01-31"]
    for sheet, expected_message in {
        "Gone": "no sheet 'Gone'; it has Resumo, Contatos",
        None: "has the sheets Resumo, Contatos",
    }.items():
        declared = mapping.replace('sheet = "Contatos"', f'sheet = "{sheet}"' if sheet else "")
        with pytest.raises(HistoryError, match=expected_message):
            bring_mapped({"contacts.xlsx": write_workbook(sheets)}, declared)


def test_a_formula_is_its_last_value_and_never_run(tmp_path: Path) -> None:
    out = import_sheets(tmp_path, write_workbook({"Sheet": [HEAD, ("a", date(2024, 1, 1), "=1+1", "'=cmd()")]}))

    table = pq.read_table(out / "leads.parquet")
    assert table["attr_age"].to_pylist() == [None]  # no program has worked it out
    assert table["attr_note"].to_pylist() == ["'=cmd()"]


def zip_files(members: dict[str, bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return content.getvalue()


GOOD = write_workbook({"Sheet": [HEAD, ("a", date(2024, 1, 1))]})


@pytest.mark.parametrize(
    ("content", "expected_message"),
    [
        pytest.param(b"", "cannot be read as an Excel workbook", id="empty"),
        pytest.param(b"lead_id,captured_at\n", "cannot be read as an Excel workbook", id="CSV"),
        pytest.param(GOOD[:-50], "cannot be read as an Excel workbook", id="cut short"),
        pytest.param(GOOD[:300] + b"\0" * 100 + GOOD[400:], "cannot be read as an Excel workbook", id="damaged"),
        pytest.param(zip_files({"leads.csv": b"x"}), "cannot be read as an Excel workbook", id="another zip"),
        pytest.param(write_workbook({"Sheet": []}), "no header", id="an empty sheet"),
        pytest.param(
            write_workbook({"Sheet": [HEAD[:2], ("a", "2024-01-01", "x")]}),
            "column 3 of the header has no name",
            id="a wide row",
        ),
        pytest.param(write_workbook({"Sheet": [("lead_id", "Lead_ID")]}), "more than once", id="a column twice"),
    ],
)
def test_what_is_no_workbook_of_a_table(content: bytes, expected_message: str, tmp_path: Path) -> None:
    with pytest.raises(HistoryError, match=f"leads.xlsx.*{expected_message}"):
        import_sheets(tmp_path, content)

    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("honest", [True, False])
def test_a_workbook_that_unpacks_to_too_much_is_refused_unopened(
    honest: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbook_limits, "MAX_UNPACKED_BYTES", 3_000_000)
    monkeypatch.setattr(excel, "load_workbook", None)
    content = zip_files({"xl/worksheets/sheet1.xml": b"<c/>" * 1_000_000})
    if not honest:  # claims to unpack to ten bytes
        content = content.replace((4_000_000).to_bytes(4, "little"), (10).to_bytes(4, "little"))

    with pytest.raises(HistoryError, match="unpacks to more than 3,000,000 bytes; save the sheet as CSV"):
        import_sheets(tmp_path, content)


@pytest.mark.parametrize("letters", [40_000, 400_000])
@pytest.mark.parametrize("is_shared", [True, False])
def test_a_text_that_excel_cannot_hold_is_refused_with_its_cell(is_shared: bool, letters: int, tmp_path: Path) -> None:
    content = io.BytesIO(write_workbook({"Sheet": [HEAD, ("a", date(2024, 1, 1), 3, "note")]}))
    changed = io.BytesIO()
    with zipfile.ZipFile(content) as source, zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as target:
        for member in source.namelist():
            text = b"<t>" + b"a" * letters + b"</t>"
            body = source.read(member)
            if is_shared:
                body = body.replace(b"<t>note</t>", text)
            elif member.startswith("xl/worksheets/"):
                body, count = re.subn(
                    rb'<c r="D2"[^>]*>.*?</c>', b'<c r="D2" t="inlineStr"><is>' + text + b"</is></c>", body
                )
                assert count == 1
            target.writestr(member, body)
    with pytest.raises(HistoryError, match=r"leads\.xlsx, row 2, column D: a text of over 32,767 characters"):
        import_sheets(tmp_path, changed.getvalue())
