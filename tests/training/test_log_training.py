"""What a training leaves in MLflow: facts of the data, figures with their ends, pictures, and every trial."""

import json
from pathlib import Path

import mlflow
import pytest
from mlflow import MlflowClient
from mlflow.entities import Run
from optuna.trial import TrialState

from hotleads.history import History
from hotleads.tracking.runs import start_run
from hotleads.training import FitOptions, FittedModel, fit_model
from hotleads.training.gate import GateDecision
from hotleads.training.run_logging import log_training
from hotleads.training.tuning import read_study

from .businesses import day

UNTIL = day(150)


@pytest.fixture(scope="module")
def fitted(shop: History) -> FittedModel:
    return fit_model(shop, shop.get_launch("month-6"), UNTIL, FitOptions(trials=3, seed=0))


@pytest.fixture(scope="module")
def run(shop: History, fitted: FittedModel, tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("tracked")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{folder}/mlflow.db")
        with start_run("train", {"job": "train"}) as started:
            log_training(shop, fitted, FitOptions(trials=3), UNTIL, GateDecision(True, "there is no champion yet"))
        yield mlflow.get_run(started.info.run_id)


def artifact(run: Run, name: str) -> Path:
    return Path(mlflow.artifacts.download_artifacts(run_id=run.info.run_id, artifact_path=name))


def test_tells_the_data_and_the_parameters(run: Run, shop: History, fitted: FittedModel) -> None:
    params = run.data.params
    assert params["until"] == UNTIL.isoformat()
    assert params["history_purchases_rows"] == str(shop.manifest["rows"]["purchases"])
    assert params["history_ended"] == shop.ended_at.isoformat()
    assert params["trees"] == str(fitted.model.card["parameters"]["trees"])
    assert json.loads(artifact(run, "card.json").read_text()) == json.loads(json.dumps(fitted.model.card))


def test_each_window_has_its_figures_and_their_ends(run: Run, fitted: FittedModel) -> None:
    client, quality = MlflowClient(), list(fitted.model.card["quality_on_unseen_windows"].values())
    values = [metric.value for metric in client.get_metric_history(run.info.run_id, "unseen_window_roc_auc")]
    lows = [metric.value for metric in client.get_metric_history(run.info.run_id, "unseen_window_roc_auc_low")]
    highs = [metric.value for metric in client.get_metric_history(run.info.run_id, "unseen_window_roc_auc_high")]
    assert values == [figures["roc_auc"] for figures in quality]
    assert all(low < value < high for low, value, high in zip(lows, values, highs, strict=True))


def test_pictures_are_files_of_their_own(run: Run) -> None:
    for name in ("study", "reliability", "gains", "histogram", "lift"):
        picture = artifact(run, f"{name}.svg").read_text()
        assert picture.startswith('<svg xmlns="http://www.w3.org/2000/svg"')
        assert "--ink: #1b2430" in picture


def test_every_trial_is_a_nested_run(run: Run, fitted: FittedModel) -> None:
    nested = MlflowClient().search_runs(
        [run.info.experiment_id], f"tags.`mlflow.parentRunId` = '{run.info.run_id}'", order_by=["tags.`mlflow.runName`"]
    )
    trials = fitted.study.trials
    assert [trial_run.info.run_name for trial_run in nested] == [f"trial {trial.number}" for trial in trials]
    assert {trial_run.info.status for trial_run in nested} == {"FINISHED"}
    for trial_run, trial in zip(nested, trials, strict=True):
        assert trial_run.data.params == {name: str(value) for name, value in trial.params.items()}
        assert ("validation_log_loss" in trial_run.data.metrics) == (trial.state == TrialState.COMPLETE)


def test_the_study_opens_again(run: Run, fitted: FittedModel) -> None:
    trials = read_study(artifact(run, "study.log"))
    assert [(trial.params, trial.value) for trial in trials] == [
        (trial.params, trial.value) for trial in fitted.study.trials
    ]
