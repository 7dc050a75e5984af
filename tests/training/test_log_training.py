"""What a training leaves in MLflow: facts of the data, figures with their ends, pictures, and every trial."""

import json
from collections.abc import Callable
from pathlib import Path

import mlflow
import pandas as pd
import pytest
from mlflow import MlflowClient
from mlflow.entities import Run
from optuna.trial import TrialState

from hotleads.history import History
from hotleads.tracking.runs import start_run
from hotleads.training import FitOptions, FittedModel, fit_model
from hotleads.training.gate import GateDecision
from hotleads.training.run_logging import log_training
from hotleads.training.tuning import describe_trial, read_study

from .businesses import to_instant

UNTIL = to_instant(150)


@pytest.fixture(scope="module")
def fitted(shop: History) -> FittedModel:
    return fit_model(shop, shop.get_launch("month-6"), UNTIL, FitOptions(trials=3, seed=0))


@pytest.fixture(scope="module")
def run(
    shop: History, fitted: FittedModel, new_store: Callable[[Path], str], tmp_path_factory: pytest.TempPathFactory
) -> Run:
    folder = tmp_path_factory.mktemp("tracked")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLFLOW_TRACKING_URI", new_store(folder))
        with start_run("train", {"job": "train"}) as started:
            log_training(shop, fitted, FitOptions(trials=3), UNTIL, GateDecision(True, "there is no champion yet"))
        yield mlflow.get_run(started.info.run_id)


def download_artifact(run: Run, name: str) -> Path:
    return Path(mlflow.artifacts.download_artifacts(run_id=run.info.run_id, artifact_path=name))


def read_table(run: Run, name: str) -> pd.DataFrame:
    logged = json.loads(download_artifact(run, name).read_text())
    return pd.DataFrame(logged["data"], columns=logged["columns"])


def test_logs_the_data_and_the_parameters(run: Run, shop: History, fitted: FittedModel) -> None:
    params = run.data.params
    assert params["until"] == UNTIL.isoformat()
    assert params["history_purchases_rows"] == str(shop.manifest["rows"]["purchases"])
    assert params["history_ended"] == shop.ended_at.isoformat()
    assert params["trees"] == str(fitted.model.card["parameters"]["trees"])
    assert params["weight_free_trees"] == str(fitted.model.card["base_weights"]["free_trees"])
    assert params["calibration_level_share"] == str(fitted.model.card["calibration"]["level_share"])
    assert json.loads(download_artifact(run, "card.json").read_text()) == json.loads(json.dumps(fitted.model.card))


def test_each_window_is_a_row_with_its_figures_and_their_ends(run: Run, fitted: FittedModel) -> None:
    quality = fitted.model.card["quality_on_unseen_windows"]
    rows = read_table(run, "unseen_windows.json")
    assert list(rows["window"]) == list(quality)
    assert list(rows["roc_auc"]) == pytest.approx([figures["roc_auc"] for figures in quality.values()])
    assert (rows["roc_auc_low"] < rows["roc_auc"]).all()
    assert (rows["roc_auc"] < rows["roc_auc_high"]).all()


def test_a_loss_of_one_window_is_on_no_line_with_that_of_another(run: Run, fitted: FittedModel) -> None:
    client = MlflowClient()
    runs = client.search_runs([run.info.experiment_id])
    assert len(runs) == 1 + len(fitted.study.trials)
    for logged in runs:
        for name in logged.data.metrics:
            assert len(client.get_metric_history(logged.info.run_id, name)) == 1, name


def test_the_rows_learned_from_are_a_data_set_without_its_rows(run: Run, shop: History, fitted: FittedModel) -> None:
    (logged,) = run.inputs.dataset_inputs
    assert [(tag.key, tag.value) for tag in logged.tags] == [("mlflow.data.context", "training")]
    rows = fitted.training_set.examples
    assert json.loads(logged.dataset.profile)["num_rows"] == len(rows.label)
    columns = [column["name"] for column in json.loads(logged.dataset.schema)["mlflow_colspec"]]
    assert columns == [*(feature.name for feature in fitted.model.features), "label"]
    assert json.loads(logged.dataset.source)["tags"] == {
        "history": shop.name,
        "fingerprint": run.data.params["history_fingerprint"],
        "until": UNTIL.isoformat(),
    }
    assert logged.dataset.digest == run.data.params["history_fingerprint"]


def test_pictures_are_files_of_their_own(run: Run) -> None:
    for name in ("study", "reliability", "gains", "histogram", "lift"):
        picture = download_artifact(run, f"{name}.svg").read_text()
        assert picture.startswith('<svg xmlns="http://www.w3.org/2000/svg"')
        assert "--ink: #1b2430" in picture


def test_every_trial_is_a_nested_run(run: Run, fitted: FittedModel) -> None:
    nested = MlflowClient().search_runs(
        [run.info.experiment_id], f"tags.`mlflow.parentRunId` = '{run.info.run_id}'", order_by=["tags.`mlflow.runName`"]
    )
    trials = fitted.study.trials
    assert [trial_run.info.run_name for trial_run in nested] == [f"trial {trial.number}" for trial in trials]
    for trial_run, trial in zip(nested, trials, strict=True):
        assert trial_run.data.params == {name: str(value) for name, value in trial.params.items()}
        complete = trial.state == TrialState.COMPLETE
        assert trial_run.info.status == ("FINISHED" if complete else "KILLED")
        assert trial_run.data.metrics.get("validation_log_loss") == (trial.value if complete else None)
        assert trial_run.data.metrics["first_log_loss"] == trial.intermediate_values[0]


def test_a_trial_has_one_number_on_the_console_in_mlflow_and_in_the_study(run: Run, fitted: FittedModel) -> None:
    trials = read_study(download_artifact(run, "study.log"))
    assert {trial.state for trial in trials} == {TrialState.COMPLETE, TrialState.PRUNED}
    for trial in trials:
        (logged,) = MlflowClient().search_runs(
            [run.info.experiment_id], f"tags.`mlflow.runName` = 'trial {trial.number}'"
        )
        assert logged.data.tags["state"] == trial.state.name.lower()
        line = describe_trial(trial, len(trials))
        assert line.startswith(f"trial {trial.number} ({trial.number + 1} of at most {len(trials)})")
        assert ("halved away" in line) == (trial.state == TrialState.PRUNED)


def test_the_picture_marks_the_trials_that_were_halved_away(run: Run) -> None:
    assert "halved away before" in download_artifact(run, "study.svg").read_text()


def test_the_study_opens_again(run: Run, fitted: FittedModel) -> None:
    trials = read_study(download_artifact(run, "study.log"))
    assert [(trial.params, trial.value) for trial in trials] == [
        (trial.params, trial.value) for trial in fitted.study.trials
    ]
