"""MLflow: where runs are kept and what a run is told."""

import logging
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")  # read when MLflow is imported
os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")

import mlflow
import pandas as pd

EXPERIMENT = "hotleads"
_FOLDER = "mlruns"


def tracking_uri() -> str:
    """``MLFLOW_TRACKING_URI`` where it is set, else an SQLite file under ``mlruns/`` of the working folder."""
    return os.environ.get("MLFLOW_TRACKING_URI") or f"sqlite:///{Path(_FOLDER).resolve()}/mlflow.db"


@contextmanager
def tracked_run(name: str, tags: Mapping[str, str]) -> Iterator[mlflow.ActiveRun]:
    """A run of the project's experiment; ends as failed where the block raises."""
    uri = tracking_uri()
    if uri.startswith("sqlite:///"):
        Path(uri.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
    mlflow.set_tracking_uri(uri)
    logging.getLogger("mlflow").setLevel(logging.ERROR)  # its hints are for its own users
    with mlflow.start_run(experiment_id=_experiment(uri), run_name=name, tags=dict(tags)) as run:
        yield run


def _experiment(uri: str) -> str:
    found = mlflow.get_experiment_by_name(EXPERIMENT)
    if found is not None:
        return str(found.experiment_id)
    if not uri.startswith("sqlite:///"):
        return str(mlflow.create_experiment(EXPERIMENT))
    # Beside the database, not in whatever folder a later command runs in.
    beside = Path(uri.removeprefix("sqlite:///")).resolve().parent / "artifacts"
    return str(mlflow.create_experiment(EXPERIMENT, artifact_location=beside.as_uri()))


def log_tags(tags: Mapping[str, str]) -> None:
    """Tags of the active run that are known only on the way."""
    mlflow.set_tags(dict(tags))


def log_metrics(metrics: Mapping[str, float | int | None], prefix: str = "", step: int | None = None) -> None:
    """The figures that are defined, each under ``prefix`` and its name."""
    defined = {f"{prefix}{name}": float(value) for name, value in metrics.items() if value is not None}
    mlflow.log_metrics(defined, step=step)


def log_parameters(parameters: Mapping[str, Any]) -> None:
    """Parameters of the active run."""
    mlflow.log_params(dict(parameters))


def log_artifacts(files: Sequence[Path]) -> None:
    """Files of the active run."""
    for file in files:
        mlflow.log_artifact(str(file))


def log_dictionary(values: Mapping[str, Any], file: str) -> None:
    """A JSON file of the active run."""
    mlflow.log_dict(dict(values), file)


def log_table(rows: pd.DataFrame, file: str) -> None:
    """A JSON file of the active run that the MLflow UI shows as a table."""
    mlflow.log_table(rows, file)
