"""The jobs behind the commands: backtest, train and score, each tracked as one MLflow run."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd

from history import History, HistoryError, Launch, LaunchError
from hotleads.output import write_json, write_scores
from scoring import Model, score_launch
from training import Settings, backtest, fit_model
from training.report import write_report
from training.tracking import load_registered, log_artifacts, log_metrics, log_parameters, register, tracked_run

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Trained:
    """A trained model and where it is registered."""

    model: Model
    registry_version: str
    run_id: str


def run_backtest(
    history: History, out: Path, settings: Settings, launches: Sequence[str] | None, progress: Progress
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Backtest into the folder ``out``: ``scores.parquet``, ``report.json``, ``report.html``."""
    with tracked_run("backtest", {"job": "backtest", "history": history.name}):
        scores, report = backtest(history, settings, launches, progress)
        write_scores(scores, out / "scores.parquet", truth=True)
        write_json(report, out / "report.json")
        write_report(report, scores, out)
        log_parameters(asdict(settings))
        log_metrics(report["mean"], "mean_")
        for step, entry in enumerate(report["launches"]):
            log_metrics(entry["metrics"], step=step)
        log_artifacts([out / "report.json", out / "report.html"])
    return scores, report


def run_train(history: History, until: datetime | None, settings: Settings, progress: Progress) -> Trained:
    """Train for the next launch on what was over by ``until`` (default: the history's last row), and register."""
    until = until or history.ended_at
    if until is None:
        raise HistoryError("the history has no rows to learn from")
    target = _next_launch(history, until)
    progress(f"training for {target.launch_id}")
    tags = {"job": "train", "history": history.name, "target_launch": target.launch_id}
    with tracked_run(f"train {target.launch_id}", tags) as run:
        fitted = fit_model(
            history,
            target,
            until,
            trials=settings.trials,
            seed=settings.seed,
            mature=settings.mature,
            on_trial=lambda trial, loss: progress(f"trial {trial} of {settings.trials}, log loss {loss:.4f}"),
        )
        card = fitted.model.card
        log_parameters(asdict(settings) | card["parameters"] | {"until": until.isoformat()})
        for trial in fitted.study.trials:
            log_metrics({"validation_log_loss": trial.value}, step=trial.number)
        for step, quality in enumerate(card["quality_on_unseen_windows"].values()):
            log_metrics(quality, "unseen_window_", step)
        progress("registering the model")
        return Trained(fitted.model, register(fitted.model), run.info.run_id)


def run_score(history: History, launch: Launch, model_uri: str | None, reasons: int) -> pd.DataFrame:
    """Score a launch's leads with the champion, or the model at ``model_uri``."""
    model = load_registered(model_uri) if model_uri else load_registered()
    tags = {
        "job": "score",
        "launch_id": launch.launch_id,
        "model_version": model.version,
        "context_hash": model.context.hash,
    }
    with tracked_run(f"score {launch.launch_id}", tags):
        scores = score_launch(history, launch, model, reasons=reasons)
        counts = scores["tier"].value_counts()
        log_metrics({"leads": len(scores)} | {f"leads_{tier}": int(count) for tier, count in counts.items()})
        if len(scores):
            log_metrics({"mean_probability": float(scores["probability"].mean())})
    return scores


def _next_launch(history: History, until: datetime) -> Launch:
    """The first launch that opens at ``until`` or later; where none does, the latest one stands for the next."""
    complete = [launch for launch in history.launches.values() if launch.problem is None]
    if not complete:
        raise LaunchError("no launch has the times that its strategy needs; mend the launches table")
    return next((launch for launch in complete if launch.as_of >= until), complete[-1])
