"""Monitoring in MLflow: the run that scored a launch, its figures and reports, and all launches on one line."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import mlflow
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

from ..history.timestamps import MILLISECONDS_PER_DAY
from ..tracking.registry import REGISTERED_MODEL, model_uri
from ..tracking.runs import EXPERIMENT, tracked_run, tracking_uri

_PREFIX = "monitor_"
_FOLDER = "monitoring"
CHALLENGER = "challenger"


def scoring_run(launch_id: str, model_version: str | None = None, context_hash: str | None = None) -> str | None:
    """The id of the latest finished run that scored the launch, with that model and context where they are named."""
    wanted = {"job": "score", "launch_id": launch_id, "model_version": model_version, "context_hash": context_hash}
    found = _runs({name: value for name, value in wanted.items() if value is not None})
    return found[0].info.run_id if found else None


def scoring_model(launch_id: str) -> str | None:
    """The URI of the registered model that scored the launch last; None where no run or version tells."""
    run_id = scoring_run(launch_id)
    if run_id is None:
        return None
    version = MlflowClient().get_run(run_id).data.tags["model_version"]
    try:
        known = MlflowClient().search_model_versions(f"name = '{REGISTERED_MODEL}'")
    except MlflowException:
        return None
    numbers = [int(each.version) for each in known if each.tags.get("model_version") == version]
    return model_uri(str(max(numbers))) if numbers else None


def log_monitoring(tags: Mapping[str, str], figures: Mapping[str, float], verdict: Mapping[str, str], out: Path) -> str:
    """Log to the run that scored the launch (found by ``tags``), or to one of its own where there is none.

    ``tags``: ``launch_id``, ``model_version``, ``context_hash``. Figures become metrics, ``verdict`` tags, and the
    files of ``out`` artifacts. Returns the run's id.
    """
    with _launch_run(tags) as run_id:
        mlflow.log_metrics({f"{_PREFIX}{name}": value for name, value in figures.items()})
        mlflow.set_tags({f"{_PREFIX}{name}": value for name, value in verdict.items()})
        for file in sorted(out.glob("*.*")):
            mlflow.log_artifact(str(file), _FOLDER)
    return run_id


def log_line(history: str, strategy: str, as_of: datetime, figures: Mapping[str, float]) -> None:
    """Add the launch's figures to the run that strings a history's launches together; a step is a day since 1970."""
    tags = {"job": "launches", "history": history, "strategy": strategy}
    found = _runs(tags)
    if not found:
        with tracked_run(f"{strategy} launches of {history}", tags) as run:
            run_id = run.info.run_id
    else:
        run_id = found[0].info.run_id
    client, instant = MlflowClient(), int(as_of.timestamp() * 1000)
    for name, value in figures.items():
        client.log_metric(run_id, name, value, timestamp=instant, step=instant // MILLISECONDS_PER_DAY)


@contextmanager
def _launch_run(tags: Mapping[str, str]) -> Iterator[str]:
    run_id = scoring_run(tags["launch_id"], tags["model_version"], tags["context_hash"])
    if run_id is None:
        with tracked_run(f"monitor {tags['launch_id']}", {"job": "monitor", **tags}) as run:
            yield run.info.run_id
        return
    mlflow.set_tracking_uri(tracking_uri())
    with mlflow.start_run(run_id=run_id):
        yield run_id


def _runs(tags: Mapping[str, str]) -> Sequence[mlflow.entities.Run]:
    """The finished runs with these tags, latest first."""
    mlflow.set_tracking_uri(tracking_uri())
    logging.getLogger("mlflow").setLevel(logging.ERROR)  # its hints are for its own users
    wanted = " and ".join(f"tags.{name} = '{value}'" for name, value in tags.items())
    try:
        found: Sequence[mlflow.entities.Run] = mlflow.search_runs(
            experiment_names=[EXPERIMENT],
            filter_string=f"{wanted} and status = 'FINISHED'",
            order_by=["start_time DESC"],
            max_results=100,
            output_format="list",
        )
    except MlflowException:  # nothing was tracked here yet
        return []
    return found
