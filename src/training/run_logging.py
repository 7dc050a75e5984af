"""What a training and a backtest log to their MLflow run: headline metrics, tables with the rest, plots, the study."""

import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import optuna
import pandas as pd
from mlflow import MlflowClient
from mlflow.entities import Metric, Param
from optuna.trial import FrozenTrial, TrialState

from ..evaluation import BootstrapOptions, bootstrap_summary
from ..history import History
from ..reports.plots import (
    plot_gains,
    plot_histogram,
    plot_lifts,
    plot_reliability,
    plot_study,
)
from ..reports.svg import to_standalone_svg
from ..tracking.client import DESCRIPTION_TAG
from ..tracking.runs import (
    DatasetDescription,
    log_artifacts,
    log_dataset,
    log_dictionary,
    log_metrics,
    log_parameters,
    log_table,
)
from .baselines.comparison import COMPARED_METRICS, SHOWN_METRICS
from .fit import FittedModel
from .gate import GateDecision
from .options import FitOptions
from .tuning import write_study
from .versions import describe_history, hash_history

Entry = Mapping[str, Any]

#: MLflow's tag for a nested run.
_PARENT_TAG = "mlflow.parentRunId"
#: The few figures of a launch that become metrics, which MLflow draws and compares; the tables hold the others.
HEADLINE_METRICS = (
    "roc_auc",
    "average_precision",
    "lift_10",
    "log_loss",
    "ece",
    "calibration_slope",
    "mean_probability",
    "base_rate",
)


def log_launches(entries: Sequence[Entry], prefix: str = "") -> None:
    """Log entries of `backtest_launch` to the active run, as rows of three tables whose names begin with ``prefix``.

    ``launches.json`` has a row for each launch, ``segments.json`` one for its customers and newcomers,
    ``baselines.json`` one for each baseline. ``roc_auc_low`` and ``roc_auc_high`` are the ends of a figure's 90%
    interval; ``model_minus_roc_auc`` is the model's figure minus that baseline's.
    """
    launches = [{"launch_id": entry["launch_id"], **_flatten_intervals(entry)} for entry in entries]
    baselines = [_build_baseline_row(entry, baseline) for entry in entries for baseline in entry["baselines"]]
    segments = [_build_segment_row(entry, name) for entry in entries for name in entry["segments"]]
    for name, rows in (("launches", launches), ("baselines", baselines), ("segments", segments)):
        if rows:
            log_table(pd.DataFrame(rows), f"{prefix}{name}.json")


def log_headlines(metrics: Entry, prefix: str) -> None:
    """Log the headline metrics among a launch's figures, or the means over launches, to the active run."""
    log_metrics({name: metrics.get(name) for name in HEADLINE_METRICS}, prefix)


def log_mean_baselines(baselines: Sequence[Entry]) -> None:
    """Log each baseline's figures, and the model's minus its own, as means over the launches, to a table."""
    rows = [
        {"method": entry["baseline"], "launches": entry["launches"], **entry["metrics"]}
        | {f"model_minus_{name}": value for name, value in entry["difference"].items()}
        for entry in baselines
    ]
    if rows:
        log_table(pd.DataFrame(rows), "mean_baselines.json")


def log_evaluation_data(history: History, scores: pd.DataFrame, label: str) -> None:
    """Log which scored rows a backtest evaluated, as MLflow's data set; the rows themselves are not logged."""
    until = history.observed_until
    rows = scores[["probability", label]].astype(np.float64)
    log_dataset(rows, _describe_data(history, "scored leads", "evaluation", until), target=label)


def log_training(
    history: History, fitted: FittedModel, options: FitOptions, until: datetime, decision: GateDecision
) -> None:
    """Log a training to the active run; nothing personal. ``unseen_windows.json`` is of leads not learned from."""
    card = fitted.model.card
    examples = fitted.training_set.examples
    names = [feature.name for feature in fitted.model.features]
    rows = examples.table[names].assign(label=examples.label.astype(np.float64))
    log_dataset(rows, _describe_data(history, "training windows", "training", until), target="label")
    recipe = card["parameters"] | {f"weight_{name}": weight for name, weight in card["base_weights"].items()}
    recipe |= {f"calibration_{name}": card["calibration"][name] for name in ("level_share", "slope_share")}
    log_parameters(options.to_dict() | recipe | {"until": until.isoformat()} | describe_history(history))
    log_dictionary(card, "card.json")
    log_dictionary(dict(history.manifest), "history_manifest.json")
    log_dictionary(asdict(decision), "gate.json")
    log_metrics({f"train_{name}": sum(window[name] for window in card["windows"]) for name in ("rows", "buyers")})
    log_study(fitted.study)
    windows = [
        {"window": window, **_flatten_intervals({"metrics": quality, "intervals": ends})}
        for window, quality in card["quality_on_unseen_windows"].items()
        for ends in (_compute_window_intervals(fitted, window, options.seed),)
    ]
    if windows:
        log_table(pd.DataFrame(windows), "unseen_windows.json")
    with tempfile.TemporaryDirectory() as scratch:
        for name, plot in plot_training(fitted, options.seed).items():
            (Path(scratch) / f"{name}.svg").write_text(to_standalone_svg(plot), encoding="utf-8")
        log_artifacts(sorted(Path(scratch).iterdir()))


def log_study(study: optuna.Study) -> None:
    """Log one nested run a trial, and ``study.log`` for Optuna's dashboard; nothing where nothing was tuned.

    Trials have Optuna's numbers, from 0. One that was halved away ends as killed, as MLflow's own storage of studies
    has it, and lacks ``validation_log_loss``. ``first_log_loss`` is of fewer windows: it compares with its like alone.
    """
    if not study.trials:
        return
    client, parent = MlflowClient(), mlflow.active_run()
    for trial in study.trials:
        pruned = trial.state == TrialState.PRUNED
        tags = {
            _PARENT_TAG: parent.info.run_id,
            "job": "trial",
            "state": trial.state.name.lower(),
            DESCRIPTION_TAG: "Halved away after the first measure." if pruned else "Measured on every window left out.",
        }
        run = client.create_run(parent.info.experiment_id, run_name=f"trial {trial.number}", tags=tags)
        parameters = [Param(name, str(value)) for name, value in trial.params.items()]
        client.log_batch(run.info.run_id, metrics=_build_trial_metrics(trial), params=parameters)
        client.set_terminated(run.info.run_id, "KILLED" if pruned else "FINISHED")
    with tempfile.TemporaryDirectory() as scratch:
        write_study(study, Path(scratch) / "study.log")
        log_artifacts([Path(scratch) / "study.log"])


def plot_training(fitted: FittedModel, seed: int = 0) -> dict[str, str]:
    """Return SVGs by name: reliability, gains and histogram of unseen leads, lift by window, and the study."""
    predicted = ~np.isnan(fitted.unseen)
    y, p = fitted.training_set.examples.label[predicted].astype(np.float64), fitted.unseen[predicted]
    plots = {"study": plot_study(fitted.study)} if fitted.study.trials else {}
    if not len(y):
        return plots
    return plots | {
        "reliability": plot_reliability("reliability", y, p),
        "gains": plot_gains("gains", y, p),
        "histogram": plot_histogram("histogram", y, p),
        "lift": plot_lifts(_build_lift_rows(fitted, seed)),
    }


def _describe_data(history: History, rows: str, context: str, until: datetime | None) -> DatasetDescription:
    return DatasetDescription(
        name=f"{history.name}, {rows}",
        context=context,
        history=history.name,
        fingerprint=hash_history(history)[:16],
        until=until.isoformat() if until else "",
    )


def _flatten_intervals(evaluation: Entry) -> dict[str, float | None]:
    ends = {
        f"{name}_{end}": value
        for name, interval in evaluation["intervals"].items()
        for end, value in zip(("low", "high"), interval, strict=True)
    }
    return dict(evaluation["metrics"]) | ends


def _flatten_differences(baseline: Entry) -> dict[str, float | None]:
    return {
        f"{name}{end}": value
        for name in COMPARED_METRICS
        for end, value in zip(("", "_low", "_high"), baseline["difference"][name], strict=True)
    }


def _build_baseline_row(entry: Entry, baseline: Entry) -> dict[str, Any]:
    metrics = {name: baseline["metrics"][name] for name in SHOWN_METRICS}
    differences = {f"model_minus_{name}": value for name, value in _flatten_differences(baseline).items()}
    return {"launch_id": entry["launch_id"], "method": baseline["baseline"], **metrics, **differences}


def _build_segment_row(entry: Entry, segment: str) -> dict[str, Any]:
    return {"launch_id": entry["launch_id"], "leads": segment, **_flatten_intervals(entry["segments"][segment])}


def _build_lift_rows(fitted: FittedModel, seed: int) -> pd.DataFrame:
    quality = fitted.model.card["quality_on_unseen_windows"]
    undefined = (np.nan, np.nan)
    ends = [_compute_window_intervals(fitted, window, seed).get("lift_10", undefined) for window in quality]
    return pd.DataFrame(
        {
            "launch_id": list(quality),
            "lift_10": np.array([metrics["lift_10"] for metrics in quality.values()], np.float64),
            "low": [low for low, _ in ends],
            "high": [high for _, high in ends],
        }
    )


def _compute_window_intervals(fitted: FittedModel, window: str, seed: int) -> dict[str, tuple[float, float]]:
    examples = fitted.training_set.examples
    rows = (examples.window == examples.windows.index(window)) & ~np.isnan(fitted.unseen)
    leads, options = examples.table.index[rows], BootstrapOptions(seed=seed)
    return bootstrap_summary(examples.label[rows], fitted.unseen[rows], leads, options=options)


def _build_trial_metrics(trial: FrozenTrial) -> list[Metric]:
    now = int(time.time() * 1000)
    metrics = [Metric("first_log_loss", value, now, 0) for value in trial.intermediate_values.values()]
    if trial.state == TrialState.COMPLETE and trial.value is not None:
        metrics.append(Metric("validation_log_loss", trial.value, now, 0))
    return metrics
