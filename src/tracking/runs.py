"""MLflow runs of the project's experiment: start one, log to it."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mlflow
import pandas as pd
from mlflow.data.code_dataset_source import CodeDatasetSource
from mlflow.data.pandas_dataset import PandasDataset

from .client import (
    ARTIFACTS_FOLDER,
    DESCRIPTION_TAG,
    EXPERIMENT,
    EXPERIMENT_TAGS,
    configure_mlflow,
    get_store_file,
    lock_store,
)


@dataclass(frozen=True)
class DatasetDescription:
    """What MLflow is told of a data set, beside the number of its rows and its columns.

    Attributes
    ----------
    name
        The name that the UI shows.
    context
        What the run used it for: ``training`` or ``evaluation``.
    history
        The name of the history that the rows come from; no path.
    fingerprint
        Hash of that history.
    until
        ISO instant; nothing of the history at or after it was used.
    """

    name: str
    context: str
    history: str
    fingerprint: str
    until: str


@contextmanager
def start_run(name: str, tags: Mapping[str, str]) -> Iterator[mlflow.ActiveRun]:
    """Start a run of the project's experiment and make it the active one.

    The run ends with the block: as finished, or as failed where the block raises.

    Parameters
    ----------
    name
        The name that the MLflow UI shows.
    tags
        Tags by which :func:`hotleads.tracking.find_runs` finds the run, such as ``job`` and ``launch_id``.

    Yields
    ------
    mlflow.ActiveRun
        The run; its id is ``run.info.run_id``.

    Examples
    --------
    >>> with start_run("train 2025-06", {"job": "train"}):  # doctest: +SKIP
    ...     log_metrics({"roc_auc": 0.74})
    """
    store_file = get_store_file(configure_mlflow())
    with lock_store(store_file):
        experiment_id = _get_experiment_id(store_file)
    with mlflow.start_run(experiment_id=experiment_id, run_name=name, tags=dict(tags)) as run:
        yield run


@contextmanager
def resume_run(run_id: str) -> Iterator[mlflow.ActiveRun]:
    """Make a run that has ended the active one again, to log more to it.

    Parameters
    ----------
    run_id
        The id of the run in the tracking store.

    Yields
    ------
    mlflow.ActiveRun
        The run.
    """
    configure_mlflow()
    with mlflow.start_run(run_id=run_id) as run:
        yield run


def _get_experiment_id(store_file: Path | None) -> str:
    experiment = mlflow.get_experiment_by_name(EXPERIMENT)
    if experiment is not None:
        for name, value in EXPERIMENT_TAGS.items():
            if name not in experiment.tags:  # made by an older version or by `mlflow run`; an owner's own text stays
                mlflow.MlflowClient().set_experiment_tag(experiment.experiment_id, name, value)
        return str(experiment.experiment_id)
    if store_file is None:
        return str(mlflow.create_experiment(EXPERIMENT, tags=EXPERIMENT_TAGS))
    # Beside the database, not in whatever folder a later command runs in.
    artifacts = store_file.resolve().parent / ARTIFACTS_FOLDER
    return str(mlflow.create_experiment(EXPERIMENT, artifact_location=artifacts.as_uri(), tags=EXPERIMENT_TAGS))


def log_tags(tags: Mapping[str, str]) -> None:
    """Set tags of the active run, where they are not known at its start.

    Parameters
    ----------
    tags
        Tag by name.
    """
    mlflow.set_tags(dict(tags))


def log_description(text: str) -> None:
    """Set the text that the MLflow UI shows above the active run.

    Parameters
    ----------
    text
        Markdown.
    """
    mlflow.set_tag(DESCRIPTION_TAG, text)


def log_metrics(metrics: Mapping[str, float | int | None], prefix: str = "", step: int | None = None) -> None:
    """Log metrics to the active run; those that are None are left out.

    Parameters
    ----------
    metrics
        Value by name.
    prefix
        Stands before each name.
    step
        Position on the metric's line in the MLflow UI.
    """
    defined = {f"{prefix}{name}": float(value) for name, value in metrics.items() if value is not None}
    mlflow.log_metrics(defined, step=step)


def log_parameters(parameters: Mapping[str, Any]) -> None:
    """Log parameters to the active run.

    Parameters
    ----------
    parameters
        Value by name; MLflow keeps its text.
    """
    mlflow.log_params(dict(parameters))


def log_artifacts(files: Sequence[Path], folder: str | None = None) -> None:
    """Log files to the active run.

    Parameters
    ----------
    files
        The files to copy.
    folder
        Folder among the run's artifacts (default: their root).
    """
    for file in files:
        mlflow.log_artifact(str(file), folder)


def log_dictionary(values: Mapping[str, Any], file: str) -> None:
    """Log values to the active run as a JSON file.

    Parameters
    ----------
    values
        What JSON can hold.
    file
        Path among the run's artifacts.
    """
    mlflow.log_text(json.dumps(dict(values)), file)  # mlflow.log_dict indents, which takes ten times as long


def log_table(rows: pd.DataFrame, file: str) -> None:
    """Log rows to the active run as a JSON file that the MLflow UI shows as a table.

    Parameters
    ----------
    rows
        The table.
    file
        Path among the run's artifacts.
    """
    mlflow.log_table(rows, file)


def log_dataset(rows: pd.DataFrame, dataset: DatasetDescription, target: str | None = None) -> None:
    """Log which rows the active run used: their number, columns and fingerprint, and never the rows.

    Parameters
    ----------
    rows
        The table.
    dataset
        What the MLflow UI shows of it.
    target
        The column that is predicted.
    """
    source = CodeDatasetSource({"history": dataset.history, "fingerprint": dataset.fingerprint, "until": dataset.until})
    logged = PandasDataset(rows, source, targets=target, name=dataset.name, digest=dataset.fingerprint)
    mlflow.log_input(logged, context=dataset.context)
