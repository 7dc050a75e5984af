"""Backtest: past launches scored, each by a model trained only on what was known before it."""

import hashlib
import pickle
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ..history import History, Launch, LaunchError, open_history
from ..history.process_pool import start_process_pool
from ..history.progress import ProgressCallback, ignore_progress
from ..language import Phrase, get_message
from . import result_cache
from .baselines.comparison import average_baselines
from .launch_backtest import backtest_launch, evaluate, evaluate_segments
from .options import FitOptions
from .own_models import Estimator, check_model_names
from .versions import hash_code, hash_history, list_package_versions

#: Scored rows and the launch's entry; or no rows and why it was left out.
Result = tuple[pd.DataFrame | None, dict[str, Any]]


def backtest(
    history: History,
    options: FitOptions = FitOptions(),  # noqa: B008 - frozen
    launches: Sequence[str] | None = None,
    progress: ProgressCallback = ignore_progress,
    *,
    models: Mapping[str, Estimator] | None = None,
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Score past launches as if they were still to come, and evaluate the scores.

    With ``options.cache``, launches that were evaluated before a stop are not evaluated again.

    Parameters
    ----------
    history : History
        Where the launches lie.
    options : FitOptions
        Options of each launch's fit.
    launches : sequence of str or None
        Ids of the launches; None takes all.
    progress : callable
        Called with a line of text where a step begins.
    models : mapping of str to Estimator or None
        Estimators of one's own by name, compared with ours on the same leads: whatever has scikit-learn's ``fit`` and
        ``predict_proba`` on our features, or makes its own with a method ``features(history, leads, as_of)``. Nothing
        is cached then.

    Returns
    -------
    scores : pandas.DataFrame
        The scored rows with the truth (``label``, ``label_mature``, ``until``) and ``bought_before`` (a purchase
        was known).
    report : dict
        Metrics of each launch, their means and pooled metrics as plain values, as in ``report.json``. A launch that
        cannot be scored honestly is in ``skipped`` with the reason.

    Raises
    ------
    HistoryError
        A launch is unknown.

    Examples
    --------
    >>> scores, report = backtest(history, FitOptions(trials=0), ["2024-06"])  # doctest: +SKIP
    >>> report["mean"]["roc_auc"]  # doctest: +SKIP
    """
    if models:
        check_model_names(models)
        options = replace(options, cache=None, processes=options.processes if _can_be_sent(models) else 1)
    selected = (
        [history.get_launch(name) for name in dict.fromkeys(launches)] if launches else list(history.launches.values())
    )
    cache = _get_cache_folder(history, options)
    results: dict[str, Result | None] = {
        launch.launch_id: result_cache.load(cache, launch.launch_id) for launch in selected
    }
    pending = [launch for launch in selected if results[launch.launch_id] is None]
    for launch, result in _backtest_launches(history, pending, options, progress, models):
        results[launch.launch_id] = result
        result_cache.save(cache, launch.launch_id, result)
    complete = [result for result in results.values() if result is not None]
    parts = [rows for rows, _ in complete if rows is not None]
    scores = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()
    entries = [entry for rows, entry in complete if rows is not None]
    skipped = [entry for rows, entry in complete if rows is None]
    report = build_report(history, options, scores, entries, skipped)
    if cache:
        shutil.rmtree(cache, ignore_errors=True)
    return scores, report


def _get_cache_folder(history: History, options: FitOptions) -> Path | None:
    """Return where results are cached: another folder for another history, other options or other code."""
    if options.cache is None:
        return None
    inputs = repr((hash_history(history), sorted(options.to_dict().items()), hash_code()))
    return options.cache / f"backtest-{hashlib.sha256(inputs.encode()).hexdigest()[:16]}"


def _backtest_launches(
    history: History,
    launches: list[Launch],
    options: FitOptions,
    progress: ProgressCallback,
    models: Mapping[str, Estimator] | None,
) -> Iterator[tuple[Launch, Result]]:
    """Yield each launch's result, in order; in several processes where there are several launches."""
    processes = min(options.processes, len(launches))
    if processes <= 1:
        for launch in launches:
            yield launch, _backtest_or_skip(history, launch, options, progress, models)
        return
    single_process = replace(options, processes=1)
    pool = start_process_pool(processes)
    try:
        futures = [
            pool.submit(_backtest_in_process, history.folder, history.name, launch.launch_id, single_process, models)
            for launch in launches
        ]
        for launch, future in zip(launches, futures, strict=True):
            yield launch, future.result()
            progress(Phrase("{launch_id}: done", launch_id=launch.launch_id))
    finally:
        pool.shutdown(cancel_futures=True)


def _can_be_sent(models: Mapping[str, Estimator]) -> bool:
    """Return whether other processes can get the models; what is made in a notebook often cannot be sent."""
    try:
        pickle.dumps(models)
    except Exception:  # whatever somebody's class raises
        return False
    return all(type(model).__module__ != "__main__" for model in models.values())


def _backtest_in_process(
    folder: Path, name: str, launch_id: str, options: FitOptions, models: Mapping[str, Estimator] | None
) -> Result:
    history = replace(open_history(folder), name=name)
    return _backtest_or_skip(history, history.get_launch(launch_id), options, ignore_progress, models)


def _backtest_or_skip(
    history: History,
    launch: Launch,
    options: FitOptions,
    progress: ProgressCallback,
    models: Mapping[str, Estimator] | None = None,
) -> Result:
    progress(Phrase("{launch_id}: training on what was known before it", launch_id=launch.launch_id))
    try:
        return backtest_launch(history, launch, options, progress, models=models)
    except LaunchError as error:
        progress(Phrase("{launch_id}: left out, {error}", launch_id=launch.launch_id, error=get_message(error)))
        return None, {"launch_id": launch.launch_id, "code": error.code, "reason": get_message(error)}


def build_report(
    history: History,
    options: FitOptions,
    scores: pd.DataFrame,
    entries: Sequence[dict[str, Any]],
    skipped: Sequence[dict[str, Any]] = (),
) -> dict[str, Any]:
    """Return the content of ``report.json``: each launch's entry, means and pooled figures, and what made them."""
    pooled = {"all": evaluate(scores, options)} | evaluate_segments(scores, options) if len(scores) else {}
    return {
        "version": 1,
        "created_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "history": history.name,
        "label": "mature" if options.mature else "plain",
        "seed": options.seed,
        "trials": options.trials,
        "packages": list_package_versions(),
        "launches": list(entries),
        "skipped": list(skipped),
        "mean": _average_metrics([entry["metrics"] for entry in entries]),
        "pooled": pooled,
        "baselines": average_baselines([entry["baselines"] for entry in entries]),
    }


def _average_metrics(metrics: list[dict[str, Any]]) -> dict[str, float]:
    """Return each metric's mean over the launches where it is defined."""
    names = dict.fromkeys(name for entry in metrics for name in entry if name not in ("n", "buyers"))
    values = {name: [entry[name] for entry in metrics if entry[name] is not None] for name in names}
    return {name: float(np.mean(defined)) for name, defined in values.items() if defined}
