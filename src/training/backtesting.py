"""How good the scores would have been: each launch scored by a model trained only on what was known before it."""

import hashlib
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ..history import History, Launch, LaunchError, open_history
from ..history.process_pool import start_process_pool
from ..history.progress import ProgressCallback, ignore_progress
from .baselines.comparison import average_baselines
from .data_facts import hash_history
from .launch_backtest import backtest_launch, evaluate, evaluate_segments
from .options import FitOptions
from .packages import hash_code, list_package_versions
from .result_cache import load, save

#: Scored rows and the launch's entry; or no rows and why it was left out.
Result = tuple[pd.DataFrame | None, dict[str, Any]]


def backtest(
    history: History,
    settings: FitOptions,
    launches: Sequence[str] | None = None,
    progress: ProgressCallback = ignore_progress,
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Score the launches (default: all) and judge the scores.

    Returns the scored rows with the truth and ``warm`` (a purchase was known), and the report as plain
    values. A launch that cannot be scored honestly stands in the report's ``skipped`` with the reason. With
    ``settings.cache``, launches that were judged before a stop are not judged again.
    Raises HistoryError for an unknown launch.
    """
    wanted = (
        [history.get_launch(name) for name in dict.fromkeys(launches)] if launches else list(history.launches.values())
    )
    folder = _folder(history, settings)
    found = {launch.launch_id: load(folder, launch.launch_id) for launch in wanted}
    todo = [launch for launch in wanted if found[launch.launch_id] is None]
    for launch, result in _results(history, todo, settings, progress):
        found[launch.launch_id] = result
        save(folder, launch.launch_id, result)
    parts = [scores for scores, _ in found.values() if scores is not None]
    scores = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()
    entries = [entry for scored, entry in found.values() if scored is not None]
    report = _report(history, settings, scores, entries, [entry for scored, entry in found.values() if scored is None])
    if folder:
        shutil.rmtree(folder, ignore_errors=True)
    return scores, report


def _folder(history: History, settings: FitOptions) -> Path | None:
    """Where results are kept: others' are not taken for ours, whatever differs."""
    if settings.cache is None:
        return None
    told = repr((hash_history(history), sorted(settings.recorded.items()), hash_code()))
    return settings.cache / f"backtest-{hashlib.sha256(told.encode()).hexdigest()[:16]}"


def _results(
    history: History, launches: list[Launch], settings: FitOptions, progress: ProgressCallback
) -> Iterator[tuple[Launch, Result]]:
    """Each launch's result, in order; in several processes where there are several launches."""
    processes = min(settings.processes, len(launches))
    if processes <= 1:
        for launch in launches:
            yield launch, _result(history, launch, settings, progress)
        return
    alone = replace(settings, processes=1)
    pool = start_process_pool(processes)
    try:
        running = [
            pool.submit(_in_process, history.folder, history.name, launch.launch_id, alone) for launch in launches
        ]
        for launch, future in zip(launches, running, strict=True):
            yield launch, future.result()
            progress(f"{launch.launch_id}: done")
    finally:
        pool.shutdown(cancel_futures=True)


def _in_process(folder: Path, name: str, launch_id: str, settings: FitOptions) -> Result:
    history = replace(open_history(folder), name=name)
    return _result(history, history.get_launch(launch_id), settings, lambda message: None)


def _result(history: History, launch: Launch, settings: FitOptions, progress: ProgressCallback) -> Result:
    progress(f"{launch.launch_id}: training on what was known before it")
    try:
        return backtest_launch(history, launch, settings, progress)
    except LaunchError as error:
        progress(f"{launch.launch_id}: left out, {error}")
        return None, {"launch_id": launch.launch_id, "code": error.code, "reason": str(error)}


def _report(
    history: History,
    settings: FitOptions,
    scores: pd.DataFrame,
    entries: list[dict[str, Any]],
    skipped: list[dict[str, Any]],
) -> dict[str, Any]:
    pooled = {"all": evaluate(scores, settings)} | evaluate_segments(scores, settings) if len(scores) else {}
    return {
        "version": 1,
        "created_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "history": history.name,
        "label": "mature" if settings.mature else "plain",
        "seed": settings.seed,
        "trials": settings.trials,
        "packages": list_package_versions(),
        "launches": entries,
        "skipped": skipped,
        "mean": _mean([entry["metrics"] for entry in entries]),
        "pooled": pooled,
        "baselines": average_baselines([entry["baselines"] for entry in entries]),
    }


def _mean(metrics: list[dict[str, Any]]) -> dict[str, float]:
    """Each figure's mean over the launches where it is defined."""
    names = dict.fromkeys(name for entry in metrics for name in entry if name not in ("n", "buyers"))
    known = {name: [entry[name] for entry in metrics if entry[name] is not None] for name in names}
    return {name: float(np.mean(values)) for name, values in known.items() if values}
