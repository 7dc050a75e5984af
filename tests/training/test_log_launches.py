"""Judged launches in MLflow: intervals, customers and newcomers apart, each simple method beside the model."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import mlflow
import pandas as pd
import pytest

from hotleads.history import History
from hotleads.tracking.runs import start_run
from hotleads.training import FitOptions
from hotleads.training.baselines.comparison import average_baselines
from hotleads.training.launch_backtest import backtest_launch
from hotleads.training.options import ModelParameters
from hotleads.training.run_logging import HEADLINE_METRICS, log_headlines, log_launches, log_mean_baselines

from .businesses import to_instant

Entries = list[dict[str, Any]]


@pytest.fixture(scope="module")
def entries(shop: History) -> Entries:
    settings = FitOptions(trials=0)
    launches = [shop.get_launch(name) for name in ("month-5", "month-6")]
    return [backtest_launch(shop, launch, settings, lambda message: None)[1] for launch in launches]


@pytest.fixture(scope="module")
def run_id(
    entries: Entries, new_store: Callable[[Path], str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLFLOW_TRACKING_URI", new_store(tmp_path_factory.mktemp("tracked")))
        with start_run("train", {"job": "train"}) as run:
            log_launches(entries, "gate_")
            log_headlines(entries[-1]["metrics"], "gate_")
            log_mean_baselines(average_baselines([entry["baselines"] for entry in entries]))
        yield run.info.run_id


def read_table(run_id: str, name: str) -> pd.DataFrame:
    logged = mlflow.artifacts.load_dict(f"runs:/{run_id}/{name}")
    return pd.DataFrame(logged["data"], columns=logged["columns"])


def test_headlines_are_the_only_metrics(run_id: str, entries: Entries) -> None:
    metrics = mlflow.get_run(run_id).data.metrics
    assert set(metrics) == {f"gate_{name}" for name in HEADLINE_METRICS}
    assert metrics["gate_lift_10"] == entries[-1]["metrics"]["lift_10"]


def test_each_launch_is_a_row_with_its_interval(run_id: str, entries: Entries) -> None:
    rows = read_table(run_id, "gate_launches.json")
    assert list(rows["log_loss"]) == pytest.approx([entry["metrics"]["log_loss"] for entry in entries])
    assert list(rows["log_loss_low"]) == pytest.approx([entry["intervals"]["log_loss"][0] for entry in entries])


def test_customers_and_newcomers_are_apart(run_id: str, entries: Entries) -> None:
    rows = read_table(run_id, "gate_segments.json")
    customers = [entry["segments"]["customers"] for entry in entries]
    of_customers = rows[rows["leads"] == "customers"]
    assert list(of_customers["roc_auc"]) == pytest.approx([part["metrics"]["roc_auc"] for part in customers])
    assert list(of_customers["roc_auc_high"]) == pytest.approx([part["intervals"]["roc_auc"][1] for part in customers])
    assert list(zip(rows["launch_id"], rows["leads"], strict=True)) == [
        (entry["launch_id"], name) for entry in entries for name in entry["segments"]
    ]


def test_each_simple_method_has_its_difference_and_its_interval(run_id: str, entries: Entries) -> None:
    baselines = {baseline["baseline"]: baseline for baseline in entries[-1]["baselines"]}
    difference = baselines["logistic regression on RFM"]["difference"]["log_loss"]
    rows = read_table(run_id, "gate_baselines.json")
    last_launch = rows[rows["launch_id"] == entries[-1]["launch_id"]].set_index("method")
    assert list(last_launch.index) == list(baselines)
    names = [f"model_minus_log_loss{end}" for end in ("", "_low", "_high")]
    assert list(last_launch.loc["logistic regression on RFM", names]) == pytest.approx(difference)
    assert last_launch.loc["base rate", "log_loss"] == pytest.approx(baselines["base rate"]["metrics"]["log_loss"])


def test_means_over_the_launches(run_id: str, entries: Entries) -> None:
    both = [
        baseline["metrics"]["ece"]
        for entry in entries
        for baseline in entry["baselines"]
        if baseline["baseline"] == "recency rule"
    ]
    rows = read_table(run_id, "mean_baselines.json").set_index("method")
    assert rows.loc["recency rule", "ece"] == pytest.approx(sum(both) / 2)
    assert rows.loc["recency rule", "launches"] == 2


def test_given_parameters_are_not_tuned(shop: History) -> None:
    recipe = ModelParameters(trees=50)
    settings, launch = FitOptions(trials=5), shop.get_launch("month-6")
    _, entry = backtest_launch(shop, launch, replace(settings, parameters=recipe))
    assert entry["training"]["parameters"]["trees"] == 50


@pytest.mark.slow
def test_leads_whose_window_was_not_over_are_not_evaluated(evergreen: History) -> None:
    launch, settings = evergreen.get_launch("evergreen"), FitOptions(trials=0)
    scored, _ = backtest_launch(evergreen, launch, settings, lambda message: None, until=to_instant(190))
    everyone, _ = backtest_launch(evergreen, launch, settings, lambda message: None)
    assert scored["until"].max() <= to_instant(190) < everyone["until"].max()
