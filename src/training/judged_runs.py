"""What judged launches leave in an MLflow run: figures and their ends, warm and cold leads, and the simple methods."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from ..tracking.runs import log_metrics, log_table
from .baselines.comparison import COMPARED_METRICS, SHOWN_METRICS

Entry = Mapping[str, Any]


def log_launches(entries: Sequence[Entry], prefix: str = "") -> None:
    """Into the active run: each entry (of `backtest_launch`) as a step of the metrics, and two tables.

    ``baselines.json`` has a row for each simple method, ``segments.json`` one each for warm and cold leads; both begin
    with ``prefix``, as the metrics do. A metric's ends are its 90% interval: ``roc_auc_low``, ``roc_auc_high``;
    ``minus_recency_rule_roc_auc`` is the model's figure minus that method's.
    """
    for step, entry in enumerate(entries):
        log_metrics(_figures(entry), prefix, step)
    baselines = [_build_baseline_row(entry, baseline) for entry in entries for baseline in entry["baselines"]]
    segments = [_segment_row(entry, name) for entry in entries for name in entry["segments"]]
    for name, rows in (("baselines", baselines), ("segments", segments)):
        if rows:
            log_table(pd.DataFrame(rows), f"{prefix}{name}.json")


def log_mean_baselines(baselines: Sequence[Entry]) -> None:
    """Into the active run: each simple method's figures, and the model's minus its own, as means over the launches."""
    for baseline in baselines:
        log_metrics(baseline["metrics"], f"mean_{_slug(baseline['baseline'])}_")
        log_metrics(baseline["difference"], f"mean_minus_{_slug(baseline['baseline'])}_")


def _figures(entry: Entry) -> dict[str, float | None]:
    found = _with_ends(entry)
    for name, part in entry["segments"].items():
        found |= {f"{name}_{figure}": value for figure, value in _with_ends(part).items()}
    for baseline in entry["baselines"]:
        found |= {
            f"minus_{_slug(baseline['baseline'])}_{name}": value for name, value in _differences(baseline).items()
        }
    return found


def _with_ends(judged: Entry) -> dict[str, float | None]:
    ends = {
        f"{name}_{end}": value
        for name, both in judged["intervals"].items()
        for end, value in zip(("low", "high"), both, strict=True)
    }
    return dict(judged["metrics"]) | ends


def _differences(baseline: Entry) -> dict[str, float | None]:
    return {
        f"{name}{end}": value
        for name in COMPARED_METRICS
        for end, value in zip(("", "_low", "_high"), baseline["difference"][name], strict=True)
    }


def _build_baseline_row(entry: Entry, baseline: Entry) -> dict[str, Any]:
    theirs = {name: baseline["metrics"][name] for name in SHOWN_METRICS}
    ours = {f"model_minus_{name}": value for name, value in _differences(baseline).items()}
    return {"launch_id": entry["launch_id"], "method": baseline["baseline"], **theirs, **ours}


def _segment_row(entry: Entry, name: str) -> dict[str, Any]:
    return {"launch_id": entry["launch_id"], "leads": name, **_with_ends(entry["segments"][name])}


def _slug(name: str) -> str:
    """A method's name as a part of a metric's."""
    return re.sub(r"[^a-z0-9]+", "_", name.lower())
