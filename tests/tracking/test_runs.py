"""Runs of the project's experiment, in a real SQLite store."""

from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote, urlparse

import mlflow
import pytest
from mlflow import MlflowClient

from hotleads.tracking import (
    EXPERIMENT,
    configure_mlflow,
    get_tracking_uri,
    load_registered_model,
    log_artifacts,
    log_description,
    log_metrics,
    log_parameters,
    resume_run,
    start_run,
)


def find_folder(uri: str) -> Path:
    return Path(unquote(urlparse(uri).path))


def test_run_holds_what_is_logged_to_it(store: Path, tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_text("a note")
    with start_run("a run", {"job": "test"}) as run:
        log_parameters({"trials": 3, "label": "plain"})
        log_metrics({"roc_auc": 0.7, "lift_5": None, "n": 12}, "mean_")
        log_artifacts([tmp_path / "note.txt"])
    logged = MlflowClient().get_run(run.info.run_id)
    assert (logged.info.status, logged.info.run_name) == ("FINISHED", "a run")
    assert logged.data.tags["job"] == "test"
    assert logged.data.params == {"trials": "3", "label": "plain"}
    assert logged.data.metrics == {"mean_roc_auc": 0.7, "mean_n": 12}
    assert (find_folder(logged.info.artifact_uri) / "note.txt").read_text() == "a note"


def test_the_experiment_is_of_model_training_and_describes_itself(store: Path) -> None:
    with start_run("a run", {}) as run:
        log_description("What came of it.")
    client = MlflowClient()
    tags = client.get_experiment(run.info.experiment_id).tags
    assert tags["mlflow.experimentKind"] == "custom_model_development"
    assert "A run's tag `job` says what it is" in tags["mlflow.note.content"]
    assert client.get_run(run.info.run_id).data.tags["mlflow.note.content"] == "What came of it."


def test_an_experiment_made_by_others_gets_what_it_lacks_and_keeps_its_text(
    tmp_path: Path, new_store: Callable[[Path], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", new_store(tmp_path))
    configure_mlflow()
    mlflow.create_experiment(EXPERIMENT, tags={"mlflow.note.content": "our leads"})
    with start_run("a run", {}) as run:
        pass
    tags = MlflowClient().get_experiment(run.info.experiment_id).tags
    assert (tags["mlflow.experimentKind"], tags["mlflow.note.content"]) == ("custom_model_development", "our leads")


def test_run_of_a_failing_block_ends_as_failed(store: Path) -> None:
    with pytest.raises(ZeroDivisionError), start_run("a run", {}) as run:
        log_metrics({"before": 1 / 1, "after": 1 / 0})
    assert MlflowClient().get_run(run.info.run_id).info.status == "FAILED"
    assert mlflow.active_run() is None


def test_artifacts_lie_beside_the_database(store: Path) -> None:
    with start_run("a run", {}) as run:
        assert find_folder(run.info.artifact_uri).is_relative_to(store / "artifacts")


def test_a_store_in_the_working_folder_without_a_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "sqlite:///mlflow.db")
    with pytest.raises(LookupError, match="run 'hotleads train' first"):
        load_registered_model()
    with start_run("a run", {}) as run:
        assert find_folder(run.info.artifact_uri).is_relative_to(tmp_path / "artifacts")
    assert (tmp_path / "mlflow.db").is_file()


def test_default_store_is_in_the_working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    assert get_tracking_uri() == f"sqlite:///{tmp_path}/mlruns/mlflow.db"


def test_resumed_run_takes_more_and_stays_finished(store: Path) -> None:
    with start_run("a run", {}) as run:
        log_metrics({"before": 1})
    with resume_run(run.info.run_id):
        log_metrics({"after": 2})
    logged = MlflowClient().get_run(run.info.run_id)
    assert logged.data.metrics == {"before": 1, "after": 2}
    assert logged.info.status == "FINISHED"
