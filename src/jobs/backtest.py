"""Backtest a history into a folder, as one tracked MLflow run."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from ..checks import check_labels
from ..history import History
from ..history.progress import ProgressCallback, ignore_progress
from ..language import Language
from ..tracking.registry import load_registered_model
from ..tracking.runs import log_artifacts, log_description, log_parameters, start_run
from ..training import Estimator, FitOptions, backtest
from ..training.report import write_report
from ..training.run_description import describe_backtest
from ..training.run_logging import log_evaluation_data, log_headlines, log_launches, log_mean_baselines
from ..training.versions import describe_history
from .check import find_problems
from .output import write_json
from .score_files import write_scores


@dataclass(frozen=True)
class BacktestOptions:
    """What to backtest, and how.

    Attributes
    ----------
    out
        Folder for ``scores.parquet``, ``report.json`` and ``report.html``.
    launches
        Ids of the launches (default: all).
    fit
        How the models are fitted.
    prior_model_uri
        For small sellers: folder or MLflow URI of a model trained on another history.
    language
        Language of ``report.html``.
    models
        Estimators of one's own by name, compared with ours.
    """

    out: Path
    launches: Sequence[str] | None = None
    fit: FitOptions = field(default_factory=FitOptions)
    prior_model_uri: str | None = None
    language: Language = "en"
    models: Mapping[str, Estimator] | None = None


class BacktestResult(NamedTuple):
    """What a backtest gave.

    Attributes
    ----------
    scores
        Scored rows of every launch, with their labels.
    report
        Metrics by launch and in the mean, launches that were skipped, comparison with baselines, findings.
    run_id
        The MLflow run.
    """

    scores: pd.DataFrame
    report: dict[str, Any]
    run_id: str


def run_backtest(
    history: History, options: BacktestOptions, progress: ProgressCallback = ignore_progress
) -> BacktestResult:
    """Score past launches, each with a model that knew only what came before it, and evaluate the scores.

    Raises LaunchError, before any training, where no launch of the history has a buyer.
    """
    check_labels(history)
    fit = resolve_prior_model(options.fit, options.prior_model_uri)
    with start_run("backtest", {"job": "backtest", "history": history.name}) as run:
        scores, report = backtest(history, fit, options.launches, progress, models=options.models)
        report["history_findings"] = [asdict(finding) for finding in find_problems(history, progress)]
        write_scores(scores, options.out / "scores.parquet", truth=True)
        write_json(report, options.out / "report.json")
        write_report(report, scores, options.out, options.language)
        log_parameters(fit.to_dict() | describe_history(history))
        log_description(describe_backtest(history.name, report))
        if len(scores):
            log_evaluation_data(history, scores, fit.label_column)
        log_headlines(report["mean"], "mean_")
        log_launches(report["launches"])
        log_mean_baselines(report["baselines"])
        log_artifacts([options.out / "report.json", options.out / "report.html"])
    return BacktestResult(scores, report, run.info.run_id)


def resolve_prior_model(fit: FitOptions, uri: str | None) -> FitOptions:
    """Return the options with the prior model at ``uri``, or unchanged where none is named."""
    return fit if uri is None else replace(fit, prior=load_registered_model(uri))
