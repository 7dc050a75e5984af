"""Files of scored rows: whole or not at all, the same in blocks as at once, and safe to open in a spreadsheet."""

from pathlib import Path

import openpyxl
import pandas as pd
import pyarrow.parquet as pq
import pytest

from hotleads.jobs.score_files import open_score_file, write_scores

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


@pytest.mark.parametrize("name", ["scores.parquet", "scores.csv", "scores.xlsx"])
def test_a_failure_leaves_what_was_there(name: str, tmp_path: Path) -> None:
    out = tmp_path / name
    out.write_text("from before")
    with pytest.raises(AttributeError), open_score_file(out) as write:  # noqa: PT012
        write(scored_rows("a"))
        write(None)  # type: ignore[arg-type]
    assert out.read_text() == "from before"
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_tables_for_people_begin_with_the_lead_and_have_a_column_a_reason(tmp_path: Path) -> None:
    rows = scored_rows("a").assign(tier="hot", score=99.0)
    with open_score_file(tmp_path / "leads.csv", max_reasons=2) as write:
        write(rows)
    table = pd.read_csv(tmp_path / "leads.csv", keep_default_na=False)
    assert list(table)[:6] == ["lead_id", "probability", "score", "tier", "reason_1", "reason_2"]
    assert table.loc[0, ["reason_1", "reason_2"]].tolist() == ["▼ Gastou R$\xa03,50, é só", ""]
    assert table.loc[0, "findings"] == "a b"
    assert "reasons" not in table


CONTACTS = pd.DataFrame(
    {
        "name": ["=HYPERLINK(1)", "Bo"],
        "email": ["@SUM(A1)", None],
        "phone": ["+55 (11) 91234-5678", "+cmd|'/c calc'!A0"],
    },
    index=pd.Index(["a", "-c+1*A2"], name="lead_id"),
)


@pytest.mark.parametrize("suffix", ["csv", "xlsx", "parquet"])
def test_contacts_stand_beside_the_lead_and_no_cell_is_a_formula(suffix: str, tmp_path: Path) -> None:
    out = tmp_path / f"leads.{suffix}"
    with open_score_file(out, contacts=CONTACTS) as write:
        write(scored_rows("a", "b", "-c+1*A2"))
    if suffix == "csv":
        rows = pd.read_csv(out, keep_default_na=False)
        assert rows["name"].tolist() == ["'=HYPERLINK(1)", "", "Bo"]
        assert rows["email"].tolist() == ["'@SUM(A1)", "", ""]
        assert rows["phone"].tolist() == ["+55 (11) 91234-5678", "", "'+cmd|'/c calc'!A0"], "a number stays one to dial"
        assert rows["lead_id"].tolist() == ["a", "b", "'-c+1*A2"]
    elif suffix == "xlsx":
        sheet = openpyxl.load_workbook(out).active
        assert sheet is not None
        header, *cells = list(sheet.iter_rows())
        assert [cell.value for cell in header][:4] == ["lead_id", "name", "email", "phone"]
        assert [cell.value for cell in cells[0][:4]] == ["a", "=HYPERLINK(1)", "@SUM(A1)", "+55 (11) 91234-5678"]
        assert not [cell for row in cells for cell in row if cell.data_type == "f"]
        assert cells[0][1].quotePrefix
    else:
        rows = pd.read_parquet(out)
        assert rows["name"].fillna("-").tolist() == ["=HYPERLINK(1)", "-", "Bo"], "programs read what was written"


def test_a_workbook_is_one_that_excel_opens_with_instants_and_percentages(tmp_path: Path) -> None:
    with open_score_file(tmp_path / "leads.xlsx") as write:
        write(scored_rows("a\x0bb"))
        write(scored_rows("c"))
    sheet = openpyxl.load_workbook(tmp_path / "leads.xlsx").active
    assert sheet is not None
    columns = {cell.value: number for number, cell in enumerate(next(sheet.iter_rows()))}
    rows = list(sheet.iter_rows(min_row=2))
    assert [row[0].value for row in rows] == ["ab", "c"], "characters that XML cannot hold are left out"
    assert rows[0][columns["as_of"]].value == pd.Timestamp("2025-06-02T13:00").to_pydatetime()
    assert rows[0][columns["probability"]].number_format == "0.0%"
    assert sheet.auto_filter.ref == f"A1:{sheet.cell(1, len(columns)).column_letter}3"
    assert sheet.freeze_panes == "B2"
