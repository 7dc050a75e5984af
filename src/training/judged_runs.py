"""What judged launches leave in an MLflow run: figures and their ends, warm and cold leads, and the simple methods."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from ..tracking.runs import log_metrics, log_table
from .baselines.comparison import COMPARED, SHOWN

Entry = Mapping[str, Any]


def log_judged(entries: Sequence[Entry], prefix: str = "") -> None:
    """Into the active run: each entry (of `score_and_judge`) as a step of the metrics, and two tables.

    ``ladder.json`` has a row for each simple method, ``segments.json`` one each for warm and cold leads; both begin
    with ``prefix``, as the metrics do. A metric's ends are its 90% interval: ``roc_auc_low``, ``roc_auc_high``;
    ``minus_recency_rule_roc_auc`` is the model's figure minus that method's.
    """
    for step, entry in enumerate(entries):
        log_metrics(_figures(entry), prefix, step)
    ladder = [_ladder_row(entry, rung) for entry in entries for rung in entry["ladder"]]
    segments = [_segment_row(entry, name) for entry in entries for name in entry["segments"]]
    for name, rows in (("ladder", ladder), ("segments", segments)):
        if rows:
            log_table(pd.DataFrame(rows), f"{prefix}{name}.json")


def log_mean_ladder(rungs: Sequence[Entry]) -> None:
    """Into the active run: each simple method's figures, and the model's minus its own, as means over the launches."""
    for rung in rungs:
        log_metrics(rung["metrics"], f"mean_{_slug(rung['rung'])}_")
        log_metrics(rung["difference"], f"mean_minus_{_slug(rung['rung'])}_")


def _figures(entry: Entry) -> dict[str, float | None]:
    found = _with_ends(entry)
    for name, part in entry["segments"].items():
        found |= {f"{name}_{figure}": value for figure, value in _with_ends(part).items()}
    for rung in entry["ladder"]:
        found |= {f"minus_{_slug(rung['rung'])}_{name}": value for name, value in _differences(rung).items()}
    return found


def _with_ends(judged: Entry) -> dict[str, float | None]:
    ends = {
        f"{name}_{end}": value
        for name, both in judged["intervals"].items()
        for end, value in zip(("low", "high"), both, strict=True)
    }
    return dict(judged["metrics"]) | ends


def _differences(rung: Entry) -> dict[str, float | None]:
    return {
        f"{name}{end}": value
        for name in COMPARED
        for end, value in zip(("", "_low", "_high"), rung["difference"][name], strict=True)
    }


def _ladder_row(entry: Entry, rung: Entry) -> dict[str, Any]:
    theirs = {name: rung["metrics"][name] for name in SHOWN}
    ours = {f"model_minus_{name}": value for name, value in _differences(rung).items()}
    return {"launch_id": entry["launch_id"], "method": rung["rung"], **theirs, **ours}


def _segment_row(entry: Entry, name: str) -> dict[str, Any]:
    return {"launch_id": entry["launch_id"], "leads": name, **_with_ends(entry["segments"][name])}


def _slug(name: str) -> str:
    """A method's name as a part of a metric's."""
    return re.sub(r"[^a-z0-9]+", "_", name.lower())
