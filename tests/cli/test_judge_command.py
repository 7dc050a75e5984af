"""`hotleads judge` as a user runs it: the verdict first, JSON for programs, and exit codes for scripts."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from mlflow import MlflowClient
from typer.testing import CliRunner

from hotleads.cli.main import app


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Scores that are right, the same upside down, and outcomes."""
    folder = tmp_path_factory.mktemp("scores")
    rng = np.random.default_rng(0)
    score = rng.normal(size=800)
    label = rng.random(800) < 1 / (1 + np.exp(2 - 1.5 * score))
    rows = pd.DataFrame({"lead_id": [f"L{k}" for k in range(800)], "score": score.round(3), "as_of": "2024-01-01"})
    rows.to_csv(folder / "good.csv", index=False)
    rows.assign(score=-rows["score"]).to_csv(folder / "bad.csv", index=False)
    rows.assign(bought=label, time=np.where(label, "2024-01-05", ""))[["lead_id", "bought", "time"]].to_csv(
        folder / "outcomes.csv", index=False
    )
    return folder


def run(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["judge", *map(str, arguments)])
    return result.exit_code, result.output


def test_a_good_score_ends_with_0_and_an_inverted_one_with_1(files: Path) -> None:
    code, text = run(files / "good.csv", "--outcomes", files / "outcomes.csv")
    assert code == 0
    assert "better than chance" in text
    code, text = run(files / "bad.csv", "--outcomes", files / "outcomes.csv")
    assert code == 1
    assert "[score-inverted]" in text
    assert run(files / "bad.csv", "--outcomes", files / "outcomes.csv", "--reversed")[0] == 0


def test_json_on_standard_output_is_json_alone(files: Path) -> None:
    code, text = run(files / "good.csv", "--outcomes", files / "outcomes.csv", "--json", "-")
    assert code == 0
    assert json.loads(text)["verdict"]["code"] == "better-than-chance"


@pytest.mark.parametrize(
    "arguments",
    [
        ("missing.csv", "--outcomes", "outcomes.csv"),
        ("good.csv", "--outcomes", "missing.csv"),
        ("good.csv",),
        ("good.csv", "--outcomes", "outcomes.csv", "--score", "points"),
        ("good.csv", "--outcomes", "outcomes.csv", "--scale", "furlongs"),
        ("good.csv", "--outcomes", "outcomes.csv", "--timezone", "Mars"),
    ],
)
def test_what_cannot_be_judged_ends_with_2(
    files: Path, arguments: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(files)
    code, text = run(*arguments)
    assert code == 2
    assert "Traceback" not in text


def test_a_tracked_judgement_keeps_its_verdict_and_its_files_and_nobodys_id(
    files: Path, tmp_path: Path, new_store: Callable[[Path], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    store = new_store(tmp_path)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", store)
    page = tmp_path / "page.html"
    code, text = run(files / "good.csv", "--outcomes", files / "outcomes.csv", "--track", "--out", page)
    assert code == 0, text
    client = MlflowClient(store)
    (tracked,) = client.search_runs([each.experiment_id for each in client.search_experiments()])
    assert tracked.info.status == "FINISHED"
    assert tracked.data.tags["verdict"] == "better-than-chance"
    assert tracked.data.metrics["judged"] == 800
    assert tracked.data.metrics["roc_auc"] > 0.7
    assert [file.path for file in client.list_artifacts(tracked.info.run_id)] == ["page.html"]
    assert "L799" not in str(tracked.to_dictionary())
