"""The MLflow store: where it is, and the one place that points MLflow at it."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from functools import cache
from pathlib import Path

from filelock import FileLock

os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")  # read when MLflow is imported
os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")

import mlflow
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

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
#: Beside the file of an SQLite store: what its runs keep.
ARTIFACTS_FOLDER = "artifacts"
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

    An SQLite store that does not exist yet is created, by one process at a time.
    """
    uri = get_tracking_uri()
    mlflow.set_tracking_uri(uri)
    logging.getLogger("mlflow").setLevel(logging.ERROR)
    file = get_store_file(uri)
    if file is not None:
        _create_store(file.resolve())
    return uri


def open_client() -> MlflowClient:
    """Return a client of the store."""
    configure_mlflow()
    return MlflowClient()


@contextmanager
def lock_store(file: Path | None) -> Iterator[None]:
    """Keep other processes from creating in an SQLite store what this one creates, while the block runs.

    Parameters
    ----------
    file
        The store's file. There is no lock in a folder that nobody may write to, such as a mounted registry, nor for
        None: a tracking server and other databases look after themselves.
    """
    with FileLock(f"{file}.lock") if file and os.access(file.parent, os.W_OK) else nullcontext():
        yield


@cache
def _create_store(file: Path) -> None:
    """Let MLflow create its tables where they are missing: two processes that did so at once would fail halfway."""
    with suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
    with lock_store(file), suppress(MlflowException):  # what opens the store next says what is wrong with it
        MlflowClient()
