"""MLflow: where runs are kept, what a run is told, and the registry that holds the champion."""

import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import mlflow
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

from scoring import Model, load, save

EXPERIMENT = "hotleads"
REGISTERED_MODEL = "hotleads"
CHAMPION = "champion"
_FOLDER = "mlruns"
_PYFUNC = Path(__file__).with_name("pyfunc_model.py")


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


def log_metrics(metrics: Mapping[str, float | int | None], prefix: str = "", step: int | None = None) -> None:
    """The figures that are defined, each under ``prefix`` and its name."""
    defined = {f"{prefix}{name}": float(value) for name, value in metrics.items() if value is not None}
    mlflow.log_metrics(defined, step=step)


def register(model: Model) -> str:
    """Log the model to the active run, register it, and return its registry version.

    The alias ``champion`` is given to the first version only; whoever follows has to earn it.
    """
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "artefact"
        save(model, folder)
        logged = mlflow.pyfunc.log_model(
            name="model",
            python_model=str(_PYFUNC),
            artifacts={"artefact": str(folder)},
            pip_requirements=["hotleads"],
            registered_model_name=REGISTERED_MODEL,
            metadata={"model_version": model.version, "feature_hash": model.feature_hash},
        )
    version = str(logged.registered_model_version)
    client = MlflowClient()
    client.set_model_version_tag(REGISTERED_MODEL, version, "model_version", model.version)
    if CHAMPION not in client.get_registered_model(REGISTERED_MODEL).aliases:
        client.set_registered_model_alias(REGISTERED_MODEL, CHAMPION, version)
    return version


def load_registered(uri: str = f"models:/{REGISTERED_MODEL}@{CHAMPION}") -> Model:
    """The model at a folder or an MLflow model URI. Raises ArtefactError, or LookupError where there is none."""
    if Path(uri).is_dir():
        return load(Path(uri))
    mlflow.set_tracking_uri(tracking_uri())
    try:
        return load(Path(mlflow.artifacts.download_artifacts(uri)) / "artifacts" / "artefact")
    except MlflowException as error:
        raise LookupError(f"there is no model {uri} in {tracking_uri()}; run 'hotleads train' first") from error


def model_uri(version: str) -> str:
    """The MLflow URI of a registered version."""
    return f"models:/{REGISTERED_MODEL}/{version}"


def log_parameters(parameters: Mapping[str, Any]) -> None:
    """Parameters of the active run."""
    mlflow.log_params(dict(parameters))


def log_artifacts(files: Sequence[Path]) -> None:
    """Files of the active run."""
    for file in files:
        mlflow.log_artifact(str(file))
