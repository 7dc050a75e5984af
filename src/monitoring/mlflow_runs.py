"""Monitoring in MLflow: figures and reports in the run that scored a launch, and one run with all launches."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from ..history.timestamps import MILLISECONDS_PER_DAY
from ..tracking.client import open_client
from ..tracking.queries import find_runs, find_scoring_run
from ..tracking.runs import log_artifacts, log_description, log_metrics, log_tags, resume_run, start_run

_PREFIX = "monitor_"
_FOLDER = "monitoring"


def log_monitoring(tags: Mapping[str, str], figures: Mapping[str, float], verdict: Mapping[str, str], out: Path) -> str:
    """Log to the run that scored the launch, or to a new run where there is none, and return the run's id.

    ``tags`` (``launch_id``, ``model_version``, ``context_hash``) find the run. Figures become metrics, ``verdict``
    becomes tags, and the files of ``out`` become artifacts.
    """
    with _open_launch_run(tags) as run_id:
        log_metrics(figures, _PREFIX)
        log_tags({f"{_PREFIX}{name}": value for name, value in verdict.items()})
        log_artifacts(sorted(out.glob("*.*")), _FOLDER)
    return run_id


def log_launch_series(history: str, strategy: str, as_of: datetime, figures: Mapping[str, float]) -> None:
    """Add the launch's figures to the run that holds all launches of a history; a step is a day since 1970."""
    tags = {"job": "launches", "history": history, "strategy": strategy}
    runs = find_runs(tags)
    if not runs:
        with start_run(f"{strategy} launches of {history}", tags) as run:
            run_id = run.info.run_id
            log_description(f"The {strategy} launches of **{history}** that were monitored; a step is a day from 1970.")
    else:
        run_id = runs[0].info.run_id
    client = open_client()
    instant = int(as_of.timestamp() * 1000)
    for name, value in figures.items():
        client.log_metric(run_id, name, value, timestamp=instant, step=instant // MILLISECONDS_PER_DAY)


@contextmanager
def _open_launch_run(tags: Mapping[str, str]) -> Iterator[str]:
    run_id = find_scoring_run(tags["launch_id"], tags["model_version"], tags["context_hash"])
    if run_id is None:
        with start_run(f"monitor {tags['launch_id']}", {"job": "monitor", **tags}) as run:
            log_description(f"Monitoring of **{tags['launch_id']}**, which no run here has scored: see `{_FOLDER}`.")
            yield run.info.run_id
        return
    with resume_run(run_id):
        yield run_id
