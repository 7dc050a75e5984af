"""The distance from the truth of a simulated history."""

import json
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from hotleads.cli.main import app
from hotleads.history import HistoryError
from hotleads.jobs.oracle import compute_regret
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
    assert "roc_auc" in run.output


def test_manifest_of_an_imported_simulation_has_its_switches(tmp_path: Path) -> None:
    run = CliRunner().invoke(app, ["import", str(SAMPLE), str(tmp_path / "history")])
    assert run.exit_code == 0, run.output
    manifest = json.loads((tmp_path / "history" / "manifest.json").read_text())
    assert manifest["simulation"]["switches"]["leaked_column"] is False
    assert manifest["simulation"]["seed"] == 7
