"""The jobs behind the commands: backtest, train and score, each tracked as one MLflow run."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd

from ..checks import Finding, check_history
from ..history import History, HistoryError, Launch, LaunchError
from ..scoring import Model
from ..tracking.registry import get_champion_version, load_registered_model, promote, register_model
from ..tracking.runs import log_artifacts, log_dictionary, log_metrics, log_parameters, start_run
from ..training import FitOptions, backtest
from ..training.base_models import ModelParameters
from ..training.data_facts import describe_history
from ..training.gate import GateDecision, apply_baselines, compare_recipes, list_settled_launches
from ..training.judged_runs import log_launches, log_mean_baselines
from ..training.launch_backtest import backtest_launch
from ..training.launch_fit import fit_launch
from ..training.report import write_report
from ..training.training_run import log_training
from .output import write_json, write_scores

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Trained:
    """A trained model, where it is registered, what bars it from being the champion and whether it is, and findings."""

    model: Model
    registry_version: str
    run_id: str
    verdict: GateDecision
    barred: str | None
    champion: bool
    findings: tuple[Finding, ...]


def run_backtest(
    history: History, out: Path, settings: FitOptions, launches: Sequence[str] | None, progress: Progress
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Backtest into the folder ``out``: ``scores.parquet``, ``report.json``, ``report.html``."""
    with start_run("backtest", {"job": "backtest", "history": history.name}):
        scores, report = backtest(history, settings, launches, progress)
        report["history_findings"] = [asdict(found) for found in history_findings(history, progress)]
        write_scores(scores, out / "scores.parquet", truth=True)
        write_json(report, out / "report.json")
        write_report(report, scores, out)
        log_parameters(settings.recorded | describe_history(history))
        log_metrics(report["mean"], "mean_")
        log_launches(report["launches"])
        log_mean_baselines(report["baselines"])
        log_artifacts([out / "report.json", out / "report.html"])
    return scores, report


def run_train(
    history: History, until: datetime | None, settings: FitOptions, progress: Progress, *, force: bool = False
) -> Trained:
    """Train for the next launch on what was over by ``until`` (default, and at most, the history's end), and register.

    The gate decides between the champion's recipe and a newly tuned one; the winner's, refitted on everything that is
    over, becomes the champion, unless it loses to a simple method on the latest launch, or the champion has learned
    from later rows; with ``force``, even so.
    """
    if history.ended_at is None or history.observed_until is None:
        raise HistoryError("the history has no rows to learn from")
    until = min(until or history.ended_at, history.observed_until)
    target = _next_launch(history, until)
    tags = {"job": "train", "history": history.name, "target_launch": target.launch_id}
    with start_run(f"train {target.launch_id}", tags) as run:
        verdict = _verdict(history, target, until, settings, progress)
        judged = _gate_entries(history, target, until, settings, verdict, progress)
        log_launches(judged, "gate_")
        verdict = apply_baselines(verdict, judged)
        progress(f"fitting for {target.launch_id} on everything that is over")
        fitted = fit_launch(history, target, until, settings, progress, parameters=verdict.parameters)
        log_training(history, fitted, settings, until, verdict)
        findings = history_findings(history, progress)
        log_dictionary({"findings": [asdict(found) for found in findings]}, "findings.json")
        progress("registering the model")
        version = register_model(fitted.model)
        barred = verdict.beaten_by or _steps_back(until)
        if champion := force or barred is None:
            promote(version, _why(verdict, barred))
        return Trained(fitted.model, version, run.info.run_id, verdict, barred, champion, findings)


def history_findings(history: History, progress: Progress) -> tuple[Finding, ...]:
    """What `hotleads check` warns of: scores may look better than they are, and nothing else would say so."""
    progress("looking for what is wrong with the history")
    found = [each for checked in check_history(history) for each in checked.findings]
    return tuple(each for each in found if each.severity != "note")


def _steps_back(until: datetime) -> str | None:
    """What is wrong with a model of what was over by ``until`` where the champion knows more."""
    if get_champion_version() is None:
        return None
    known = datetime.fromisoformat(load_registered_model().card["as_of"])
    return f"the champion has learned from all that was over by {known:%Y-%m-%d %H:%M}" if until < known else None


def _why(verdict: GateDecision, barred: str | None) -> str:
    reason = verdict.reason if verdict.promoted else f"champion's recipe, refitted; {verdict.reason}"
    return reason if barred is None else f"{reason}; promoted by force: {barred}"


def _verdict(
    history: History, target: Launch, until: datetime, settings: FitOptions, progress: Progress
) -> GateDecision:
    champion = None
    if get_champion_version() is not None:
        champion = ModelParameters(**load_registered_model().card["parameters"])

    def challenge(gate: Launch) -> ModelParameters:
        progress(f"tuning a challenger on what was known before {gate.launch_id}")
        fitted = fit_launch(history, gate, gate.as_of, settings, progress)
        return ModelParameters(**fitted.model.card["parameters"])

    return compare_recipes(history, target, until, champion, challenge, settings)


def _gate_entries(
    history: History, target: Launch, until: datetime, settings: FitOptions, verdict: GateDecision, progress: Progress
) -> list[dict[str, Any]]:
    """How the winner's recipe, or one tuned on what was known before, does on the latest launch that is over."""
    settled = list_settled_launches(history, target, until, settings.mature)
    if not settled:
        return []
    gate, recipe = settled[-1], verdict.parameters
    try:
        return [backtest_launch(history, gate, settings, progress, parameters=recipe, until=until)[1]]
    except LaunchError as error:
        progress(f"{gate.launch_id}: not judged, {error}")
        return []


def _next_launch(history: History, until: datetime) -> Launch:
    """The first launch that opens at ``until`` or later; where none does, the latest one stands for the next."""
    complete = [launch for launch in history.launches.values() if launch.problem is None]
    if not complete:
        raise LaunchError("no launch has the times that its strategy needs; mend the launches table")
    return next((launch for launch in complete if launch.as_of >= until), complete[-1])
