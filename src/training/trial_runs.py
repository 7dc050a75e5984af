"""A study's trials as MLflow runs nested in the active one, and the study's file for Optuna's own dashboard."""

import tempfile
import time
from pathlib import Path

import mlflow
import optuna
from mlflow import MlflowClient
from mlflow.entities import Metric, Param
from optuna.trial import FrozenTrial

from ..tracking.runs import log_artifacts
from .study_file import write_study

_PARENT = "mlflow.parentRunId"


def log_study(study: optuna.Study) -> None:
    """One nested run a trial, and ``study.log``; nothing where nothing was tuned."""
    if not study.trials:
        return
    client, parent = MlflowClient(), mlflow.active_run()
    for trial in study.trials:
        tags = {_PARENT: parent.info.run_id, "job": "trial", "state": trial.state.name.lower()}
        run = client.create_run(parent.info.experiment_id, run_name=f"trial {trial.number}", tags=tags)
        parameters = [Param(name, str(value)) for name, value in trial.params.items()]
        client.log_batch(run.info.run_id, metrics=_metrics(trial), params=parameters)
        client.set_terminated(run.info.run_id)
    with tempfile.TemporaryDirectory() as scratch:
        write_study(study, Path(scratch) / "study.log")
        log_artifacts([Path(scratch) / "study.log"])


def _metrics(trial: FrozenTrial) -> list[Metric]:
    now = int(time.time() * 1000)
    found = [Metric("stage_log_loss", value, now, stage) for stage, value in trial.intermediate_values.items()]
    if trial.state == optuna.trial.TrialState.COMPLETE and trial.value is not None:
        found.append(Metric("validation_log_loss", trial.value, now, 0))
    return found
