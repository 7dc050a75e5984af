"""Train a model for the next launch and register it, as one tracked MLflow run."""

import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd

from ..checks import Finding
from ..history import History, HistoryError, Launch, LaunchError
from ..history.progress import ProgressCallback, ignore_progress
from ..language import Phrase, get_message
from ..scoring import Model
from ..tracking.registry import get_champion_version, load_registered_model, promote, record_rejection, register_model
from ..tracking.runs import log_artifacts, log_description, log_dictionary, start_run
from ..training import FitOptions, ModelParameters, fit_model
from ..training.backtesting import build_report
from ..training.gate import GateDecision, apply_baselines, compare_recipes, list_settled_launches
from ..training.launch_backtest import backtest_launch
from ..training.report import write_report
from ..training.run_description import describe_training
from ..training.run_logging import log_headlines, log_launches, log_training
from .backtest import resolve_prior_model
from .check import find_problems


@dataclass(frozen=True)
class TrainOptions:
    """How to train.

    Attributes
    ----------
    until
        Nothing from this instant on is known (default, and at most: the end of the history).
    fit
        How the model is fitted.
    prior_model_uri
        For small sellers: folder or MLflow URI of a model trained on another history.
    force
        Promote the model even if the gate rejects it.
    """

    until: datetime | None = None
    fit: FitOptions = field(default_factory=FitOptions)
    prior_model_uri: str | None = None
    force: bool = False


@dataclass(frozen=True)
class TrainResult:
    """A trained model and what became of it.

    Attributes
    ----------
    model
        The model.
    registry_version
        Its version in the registry.
    run_id
        The MLflow run.
    verdict
        What the gate decided, and on what.
    rejected_because
        Why the model should not be the champion; None where nothing speaks against it.
    champion
        Whether it is the champion now.
    findings
        Problems of the history.
    """

    model: Model
    registry_version: str
    run_id: str
    verdict: GateDecision
    rejected_because: str | None
    champion: bool
    findings: tuple[Finding, ...]


def run_train(history: History, options: TrainOptions, progress: ProgressCallback = ignore_progress) -> TrainResult:
    """Train for the next launch on the launches that are over, and register the model.

    The gate chooses between the champion's recipe and a newly tuned one. The model of the winner, refitted on
    everything that is over, becomes the champion, unless it loses to a baseline on the latest launch, or the champion
    has learned from later rows. Raises HistoryError or LaunchError where there is too little to learn from.
    """
    fit = resolve_prior_model(options.fit, options.prior_model_uri)
    if history.ended_at is None or history.observed_until is None:
        raise HistoryError(Phrase("the history has no rows to learn from"))
    until = min(options.until or history.ended_at, history.observed_until)
    target = _find_next_launch(history, until)
    tags = {"job": "train", "history": history.name, "target_launch": target.launch_id}
    with start_run(f"train {target.launch_id}", tags) as run:
        verdict = _choose_recipe(history, target, until, fit, progress)
        gate_results = _backtest_gate_launch(history, target, until, fit, verdict.parameters, progress)
        entries = [entry for _, entry in gate_results]
        verdict = apply_baselines(verdict, entries)
        progress(Phrase("fitting for {launch_id} on everything that is over", launch_id=target.launch_id))
        fitted = fit_model(history, target, until, replace(fit, parameters=verdict.parameters), progress)
        log_training(history, fitted, fit, until, verdict)
        for scores, entry in gate_results:
            _log_gate_launch(history, fit, scores, entry)
        description = describe_training(fitted.model, entries, verdict)
        log_description(description)
        findings = find_problems(history, progress)
        log_dictionary({"findings": [asdict(finding) for finding in findings]}, "findings.json")
        progress(Phrase("registering the model"))
        version = register_model(fitted.model, description)
        rejected_because = verdict.beaten_by or _find_newer_champion(until)
        champion = options.force or rejected_because is None
        if champion:
            promote(version, _build_reason(verdict, rejected_because))
        elif rejected_because is not None:
            record_rejection(version, rejected_because)
        return TrainResult(fitted.model, version, run.info.run_id, verdict, rejected_because, champion, findings)


def _find_next_launch(history: History, until: datetime) -> Launch:
    """Return the first launch that opens at ``until`` or later; if none does, the latest launch stands for the next."""
    complete = [launch for launch in history.launches.values() if launch.problem is None]
    if not complete:
        raise LaunchError(Phrase("no launch has the times that its strategy needs; correct the launches table"))
    return next((launch for launch in complete if launch.as_of >= until), complete[-1])


def _choose_recipe(
    history: History, target: Launch, until: datetime, fit: FitOptions, progress: ProgressCallback
) -> GateDecision:
    champion = None
    if get_champion_version() is not None:
        champion = ModelParameters(**load_registered_model().card["parameters"])

    def tune_challenger(gate: Launch) -> ModelParameters:
        progress(Phrase("tuning a challenger on what was known before {launch_id}", launch_id=gate.launch_id))
        fitted = fit_model(history, gate, gate.as_of, fit, progress)
        return ModelParameters(**fitted.model.card["parameters"])

    return compare_recipes(history, target, until, champion, tune_challenger, fit)


def _backtest_gate_launch(
    history: History,
    target: Launch,
    until: datetime,
    fit: FitOptions,
    parameters: ModelParameters | None,
    progress: ProgressCallback,
) -> Sequence[tuple[pd.DataFrame, dict[str, object]]]:
    """Backtest the winner's recipe, or one tuned on what was known before, on the latest launch that is over."""
    settled = list_settled_launches(history, target, until, fit.mature)
    if not settled:
        return []
    gate = settled[-1]
    try:
        return [backtest_launch(history, gate, replace(fit, parameters=parameters), progress, until=until)]
    except LaunchError as error:
        progress(Phrase("{launch_id}: not evaluated, {error}", launch_id=gate.launch_id, error=get_message(error)))
        return []


def _log_gate_launch(history: History, fit: FitOptions, scores: pd.DataFrame, entry: dict[str, Any]) -> None:
    """Log the gate launch to the active run: headline metrics, tables, and a backtest's page."""
    log_headlines(entry["metrics"], "gate_")
    log_launches([entry], "gate_")
    with tempfile.TemporaryDirectory() as scratch:
        report = build_report(history, fit, scores, [entry])
        log_artifacts([write_report(report, scores, Path(scratch))])


def _find_newer_champion(until: datetime) -> str | None:
    """Return why a model of what was over by ``until`` is a step back, where the champion has learned from more."""
    if get_champion_version() is None:
        return None
    known_until = datetime.fromisoformat(load_registered_model().card["as_of"])
    if until >= known_until:
        return None
    return Phrase(
        "the champion has learned from all that was over by {instant}", instant=f"{known_until:%Y-%m-%d %H:%M}"
    )


def _build_reason(verdict: GateDecision, rejected_because: str | None) -> str:
    reason = verdict.reason if verdict.promoted else f"champion's recipe, refitted; {verdict.reason}"
    return reason if rejected_because is None else f"{reason}; promoted by force: {rejected_because}"
