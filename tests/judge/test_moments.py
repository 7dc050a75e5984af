"""Which score each lead is judged by, and why some are not: a table worked by hand."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from hotleads.history import History, HistoryError
from hotleads.judge import Judgement, JudgeOptions, ScoreFile, judge_scores
from hotleads.judge.lead_matching import match_leads
from hotleads.judge.moments import Moments, choose_launches, find_horizon_moments, find_launch_moments, prepare_log
from hotleads.judge.score_log import read_score_log

Write = Callable[[str], Path]

LOG = """
lead_id,score,scored_at
ana,10,2024-02-01T00:00:00Z
ana,30,2024-03-01T12:00:00Z
ana,99,2024-03-02T00:00:01Z
bia,20,2024-03-06T00:00:00Z
caio,40,2024-03-03T00:00:00Z
davi,,2024-02-01T00:00:00Z
owner,50,2024-02-01T00:00:00Z
late,60,2024-03-09T00:00:00Z
nobody,70,2024-02-01T00:00:00Z
"""


def find_moments(history: History, path: Path, **options: object) -> Moments:
    log = read_score_log(ScoreFile(path, **options), list(history.launches))  # type: ignore[arg-type]
    rows, without, _ = prepare_log(log.rows, match_leads(history, log.rows, log.key_columns).lead_ids)
    return find_launch_moments(history, rows, without, choose_launches(history, rows, None))


@pytest.fixture
def by_lead(march: History, write_csv: Write) -> pd.DataFrame:
    return find_moments(march, write_csv(LOG)).rows.set_index("lead_id")


def test_the_last_score_at_or_before_as_of_is_judged_and_none_that_came_later(by_lead: pd.DataFrame) -> None:
    assert by_lead.loc["ana", "value"] == 30
    assert by_lead.loc["ana", "as_of"] == pd.Timestamp("2024-03-01T12:00:00Z")
    assert by_lead.loc["ana", "label"] == 1


def test_a_first_score_inside_the_window_is_judged_from_its_own_time_on(by_lead: pd.DataFrame) -> None:
    assert by_lead.loc["caio", "as_of"] == pd.Timestamp("2024-03-03T00:00:00Z")
    assert by_lead.loc["caio", "until"] == pd.Timestamp("2024-03-08T12:00:00Z")
    assert by_lead.loc["caio", "label"] == 0


def test_who_bought_before_the_score_is_a_late_buyer_and_not_judged(march: History, write_csv: Write) -> None:
    moments = find_moments(march, write_csv(LOG))
    assert "bia" not in set(moments.rows["lead_id"])
    assert moments.buyers_before_score == 1


def test_leads_that_are_not_judged_are_counted_by_reason(march: History, write_csv: Write) -> None:
    judgement = judge_scores(write_csv(LOG), march, options=JudgeOptions(rivals=False))
    assert judgement.judged == 2
    expected = {"unknown-lead": 1, "no-score": 1, "already-bought": 1, "scored-after-window": 1, "not-in-a-launch": 1}
    assert {reason: count for reason, count in judgement.excluded.items() if count} == expected


def test_scores_without_a_time_are_not_judged_unless_it_is_given(march: History, write_csv: Write) -> None:
    path = write_csv("lead_id,score\nana,1\ncaio,2\n")
    assert judge_scores(path, march).verdict.code == "nothing-to-judge"
    assert judge_scores(path, march).excluded["no-time"] == 2
    given = ScoreFile(path, given_at=pd.Timestamp("2024-02-25T00:00:00Z").to_pydatetime())
    assert judge_scores(given, march, options=JudgeOptions(rivals=False)).judged == 2


@pytest.mark.parametrize("address", ["ana@example.com", "ANA+news@example.com ", "Ana@Example.com"])
def test_an_address_finds_its_lead_however_it_is_written(march: History, write_csv: Write, address: str) -> None:
    path = write_csv(f"Email,Score,Scored at\n{address},1,2024-02-25\n")
    assert find_moments(march, path).rows["lead_id"].tolist() == ["ana"]


def test_a_score_of_another_launch_is_not_taken(march: History, write_csv: Write) -> None:
    path = write_csv("lead_id,score,scored_at,launch_id\nana,1,2024-02-25,march\ncaio,1,2024-02-25,april\n")
    assert find_moments(march, path).rows["lead_id"].tolist() == ["ana"]


def test_scores_that_all_came_after_the_last_launch_are_too_late(march: History, write_csv: Write) -> None:
    path = write_csv("lead_id,score,scored_at\n" + "".join(f"{lead},5,2024-03-21\n" for lead in ("ana", "bia", "caio")))
    judgement = judge_scores(path, march)
    assert judgement.verdict.code == "given-too-late"
    assert judgement.buyers_before_score == 2


def test_with_a_horizon_each_lead_is_judged_once_by_its_first_score(march: History, write_csv: Write) -> None:
    log = read_score_log(ScoreFile(write_csv(LOG)))
    rows, without, _ = prepare_log(log.rows, match_leads(march, log.rows, log.key_columns).lead_ids)
    moments = find_horizon_moments(march, rows, without, pd.Timedelta(days=20).to_pytimedelta(), "course")
    labels = moments.rows.set_index("lead_id")["label"].to_dict()
    assert labels == {"ana": 0, "caio": 0, "late": 1}  # Ana bought thirty days after her first score
    assert moments.excluded["already-bought"] == 2  # the owner, and Bia


def test_outcomes_from_a_file_need_no_history(write_csv: Write, tmp_path: Path) -> None:
    outcomes = tmp_path / "sales.csv"
    outcomes.write_text("id,bought,time\nana,yes,2024-03-02\nbia,yes,2024-01-05\ncaio,no,\n", encoding="utf-8")
    path = write_csv("lead_id,score,scored_at\nana,3,2024-02-01\nbia,2,2024-02-01\ncaio,1,2024-02-01\nx,1,2024-02-01\n")
    judgement = judge_scores(path, outcomes=outcomes)
    assert (judgement.judged, judgement.buyers, judgement.excluded["unknown-lead"]) == (2, 1, 1)
    assert judgement.excluded["already-bought"] == 1
    assert not judgement.rivals
    assert [finding.code for finding in judgement.findings][-1] == "no-rivals"


def test_a_file_of_buyers_alone_makes_everybody_else_one_who_did_not_buy(write_csv: Write, tmp_path: Path) -> None:
    outcomes = tmp_path / "sales.csv"
    outcomes.write_text("email,order date\nana@x.com,2024-03-02\n", encoding="utf-8")
    path = write_csv("Email,Score,as_of\nAna@x.com,3,2024-02-01\nbia@x.com,2,2024-02-01\n")
    judgement: Judgement = judge_scores(path, outcomes=outcomes)
    assert (judgement.judged, judgement.buyers) == (2, 1)
    assert any("buyers alone" in note for note in judgement.notes)


def test_bad_values_are_named_by_file_and_line_and_not_shown(march: History, write_csv: Write) -> None:
    rows = [("ana", "1"), ("bia", "many"), *((f"x{number}", str(number)) for number in range(8))]
    text = "".join(f"{lead},{score},2024-02-01\n" for lead, score in rows)
    with pytest.raises(HistoryError, match=r"scores\.csv:3") as raised:
        judge_scores(write_csv("lead_id,score,scored_at\n" + text), march)
    assert "many" not in str(raised.value)
