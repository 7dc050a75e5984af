"""Queries of MLflow runs: which launches a model scored, by which run, and with what."""

from collections.abc import Mapping, Sequence

import mlflow
from mlflow.exceptions import MlflowException

from ..scoring import LaunchProfile
from .client import EXPERIMENT, configure_mlflow, open_client
from .registry import REGISTERED_MODEL, build_model_uri

#: The file of a scoring run that holds its launch's profile.
LAUNCH_PROFILE_FILE = "launch.json"
_MAX_RUNS = 1000


def find_runs(tags: Mapping[str, str], *, max_runs: int = 100) -> Sequence[mlflow.entities.Run]:
    """Return the finished runs that have all of these tags, latest first.

    Parameters
    ----------
    tags
        Value by tag, such as ``{"job": "score", "launch_id": "2025-06"}``.
    max_runs
        So many runs at most.

    Returns
    -------
    sequence of mlflow.entities.Run
        Empty where nothing was tracked yet.
    """
    configure_mlflow()
    conditions = " and ".join(f"tags.{name} = '{value}'" for name, value in tags.items())
    try:
        runs: Sequence[mlflow.entities.Run] = mlflow.search_runs(
            experiment_names=[EXPERIMENT],
            filter_string=f"{conditions} and status = 'FINISHED'",
            max_results=max_runs,
            order_by=["start_time DESC"],
            output_format="list",
        )
    except MlflowException:  # nothing was tracked here yet
        return []
    return runs


def find_scoring_runs(model_version: str) -> dict[str, str]:
    """Return the latest finished scoring run of each launch that a model scored.

    Parameters
    ----------
    model_version
        The version in the model's artefact, not that of the registry.

    Returns
    -------
    dict of str to str
        Run id by launch id.
    """
    latest: dict[str, str] = {}
    for run in find_runs({"job": "score", "model_version": model_version}, max_runs=_MAX_RUNS):
        latest.setdefault(run.data.tags["launch_id"], run.info.run_id)
    return latest


def find_scoring_run(launch_id: str, model_version: str | None = None, context_hash: str | None = None) -> str | None:
    """Return the id of the latest finished run that scored a launch.

    Parameters
    ----------
    launch_id
        The launch.
    model_version, context_hash
        Only runs with this model, or with this context (default: any).

    Returns
    -------
    str or None
        None where there is no such run.
    """
    tags = {"job": "score", "launch_id": launch_id, "model_version": model_version, "context_hash": context_hash}
    runs = find_runs({name: value for name, value in tags.items() if value is not None})
    return runs[0].info.run_id if runs else None


def find_scoring_version(launch_id: str) -> str | None:
    """Return the version, in its artefact, of the model that scored a launch last.

    Parameters
    ----------
    launch_id
        The launch.

    Returns
    -------
    str or None
        None where no run scored the launch.
    """
    run_id = find_scoring_run(launch_id)
    return None if run_id is None else str(open_client().get_run(run_id).data.tags["model_version"])


def find_scoring_model(launch_id: str) -> str | None:
    """Return the URI of the registered model that scored a launch last.

    Parameters
    ----------
    launch_id
        The launch.

    Returns
    -------
    str or None
        A URI for :func:`hotleads.tracking.load_registered_model`; None where no run scored the launch, or its model
        is not registered.
    """
    model_version = find_scoring_version(launch_id)
    return None if model_version is None else find_model_uri(model_version)


def find_model_uri(model_version: str) -> str | None:
    """Return the URI of the registered model that has a version in its artefact.

    Parameters
    ----------
    model_version
        The version, as scored rows name it.

    Returns
    -------
    str or None
        A URI for :func:`hotleads.tracking.load_registered_model`; None where no such model is registered.
    """
    try:
        versions = open_client().search_model_versions(f"name = '{REGISTERED_MODEL}'")
    except MlflowException:
        return None
    numbers = [int(version.version) for version in versions if version.tags.get("model_version") == model_version]
    return build_model_uri(str(max(numbers))) if numbers else None


def load_launch_profile(run_id: str) -> LaunchProfile | None:
    """Return what a run's launch was scored with.

    Parameters
    ----------
    run_id
        The id of a scoring run.

    Returns
    -------
    LaunchProfile or None
        None where the run has no such file, as those of old versions of this program.
    """
    configure_mlflow()
    try:
        return LaunchProfile.from_json(mlflow.artifacts.load_dict(f"runs:/{run_id}/{LAUNCH_PROFILE_FILE}"))
    except (MlflowException, OSError):
        return None
