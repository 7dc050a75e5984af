"""The distance from the truth of a simulated history."""

import json
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from hotleads.cli.main import app
from hotleads.history import HistoryError
from hotleads.jobs.oracle import OracleOptions, compute_regret, run_oracle
from hotleads.simulator import read_truth

SAMPLE = Path(__file__).parents[2] / "data" / "sample"


@pytest.fixture(scope="module")
def truth() -> pd.DataFrame:
    return read_truth(SAMPLE)


def test_the_truth_itself_has_no_regret(truth: pd.DataFrame) -> None:
    rows = compute_regret(SAMPLE, truth[["launch_id", "lead_id", "probability"]])
    assert set(rows["launch_id"]) == set(truth["launch_id"])
    assert (rows[["regret", "low", "high"]] == 0).all().all()
    assert (rows["truth"] == rows["model"]).all()


def test_a_worse_score_has_regret_in_every_figure(truth: pd.DataFrame) -> None:
    scores = truth[["launch_id", "lead_id"]].assign(probability=1 - truth["probability"])
    rows = compute_regret(SAMPLE, scores)
    assert (rows["regret"] > 0).all()
    assert (rows["low"] <= rows["regret"]).all()
    assert (rows["regret"] <= rows["high"]).all()


def test_history_without_truth_is_refused(tmp_path: Path, truth: pd.DataFrame) -> None:
    with pytest.raises(HistoryError, match="no truth"):
        compute_regret(tmp_path, truth)


def test_scores_of_another_history_are_refused(truth: pd.DataFrame) -> None:
    with pytest.raises(HistoryError, match="none of the scored leads"):
        compute_regret(SAMPLE, truth.assign(launch_id="other"))


def test_simulate_then_oracle(tmp_path: Path) -> None:
    run = CliRunner().invoke(app, ["simulate", "--out", str(tmp_path / "h"), "--leads", "1000", "--launches", "3"])
    assert run.exit_code == 0, run.output
    scores = read_truth(tmp_path / "h")[["launch_id", "lead_id", "probability"]]
    scores.to_csv(tmp_path / "scores.csv", index=False)
    run = CliRunner().invoke(
        app, ["oracle", "--history", str(tmp_path / "h"), "--scores", str(tmp_path / "scores.csv")]
    )
    assert run.exit_code == 0, run.output
    assert "ROC AUC" in run.output


def test_every_format_of_scores_gives_the_same_regret(tmp_path: Path, truth: pd.DataFrame) -> None:
    launch = truth[truth["launch_id"] == truth["launch_id"].iloc[0]]
    scores = launch[["launch_id", "lead_id"]].assign(probability=launch["probability"].round(3))
    scores.to_csv(tmp_path / "scores.csv", index=False)
    scores.to_parquet(tmp_path / "scores.parquet")
    scores.to_excel(tmp_path / "scores.xlsx", index=False)
    by_csv, by_parquet, by_excel = (
        run_oracle(OracleOptions(SAMPLE, tmp_path / f"scores.{suffix}")) for suffix in ("csv", "parquet", "xlsx")
    )
    pd.testing.assert_frame_equal(by_excel, by_csv)
    pd.testing.assert_frame_equal(by_parquet, by_csv)


def test_ids_of_digits_in_a_workbook_stay_texts(tmp_path: Path, truth: pd.DataFrame) -> None:
    launch = truth[truth["launch_id"] == truth["launch_id"].iloc[0]]
    numbered = launch.assign(lead_id=[f"{number:06}" for number in range(len(launch))])
    numbered.to_parquet(tmp_path / "truth.parquet")
    numbered[["launch_id", "lead_id", "probability"]].to_excel(tmp_path / "scores.xlsx", index=False)
    rows = run_oracle(OracleOptions(tmp_path, tmp_path / "scores.xlsx"))
    assert (rows["leads"] == len(launch)).all()
    assert (rows["regret"] == 0).all()


def test_a_workbook_that_cannot_be_read_is_named_with_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "scores.xlsx").write_bytes(b"no workbook")
    with pytest.raises(HistoryError, match=r"scores\.xlsx cannot be read as scores; name a file of hotleads score"):
        run_oracle(OracleOptions(SAMPLE, tmp_path / "scores.xlsx"))


def test_manifest_of_an_imported_simulation_has_its_switches(tmp_path: Path) -> None:
    run = CliRunner().invoke(app, ["import", str(SAMPLE), str(tmp_path / "history")])
    assert run.exit_code == 0, run.output
    manifest = json.loads((tmp_path / "history" / "manifest.json").read_text())
    assert manifest["simulation"]["switches"]["leaked_column"] is False
    assert manifest["simulation"]["seed"] == 7
