"""The training job: which model becomes the champion."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from hotleads.cli.main import app
from hotleads.history import History
from hotleads.jobs import train as train_job
from hotleads.tracking.client import get_tracking_uri
from hotleads.tracking.queries import find_scoring_runs, load_launch_profile
from hotleads.tracking.registry import get_champion_version, load_registered_model
from hotleads.training import FitOptions, gate, launch_backtest

LOSS = "the recency rule (log loss +0.0500, 90% interval +0.0400 to +0.0600)"


@pytest.fixture(scope="module")
def remember() -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Make of a function one that computes each result once, by the rows and the settings that decide it."""
    results: dict[object, Any] = {}

    def remember_results(function: Callable[..., Any]) -> Callable[..., Any]:
        def get_or_compute(*arguments: object, **settings: object) -> Any:
            key = (function.__name__, *map(_describe, (*arguments, *settings.values())))
            if key not in results:
                results[key] = function(*arguments, **settings)
            return results[key]

        return get_or_compute

    return remember_results


def _describe(argument: object) -> str:
    if isinstance(argument, History):
        return repr([path.read_bytes() for path in sorted(argument.folder.glob("*.parquet"))])
    if isinstance(argument, FitOptions):
        return repr((argument.to_dict(), argument.parameters))
    return "" if callable(argument) else repr(argument)


@pytest.fixture(autouse=True)
def _compute_once(
    remember: Callable[[Callable[..., Any]], Callable[..., Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fit, backtest and check once what most tests ask for; which baseline wins is asked each time."""
    backtest = remember(launch_backtest.backtest_launch)

    def backtest_launch(*arguments: object, **settings: object) -> tuple[pd.DataFrame, dict[str, Any]]:
        scores, entry = backtest(*arguments, **settings)
        return scores, entry | {"beaten_by": launch_backtest.find_better_baseline(entry["baselines"])}

    monkeypatch.setattr(train_job, "backtest_launch", backtest_launch)
    monkeypatch.setattr(train_job, "find_problems", remember(train_job.find_problems))
    fit = remember(train_job.fit_model)
    for module in (train_job, gate, launch_backtest):
        monkeypatch.setattr(module, "fit_model", fit)


@pytest.fixture
def history(tmp_path: Path, new_store: Callable[[Path], str], monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small shop of the training room's tests, as files, with an MLflow store of its own."""
    from tests.training.businesses import build_shop

    monkeypatch.setenv("MLFLOW_TRACKING_URI", new_store(tmp_path))
    for name, frame in build_shop().items():
        frame.to_csv(tmp_path / f"{name}.csv", index=False)
    return tmp_path


def add_leak(history: Path) -> Path:
    """The same with a form field that only those filled in who bought in month 7."""
    leads, sold = (pd.read_csv(history / f"{name}.csv") for name in ("leads", "purchases"))
    bought = set(sold.loc[sold["occurred_at"].between("2023-06-30", "2023-07-30"), "lead_id"])
    leads["attr_welcome_call"] = np.where(leads["lead_id"].isin(bought), "done", None)
    leads["captured_at"] = leads["captured_at"].min()
    leads.to_csv(history / "leads.csv", index=False)
    return history


def train(history: Path, *options: str) -> str:
    result = CliRunner().invoke(app, ["train", "--history", str(history), "--trials", "0", *options])
    assert result.exit_code == 0, result.output
    mlflow.set_tracking_uri(get_tracking_uri())
    return " ".join(result.output.split())


@pytest.mark.slow
def test_a_model_that_loses_to_a_simple_method_is_registered_and_not_promoted(
    history: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hotleads.training.launch_backtest.find_better_baseline", lambda baselines: LOSS)
    output = train(history)
    assert "models:/hotleads/1" in output
    assert "not the champion" in output
    assert f"it loses to {LOSS}; --force promotes it anyway" in output
    assert get_champion_version() is None
    with pytest.raises(LookupError, match=r"models:/hotleads/1, was not promoted, since .* it loses to the recency"):
        load_registered_model()
    assert "now the champion" in train(history, "--force")
    assert get_champion_version() == "2"
    assert "not the champion" in train(history)
    assert get_champion_version() == "2"
    monkeypatch.setattr("hotleads.training.launch_backtest.find_better_baseline", lambda baselines: None)
    assert "now the champion" in train(history)
    assert get_champion_version() == "4"


@pytest.mark.slow
def test_a_model_of_the_past_does_not_replace_one_that_knows_more(
    history: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hotleads.training.launch_backtest.find_better_baseline", lambda baselines: None)
    assert "now the champion" in train(history)
    output = train(history, "--until", "2023-07-15T00:00:00Z")
    assert "not the champion" in output
    assert "the champion has learned from all that was over by 20" in output
    assert get_champion_version() == "1"
    assert "now the champion" in train(history, "--until", "2023-07-15T00:00:00Z", "--force")
    assert get_champion_version() == "3"
    assert "now the champion" in train(history)


@pytest.mark.slow
def test_scores_of_a_launch_that_the_model_has_learned_from_say_so(history: Path) -> None:
    train(history, "--force")
    out = history / "scores.parquet"
    for launch, learned in (("month-6", True), ("late", False)):
        launches = pd.read_csv(history / "launches.csv")
        late = launches.tail(1).assign(
            launch_id="late", cart_opens_at="2023-08-08T00:00:00Z", cart_closes_at="2023-09-07T00:00:00Z"
        )
        pd.concat([launches[launches["launch_id"] != "late"], late]).to_csv(history / "launches.csv", index=False)
        command = ["score", "--history", str(history), "--launch", launch, "--out", str(out)]
        result = CliRunner().invoke(app, command)
        assert result.exit_code == 0, result.output
        codes = pd.read_parquet(out)["findings"]
        assert codes.map(lambda found: "model-trained-on-launch" in found).eq(learned).all()
        first = result.output.find("[model-trained-on-launch]")
        assert (0 <= first < result.output.find("Tiers of")) is learned


@pytest.mark.slow
def test_small_seller_sees_how_much_of_the_score_is_its_own(history: Path) -> None:
    train(history)
    output = train(history, "--prior-model", "models:/hotleads/1")
    assert re.search(r"Prior: \d+% of the score is learned from your own leads, the rest from model \w+", output)


@pytest.mark.slow
def test_probabilities_average_the_expected_rate(history: Path) -> None:
    train(history, "--force")
    out = history / "scores.parquet"
    command = ["score", "--history", str(history), "--launch", "month-7", "--out", str(out), "--expected-rate", "0.05"]
    result = CliRunner().invoke(app, command)
    assert result.exit_code == 0, result.output
    rows = pd.read_parquet(out)
    assert rows["probability"].mean() == pytest.approx(0.05, abs=1e-9)
    assert rows["findings"].map(lambda codes: "expected-rate-given" in codes).all()
    champion = load_registered_model().version
    assert find_scoring_runs(champion) == {}  # the service scores with the champion, whose facts these are not
    facts = load_launch_profile(find_scoring_runs(rows["model_version"].iloc[0])["month-7"])
    assert facts is not None
    assert facts.context.hash == rows["context_hash"].iloc[0]


@pytest.mark.slow
def test_a_column_that_knows_the_future_is_named_by_training_and_backtest(history: Path) -> None:
    output = train(add_leak(history))
    assert "[target-leakage] leads.attr_welcome_call" in output
    (run,) = mlflow.search_runs(search_all_experiments=True, output_format="list")
    path = mlflow.artifacts.download_artifacts(run_id=run.info.run_id, artifact_path="findings.json")
    logged = json.loads(Path(path).read_text())["findings"]
    assert "attr_welcome_call" in {finding["column"] for finding in logged}
    options = ("--history", str(history), "--out", str(history / "out"), "--trials", "0", "--launches", "month-7")
    assert "[target-leakage]" in CliRunner().invoke(app, ["backtest", *options]).output
    assert json.loads((history / "out" / "report.json").read_text())["history_findings"] == logged
    page = (history / "out" / "report.html").read_text()
    assert "<b>target-leakage</b> leads.attr_welcome_call" in page
