"""The MLflow store: where it is, and the one place that points MLflow at it."""

import logging
import os
from pathlib import Path

os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")  # read when MLflow is imported
os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")

import mlflow
from mlflow import MlflowClient

#: The MLflow experiment of every run.
EXPERIMENT = "hotleads"
#: MLflow's tag for the text that its UI shows above an experiment or a run, in Markdown.
DESCRIPTION_TAG = "mlflow.note.content"
#: Tags of the experiment. The kind decides which pages the UI offers: those of model training, not those of agents.
EXPERIMENT_TAGS = {
    "mlflow.experimentKind": "custom_model_development",
    DESCRIPTION_TAG: (
        "Lead scoring with hotleads. A run's tag `job` says what it is: `train`, `backtest`, `score`, `monitor`, or "
        "a `trial` within a training. A run's description says what came of it; tables, pictures and reports are among "
        "its artifacts. Nothing personal is in any of them."
    ),
}
_STORE_FOLDER = "mlruns"
_SQLITE_SCHEME = "sqlite:///"


def get_tracking_uri() -> str:
    """Return ``MLFLOW_TRACKING_URI`` where it is set, else an SQLite file under ``mlruns/`` of the working folder."""
    return os.environ.get("MLFLOW_TRACKING_URI") or f"{_SQLITE_SCHEME}{Path(_STORE_FOLDER).resolve()}/mlflow.db"


def get_store_file(uri: str) -> Path | None:
    """Return the file of an SQLite store; None for a tracking server or another database."""
    return Path(uri.removeprefix(_SQLITE_SCHEME)) if uri.startswith(_SQLITE_SCHEME) else None


def configure_mlflow() -> str:
    """Point MLflow at the store, silence its hints, which are for its own users, and return the store's URI.

    Nothing is opened or created.
    """
    uri = get_tracking_uri()
    mlflow.set_tracking_uri(uri)
    logging.getLogger("mlflow").setLevel(logging.ERROR)
    return uri


def open_client() -> MlflowClient:
    """Return a client of the store. An SQLite store that does not exist yet is created."""
    configure_mlflow()
    return MlflowClient()
