"""The backtest as one self-contained page: how good, how true, how it was done."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from numpy.typing import NDArray

from ..evaluation import compute_wilson_interval, simulate_calibrated_ece, summarize
from ..history.atomic import atomic_write
from ..reports import TEMPLATES
from ..reports.plots import (
    compute_probability_limit,
    plot_gains,
    plot_histogram,
    plot_lifts,
    plot_rates,
    plot_reliability,
)
from .report_text import FILTERS, build_facts, build_headline

# A launch's pictures take about 25 kB; a page with more launches shows those of the latest ones, and says so.
PICTURED = 24

Rows = tuple[NDArray[np.float64], NDArray[np.float64]]


def write_report(report: Mapping[str, Any], scores: pd.DataFrame, out: Path) -> Path:
    """Write `report.html` into the folder `out`: no script, nothing to load, opens offline.

    Parameters
    ----------
    report : what `report.json` holds.
    scores : `launch_id`, `probability` and `label` (`label_mature` where the report's label is "mature"), 0 or 1;
        one row a scored lead.
    out : made where it is missing; an older report in it is replaced only once the new one is whole.

    Returns
    -------
    pathlib.Path
        The page.

    Raises
    ------
    ValueError
        A label is not 0 or 1, a probability is not in [0, 1], or a launch of the report has no scores.
    """
    page = _environment().get_template("report.html").render(_view(report, scores))
    target = out / "report.html"
    with atomic_write(target) as scratch:
        scratch.write_text(page, encoding="utf-8")
    return target


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(FILTERS)
    return environment


def _view(report: Mapping[str, Any], scores: pd.DataFrame) -> dict[str, Any]:
    """Everything that the page shows; the templates only lay it out."""
    launches = sorted(report["launches"], key=lambda launch: (str(launch["as_of"]), launch["launch_id"]))
    label = "label_mature" if report["label"] == "mature" else "label"
    rows = [_rows(scores, launch["launch_id"], label) for launch in launches]
    limit = compute_probability_limit(rows) if rows else 1.0
    tiers = _all_tiers(launches)
    return {
        "report": report,
        "headline": build_headline(launches, report["mean"]),
        "facts": build_facts(launches, report["mean"], tiers),
        "launches": [
            _launch_view(launch, each, limit, number, pictured=number > len(launches) - PICTURED)
            for number, (launch, each) in enumerate(zip(launches, rows, strict=True), 1)
        ],
        "pictured": PICTURED,
        "tier_scale": _tier_scale(launches),
        "pooled": _pooled_view(report, launches, rows, limit, tiers) if len(launches) > 1 else None,
        "segments": _segment_rows(launches, report.get("pooled", {})),
    }


def _launch_view(launch: Mapping[str, Any], rows: Rows, limit: float, number: int, pictured: bool) -> dict[str, Any]:
    anchor = f"launch-{number}"
    return {
        **launch,
        "anchor": anchor,
        "ece_by_chance": simulate_calibrated_ece(rows[1], draws=100).high,
        "pictures": _pictures(anchor, rows, limit) if pictured else [],
    }


def _pooled_view(
    report: Mapping[str, Any],
    launches: Sequence[Mapping[str, Any]],
    rows: Sequence[Rows],
    limit: float,
    tiers: list[dict[str, Any]],
) -> dict[str, Any]:
    y, p = (np.concatenate([each[column] for each in rows]) for column in (0, 1))
    overview = _overview_rows(launches)
    return {
        "metrics": summarize(y, p),
        "intervals": report.get("pooled", {}).get("all", {}).get("intervals", {}),
        "ece_by_chance": simulate_calibrated_ece(p, draws=100).high,
        "tiers": tiers,
        "pictures": _pictures("pooled", (y, p), limit),
        "overview": [_inline(plot_lifts(overview)), _inline(plot_rates(overview))],
    }


def _segment_rows(launches: Sequence[Mapping[str, Any]], pooled: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Warm and cold leads of each launch, then of all; nothing where every lead is of one kind."""
    found = [
        {"launch": launch["launch_id"], "anchor": f"launch-{number}", "segment": name, **figures}
        for number, launch in enumerate(launches, 1)
        for name, figures in launch.get("segments", {}).items()
    ]
    if len({row["segment"] for row in found}) < 2:
        return []
    if len(launches) > 1:
        found += [
            {"launch": "All launches", "anchor": None, "segment": name, **figures}
            for name, figures in pooled.items()
            if name != "all"
        ]
    return found


def _pictures(name: str, rows: Rows, limit: float) -> list[Markup]:
    return [
        _inline(plot_gains(f"{name}-gains", *rows)),
        _inline(plot_reliability(f"{name}-reliability", *rows, limit)),
        _inline(plot_histogram(f"{name}-histogram", *rows, limit)),
    ]


def _inline(svg: str) -> Markup:
    return Markup(svg)  # noqa: S704 - matplotlib has escaped every name in it


def _rows(scores: pd.DataFrame, launch_id: str, label: str) -> Rows:
    own = scores[scores["launch_id"] == launch_id]
    if own.empty:
        raise ValueError(f"the report names launch {launch_id!r}, but the scores have no row of it")
    return own[label].to_numpy(np.float64), own["probability"].to_numpy(np.float64)


def _overview_rows(launches: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    nothing = (None, None)
    return pd.DataFrame(
        {
            "launch_id": [launch["launch_id"] for launch in launches],
            **{
                name: np.array([launch["metrics"][name] for launch in launches], np.float64)
                for name in ("lift_10", "mean_probability", "base_rate")
            },
            **{
                end: np.array([launch["intervals"].get("lift_10", nothing)[i] for launch in launches], np.float64)
                for i, end in enumerate(("low", "high"))
            },
        }
    )


def _tier_scale(launches: Sequence[Mapping[str, Any]]) -> float:
    """Right end of the tiers' bars, the same for all launches, so that they can be compared."""
    highest = max((tier["high"] or 0 for launch in launches for tier in launch["tiers"] if tier["leads"]), default=1)
    return next(end for end in (0.02, 0.05, 0.1, 0.2, 0.5, 1.0) if end >= highest)


def _all_tiers(launches: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The launches' tiers added up, in the order in which they first come."""
    rows = pd.DataFrame([tier for launch in launches for tier in launch["tiers"]])
    if rows.empty:
        return []
    sums = rows.groupby("tier", sort=False)[["leads", "buyers"]].sum()
    low, high = compute_wilson_interval(sums["buyers"], sums["leads"])
    sums["conversion"] = sums["buyers"] / sums["leads"].where(sums["leads"] > 0)
    sums["low"], sums["high"] = low, high
    sums["share_of_buyers"] = sums["buyers"] / max(int(sums["buyers"].sum()), 1)
    found = sums.reset_index().astype(object)
    return [
        {str(key): value for key, value in row.items()} for row in found.where(found.notna(), None).to_dict("records")
    ]
