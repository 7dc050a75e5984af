"""Exports as other tools, spreadsheets and people write them: read whole, or refused with what to do."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from hotleads.history import HistoryError
from hotleads.judge.outcome_file import read_outcome_file
from hotleads.judge.score_log import ScoreFile, ScoreLog, read_score_log

Write = Callable[[str], Path]
EXPORTED = datetime(2025, 4, 5, tzinfo=UTC)


def read(path: Path, given_at: datetime | None = EXPORTED) -> ScoreLog:
    return read_score_log(ScoreFile(path, given_at=given_at))


@pytest.mark.parametrize(
    ("texts", "values", "kind"),
    [
        (["73%", "4,5%", "0%"], [0.73, 0.045, 0.0], "percent"),
        (["73 %", "-", "7 %"], [0.73, np.nan, 0.07], "percent"),
        (["73/100", "9/100", "100/100"], [73.0, 9.0, 100.0], "points"),
        (["73 pts", "1.200 pts", "8,5 pts"], [73.0, 1200.0, 8.5], "points"),
        (["7.3e-01", "1e-05", "0.25"], [0.73, 1e-05, 0.25], "probability"),
        (["0,73", "#N/A", "n/d", *(f"0,{digit}" for digit in range(1, 8))], [0.73, np.nan, np.nan], "probability"),
    ],
)  # fmt: skip
def test_numbers_are_read_with_their_units_and_marks_of_nothing(
    texts: list[str], values: list[float], kind: str, write_csv: Write
) -> None:
    rows = "".join(f"a{number}@x.com;{text}\n" for number, text in enumerate(texts))
    log = read(write_csv(f"email;score\n{rows}"))
    assert log.scale.kind == kind
    assert log.rows["value"].tolist()[: len(values)] == pytest.approx(values, nan_ok=True)


@pytest.mark.parametrize(
    ("column", "texts", "kind", "first_is_better"),
    [
        ("Probability", ["73.5", "4.1"], "percent", True),
        ("Probability", ["0.735", "0.041"], "probability", True),
        ("Conversion %", ["73", "0.9"], "percent", True),
        ("Priority", ["1", "3"], "points", True),
        ("Priority", ["High priority", "low priority"], "words", True),
        ("Priority", ["P1", "P4"], "words", True),
        ("Lead rank", ["1", "200"], "points", True),
        ("Rating", ["3 - Hot", "1 - Cold"], "words", True),
        ("Temperatura do lead", ["lead quente", "lead frio"], "words", True),
        ("Classificação", ["Péssimo", "Ótimo"], "words", False),
        ("Interesse", ["40", "3"], "points", True),
    ],
)
def test_the_column_and_its_direction_are_known_by_name_and_values(
    column: str, texts: list[str], kind: str, first_is_better: bool, write_csv: Write
) -> None:
    log = read(write_csv(f"Email,{column}\na@x.com,{texts[0]}\nb@x.com,{texts[1]}\n"))
    assert (log.columns["score"], log.scale.kind) == (column, kind)
    assert (log.rows["value"].iloc[0] > log.rows["value"].iloc[1]) == first_is_better


def test_other_columns_that_may_be_scores_are_told_and_the_score_of_before_is_not_one(write_csv: Write) -> None:
    log = read(write_csv("email,old score,new score,lead grade\na@x.com,1,40,A\nb@x.com,1,30,B\n"))
    assert log.columns["score"] == "new score"
    assert log.notes == ("new score was judged; lead grade may be scores too: name one with --score",)


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("4/5/2025 1:05 PM", "2025-04-05 13:05"),
        ("5/4/2025", "2025-04-05"),
        ("05/04/2025 às 13:05", "2025-04-05 13:05"),
        ("45752.5", "2025-04-05 12:00"),
        ("1743858300000", "2025-04-05 13:05"),
    ],
)
def test_times_are_read_and_what_is_unsure_about_them_is_told(text: str, time: str, write_csv: Write) -> None:
    log = read(write_csv(f"email,score,Score date\na@x.com,3,{text}\nb@x.com,4,{text}\n"), given_at=None)
    assert (log.rows["scored_at"] == pd.Timestamp(time, tz="UTC")).all()
    assert bool(log.notes) == (text.count("/") == 2)


def test_a_log_of_changing_scores_has_its_times_and_one_row_a_lead_has_none(write_csv: Write) -> None:
    rows = "a@x.com,3,2025-04-01\nb@x.com,4,2025-04-02\n"
    once = read(write_csv(f"email,score,updated at\n{rows}"), given_at=None)
    assert once.columns["scored_at"] is None
    assert once.notes == (
        "no column is known as the time at which the scores were given; if updated at is, name it with --time, or say "
        "when all were given with --scored-at",
    )
    again = read(write_csv(f"email,score,updated at\n{rows}A@x.com,9,2025-04-03\n"), given_at=None)
    assert again.columns["scored_at"] == "updated at"


def test_a_column_named_a_time_that_holds_none_is_told(write_csv: Write) -> None:
    log = read(write_csv("email,score,scored at\na@x.com,3,April\nb@x.com,4,May\n"), given_at=None)
    assert "scored at is not read as a time" in log.notes[0]


def test_a_footer_is_left_out_and_told_and_a_short_row_before_the_end_is_refused(write_csv: Write) -> None:
    table = "Lead ID,Email,Lead Score\n1,a@x.com,40\n2,b@x.com,5\n"
    footer = '\n"Copyright (c) 2000-2025 salesforce.com, inc."\n"Confidential Information"\n'
    log = read(write_csv(table + footer))
    assert log.rows["value"].tolist() == [40, 5]
    assert log.notes == ("scores.csv: its last 2 lines are no rows, and were left out",)
    with pytest.raises(HistoryError, match="1 field"):
        read(write_csv(table + footer + "3,c@x.com,7\n"))
    with pytest.raises(HistoryError, match="1 field"):
        read(write_csv(f"{table}c@x.com\n"))


def test_the_sheet_with_leads_is_read_and_told(tmp_path: Path) -> None:
    with pd.ExcelWriter(tmp_path / "scores.xlsx") as book:
        pd.DataFrame({"meaning": ["hot", "cold"]}).to_excel(book, sheet_name="Legend", index=False)
        pd.DataFrame({"E-mail": ["a@x.com", "b@x.com"], "Tier": ["hot", "cold"]}).to_excel(
            book, sheet_name="April", index=False, startrow=2
        )
    log = read(tmp_path / "scores.xlsx")
    assert log.rows["value"].iloc[0] > log.rows["value"].iloc[1]
    assert log.notes == ("scores.xlsx: its sheet April was read, Legend not",)


def test_a_value_that_cannot_be_read_is_named_with_its_column_alone(write_csv: Write) -> None:
    rows = "".join(f"a{number}@x.com,{number}\n" for number in range(9))
    with pytest.raises(HistoryError, match=r"scores\.csv\.score: a value .* in 1 row \(first at scores\.csv:11\)"):
        read(write_csv(f"email,score\n{rows}z@x.com,about ten\n"))


@pytest.mark.parametrize(
    ("header", "won", "lost"),
    [
        ("Email,Deal Stage,Close Date,Amount", "a@x.com,Closed Won,2025-04-10,7", "b@x.com,Closed Lost,2025-04-11,9"),
        ("Email;Status;Data da compra;Valor", "a@x.com;Aprovado;10/04/2025;1.997,00", "b@x.com;Pendente;11/04/2025;9"),
        ("Customer,Email,Bought,Date", "Ana,a@x.com,Yes,2025-04-10", "Bia,b@x.com,No,"),
        ("E-mail;Comprou;Data da compra", "A+x@X.com;Sim;10/04/2025", "b@x.com;Não;"),
    ],
)  # fmt: skip
def test_a_file_of_outcomes_says_who_bought_in_its_own_words(header: str, won: str, lost: str, tmp_path: Path) -> None:
    (tmp_path / "sales.csv").write_text(f"{header}\n{won}\n{lost}\n", encoding="utf-8")
    outcomes = read_outcome_file(tmp_path / "sales.csv")
    assert outcomes.has_answers
    assert outcomes.rows["bought"].tolist() == [True, False]
    assert outcomes.rows["bought_at"].iloc[0] == pd.Timestamp("2025-04-10", tz="UTC")


def test_a_column_of_other_stages_does_not_say_who_bought_and_an_unknown_answer_is_quoted(tmp_path: Path) -> None:
    path = tmp_path / "sales.csv"
    path.write_text("Email,Status,Date\na@x.com,New,2025-04-10\nb@x.com,MQL,2025-04-10\n", encoding="utf-8")
    assert not read_outcome_file(path).has_answers
    path.write_text("Email,Bought,Date\na@x.com,yes,2025-04-10\nb@x.com,maybe,2025-04-10\n", encoding="utf-8")
    with pytest.raises(HistoryError, match=r"sales\.csv\.Bought: 1 rows .* such as 'maybe'"):
        read_outcome_file(path)
