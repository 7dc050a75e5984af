"""What a training and a backtest log to their MLflow run: metrics with intervals, tables, plots and the study."""

import re
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
    compute_probability_limit,
    plot_gains,
    plot_histogram,
    plot_lifts,
    plot_reliability,
    plot_study,
    to_standalone_svg,
)
from ..tracking.runs import log_artifacts, log_dictionary, log_metrics, log_parameters, log_table
from .baselines.comparison import COMPARED_METRICS, SHOWN_METRICS
from .fit import FittedModel
from .gate import GateDecision
from .options import FitOptions
from .tuning import write_study
from .versions import describe_history

Entry = Mapping[str, Any]

#: MLflow's tag for a nested run.
_PARENT_TAG = "mlflow.parentRunId"


def log_launches(entries: Sequence[Entry], prefix: str = "") -> None:
    """Log each entry of `backtest_launch` to the active run: a step of the metrics, and rows of two tables.

    ``baselines.json`` has a row for each baseline, ``segments.json`` one each for warm and cold leads; both begin with
    ``prefix``, as the metrics do. ``roc_auc_low`` and ``roc_auc_high`` are the ends of a metric's 90% interval;
    ``minus_recency_rule_roc_auc`` is the model's figure minus that baseline's.
    """
    for step, entry in enumerate(entries):
        log_metrics(_flatten_entry(entry), prefix, step)
    baselines = [_build_baseline_row(entry, baseline) for entry in entries for baseline in entry["baselines"]]
    segments = [_build_segment_row(entry, name) for entry in entries for name in entry["segments"]]
    for name, rows in (("baselines", baselines), ("segments", segments)):
        if rows:
            log_table(pd.DataFrame(rows), f"{prefix}{name}.json")


def log_mean_baselines(baselines: Sequence[Entry]) -> None:
    """Log each baseline's metrics, and the model's minus its own, as means over the launches, to the active run."""
    for entry in baselines:
        slug = _slugify(entry["baseline"])
        log_metrics(entry["metrics"], f"mean_{slug}_")
        log_metrics(entry["difference"], f"mean_minus_{slug}_")


def log_training(
    history: History, fitted: FittedModel, options: FitOptions, until: datetime, decision: GateDecision
) -> None:
    """Log a training to the active run; nothing personal. A window's metrics are of leads the model had not seen."""
    card = fitted.model.card
    log_parameters(options.to_dict() | card["parameters"] | {"until": until.isoformat()} | describe_history(history))
    log_dictionary(card, "card.json")
    log_dictionary(dict(history.manifest), "history_manifest.json")
    log_dictionary(asdict(decision), "gate.json")
    log_metrics({f"train_{name}": sum(window[name] for window in card["windows"]) for name in ("rows", "buyers")})
    log_study(fitted.study)
    for step, (window, quality) in enumerate(card["quality_on_unseen_windows"].items()):
        log_metrics(quality, "unseen_window_", step)
        for name, ends in _compute_window_intervals(fitted, window, options.seed).items():
            log_metrics(dict(zip((f"{name}_low", f"{name}_high"), ends, strict=True)), "unseen_window_", step)
    with tempfile.TemporaryDirectory() as scratch:
        for name, plot in plot_training(fitted, options.seed).items():
            (Path(scratch) / f"{name}.svg").write_text(to_standalone_svg(plot), encoding="utf-8")
        log_artifacts(sorted(Path(scratch).iterdir()))


def log_study(study: optuna.Study) -> None:
    """Log one nested run a trial, and ``study.log`` for Optuna's dashboard; nothing where nothing was tuned."""
    if not study.trials:
        return
    client, parent = MlflowClient(), mlflow.active_run()
    for trial in study.trials:
        tags = {_PARENT_TAG: parent.info.run_id, "job": "trial", "state": trial.state.name.lower()}
        run = client.create_run(parent.info.experiment_id, run_name=f"trial {trial.number}", tags=tags)
        parameters = [Param(name, str(value)) for name, value in trial.params.items()]
        client.log_batch(run.info.run_id, metrics=_build_trial_metrics(trial), params=parameters)
        client.set_terminated(run.info.run_id)
    with tempfile.TemporaryDirectory() as scratch:
        write_study(study, Path(scratch) / "study.log")
        log_artifacts([Path(scratch) / "study.log"])


def plot_training(fitted: FittedModel, seed: int = 0) -> dict[str, str]:
    """Return SVGs by name: reliability, gains and histogram of unseen leads, lift by window, and the study."""
    known = ~np.isnan(fitted.unseen)
    y, p = fitted.training_set.examples.label[known].astype(np.float64), fitted.unseen[known]
    plots = {"study": plot_study(fitted.study)} if fitted.study.trials else {}
    if not len(y):
        return plots
    limit = compute_probability_limit([(y, p)])
    return plots | {
        "reliability": plot_reliability("reliability", y, p, limit),
        "gains": plot_gains("gains", y, p),
        "histogram": plot_histogram("histogram", y, p, limit),
        "lift": plot_lifts(_build_lift_rows(fitted, seed)),
    }


def _flatten_entry(entry: Entry) -> dict[str, float | None]:
    metrics = _flatten_intervals(entry)
    for segment, part in entry["segments"].items():
        metrics |= {f"{segment}_{name}": value for name, value in _flatten_intervals(part).items()}
    for baseline in entry["baselines"]:
        slug = _slugify(baseline["baseline"])
        metrics |= {f"minus_{slug}_{name}": value for name, value in _flatten_differences(baseline).items()}
    return metrics


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


def _slugify(name: str) -> str:
    """Return a baseline's name as a part of a metric's."""
    return re.sub(r"[^a-z0-9]+", "_", name.lower())


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
    metrics = [Metric("stage_log_loss", value, now, stage) for stage, value in trial.intermediate_values.items()]
    if trial.state == TrialState.COMPLETE and trial.value is not None:
        metrics.append(Metric("validation_log_loss", trial.value, now, 0))
    return metrics
