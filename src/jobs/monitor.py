"""Monitoring a launch as a job: reports into a folder, figures and files into MLflow, a remedy where asked for."""

from collections.abc import Callable
from pathlib import Path
from typing import Literal, NamedTuple

from ..history import History, Launch, LaunchError
from ..history.atomic import atomic_write
from ..monitoring import MonitoringResult, monitor_launch
from ..monitoring.launch_rows import read_launch_rows
from ..monitoring.mlflow_runs import log_launch_series, log_monitoring
from ..monitoring.model_updates import check_prior_model, recalibrate_model, retrain_model
from ..monitoring.report import render_monitoring_report
from ..monitoring.workspace import add_to_workspace
from ..scoring import Model, TierPolicy
from ..tracking.queries import find_scoring_model, find_scoring_run, load_launch_profile
from ..tracking.registry import CHAMPION_URI, load_registered_model, register_model, set_challenger
from ..tracking.runs import start_run
from .output import write_json, write_text

Apply = Literal["recalibrate", "retrain"]
Progress = Callable[[str], None]


class MonitorRun(NamedTuple):
    """What was found, the MLflow run it was logged to, and the challenger's registry version, if one was made."""

    result: MonitoringResult
    run_id: str
    challenger: str | None


def run_monitor(
    history: History,
    launch: Launch,
    out: Path,
    *,
    model_uri: str | None = None,
    against: str | None = None,
    workspace: Path | None = None,
    apply: Apply | None = None,
    prior_uri: str | None = None,
    progress: Progress = lambda message: None,
) -> MonitorRun:
    """Monitor a launch into the folder ``out``: ``monitor.json``, ``launches.html`` and, for each reference,
    Evidently's HTML and JSON; and into the Evidently workspace ``workspace`` (default: beside them).

    The model is the one at ``model_uri``, else the one that scored the launch, else the champion; ``prior_uri`` is the
    prior model that retraining needs where that one was drawn to it.
    """
    model = load_registered_model(model_uri or find_scoring_model(launch.launch_id) or CHAMPION_URI)
    prior = load_registered_model(prior_uri) if prior_uri else None
    if apply == "retrain":
        check_prior_model(model, prior)  # before the reports, which take long
    progress(f"comparing {launch.launch_id} with the launches before it")
    result = monitor_launch(history, launch, model, against=against, policy=_policy(launch, model))
    progress("writing the reports")
    _write(result, out)
    launches = add_to_workspace(workspace or out / "workspace", history.name, launch.strategy, result)
    write_text(render_monitoring_report(history.name, result, launches), out / "launches.html")
    tags = {"launch_id": launch.launch_id, "model_version": model.version, "context_hash": result.context_hash}
    verdict = {"diagnosis": result.diagnosis, "advice": result.advice.action}
    run_id = log_monitoring(tags, result.figures, verdict, out)
    log_launch_series(history.name, launch.strategy, launch.as_of, result.figures)
    challenger = _challenger(history, launch, model, apply, prior, progress) if apply else None
    return MonitorRun(result, run_id, challenger)


def _policy(launch: Launch, model: Model) -> TierPolicy | None:
    """The tiers by which the launch was scored with this model; None where no run tells."""
    run_id = find_scoring_run(launch.launch_id, model.version)
    facts = load_launch_profile(run_id) if run_id else None
    return facts.policy if facts else None


def _write(result: MonitoringResult, out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    write_json(result.to_json(), out / "monitor.json")
    for name, each in result.drifts.items():
        stem = f"drift-against-{''.join(letter if letter.isalnum() or letter in '-_' else '-' for letter in name)}"
        for suffix, save in ((".html", each.snapshot.save_html), (".json", each.snapshot.save_json)):
            with atomic_write(out / f"{stem}{suffix}") as scratch:
                save(str(scratch))


def _challenger(
    history: History, launch: Launch, model: Model, apply: Apply, prior: Model | None, progress: Progress
) -> str:
    """Register the remedy as the challenger. The champion stays: only the gate of ``hotleads train`` replaces it."""
    with start_run(f"{apply} after {launch.launch_id}", {"job": apply, "launch_id": launch.launch_id}):
        progress(f"{apply}: fitting")
        if apply == "recalibrate":
            new = recalibrate_model(model, read_launch_rows(history, launch, model))
        else:
            until = history.observed_until
            if until is None:
                raise LaunchError("the history has no rows to learn from", "no-earlier-launch")
            new = retrain_model(history, launch, model, until, prior)
        version = register_model(new)
        set_challenger(version)
    return version
