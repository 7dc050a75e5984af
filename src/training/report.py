"""The backtest as one self-contained page: ranking, calibration, and how it was done."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from markupsafe import Markup
from numpy.typing import NDArray

from ..evaluation import compute_wilson_interval, simulate_calibrated_ece, summarize
from ..history.atomic import atomic_write
from ..reports import render_page
from ..reports.plots import (
    compute_probability_limit,
    plot_gains,
    plot_histogram,
    plot_lifts,
    plot_rates,
    plot_reliability,
)
from .report_text import FILTERS, build_facts, build_headline

#: A launch's plots take about 25 kB; a page with more launches shows those of the latest ones, and says so.
MAX_LAUNCHES_WITH_PLOTS = 24

#: Labels and probabilities of a launch.
Rows = tuple[NDArray[np.float64], NDArray[np.float64]]


def write_report(report: Mapping[str, Any], scores: pd.DataFrame, out: Path) -> Path:
    """Write `report.html` into the folder `out`: a page without scripts that loads nothing and opens offline.

    Parameters
    ----------
    report : mapping
        The content of `report.json`.
    scores : pandas.DataFrame
        `launch_id`, `probability` and `label` (`label_mature` where the report's label is "mature"), 0 or 1; one row a
        scored lead.
    out : pathlib.Path
        The folder; it is created where it is missing. An older report is replaced once the new one is whole.

    Returns
    -------
    pathlib.Path
        The page.

    Raises
    ------
    ValueError
        A label is not 0 or 1, a probability is not in [0, 1], or a launch of the report has no scores.
    """
    page = render_page("report.html", _build_view(report, scores), FILTERS)
    target = out / "report.html"
    with atomic_write(target) as scratch:
        scratch.write_text(page, encoding="utf-8")
    return target


def _build_view(report: Mapping[str, Any], scores: pd.DataFrame) -> dict[str, Any]:
    """Return all values that the page shows; the templates only lay them out."""
    launches = sorted(report["launches"], key=lambda launch: (str(launch["as_of"]), launch["launch_id"]))
    label = "label_mature" if report["label"] == "mature" else "label"
    rows = [_select_rows(scores, launch["launch_id"], label) for launch in launches]
    limit = compute_probability_limit(rows) if rows else 1.0
    tiers = _sum_tiers(launches)
    return {
        "report": report,
        "headline": build_headline(launches, report["mean"]),
        "facts": build_facts(launches, report["mean"], tiers),
        "launches": [
            _build_launch_view(
                launch, launch_rows, limit, number, with_plots=number > len(launches) - MAX_LAUNCHES_WITH_PLOTS
            )
            for number, (launch, launch_rows) in enumerate(zip(launches, rows, strict=True), 1)
        ],
        "max_launches_with_plots": MAX_LAUNCHES_WITH_PLOTS,
        "tier_scale": _choose_tier_scale(launches),
        "pooled": _build_pooled_view(report, launches, rows, limit, tiers) if len(launches) > 1 else None,
        "segments": _build_segment_rows(launches, report.get("pooled", {})),
    }


def _build_launch_view(
    launch: Mapping[str, Any], rows: Rows, limit: float, number: int, with_plots: bool
) -> dict[str, Any]:
    anchor = f"launch-{number}"
    return {
        **launch,
        "anchor": anchor,
        "ece_by_chance": simulate_calibrated_ece(rows[1], draws=100).high,
        "plots": _plot_launch(anchor, rows, limit) if with_plots else [],
    }


def _build_pooled_view(
    report: Mapping[str, Any],
    launches: Sequence[Mapping[str, Any]],
    rows: Sequence[Rows],
    limit: float,
    tiers: list[dict[str, Any]],
) -> dict[str, Any]:
    y, p = (np.concatenate([launch_rows[column] for launch_rows in rows]) for column in (0, 1))
    overview = _build_overview_rows(launches)
    return {
        "metrics": summarize(y, p),
        "intervals": report.get("pooled", {}).get("all", {}).get("intervals", {}),
        "ece_by_chance": simulate_calibrated_ece(p, draws=100).high,
        "tiers": tiers,
        "plots": _plot_launch("pooled", (y, p), limit),
        "overview": [_mark_safe(plot_lifts(overview)), _mark_safe(plot_rates(overview))],
    }


def _build_segment_rows(launches: Sequence[Mapping[str, Any]], pooled: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the rows on warm and cold leads of each launch, then of all; none where every lead is of one kind."""
    rows = [
        {"launch": launch["launch_id"], "anchor": f"launch-{number}", "segment": name, **figures}
        for number, launch in enumerate(launches, 1)
        for name, figures in launch.get("segments", {}).items()
    ]
    if len({row["segment"] for row in rows}) < 2:
        return []
    if len(launches) > 1:
        rows += [
            {"launch": "All launches", "anchor": None, "segment": name, **figures}
            for name, figures in pooled.items()
            if name != "all"
        ]
    return rows


def _plot_launch(name: str, rows: Rows, limit: float) -> list[Markup]:
    return [
        _mark_safe(plot_gains(f"{name}-gains", *rows)),
        _mark_safe(plot_reliability(f"{name}-reliability", *rows, limit)),
        _mark_safe(plot_histogram(f"{name}-histogram", *rows, limit)),
    ]


def _mark_safe(svg: str) -> Markup:
    return Markup(svg)  # noqa: S704 - matplotlib has escaped every name in it


def _select_rows(scores: pd.DataFrame, launch_id: str, label: str) -> Rows:
    rows = scores[scores["launch_id"] == launch_id]
    if rows.empty:
        raise ValueError(f"the report names launch {launch_id!r}, but the scores have no row of it")
    return rows[label].to_numpy(np.float64), rows["probability"].to_numpy(np.float64)


def _build_overview_rows(launches: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    undefined = (None, None)
    return pd.DataFrame(
        {
            "launch_id": [launch["launch_id"] for launch in launches],
            **{
                name: np.array([launch["metrics"][name] for launch in launches], np.float64)
                for name in ("lift_10", "mean_probability", "base_rate")
            },
            **{
                end: np.array([launch["intervals"].get("lift_10", undefined)[i] for launch in launches], np.float64)
                for i, end in enumerate(("low", "high"))
            },
        }
    )


def _choose_tier_scale(launches: Sequence[Mapping[str, Any]]) -> float:
    """Choose the right end of the tiers' bars, the same for all launches, so that they can be compared."""
    highest = max((tier["high"] or 0 for launch in launches for tier in launch["tiers"] if tier["leads"]), default=1)
    return next(end for end in (0.02, 0.05, 0.1, 0.2, 0.5, 1.0) if end >= highest)


def _sum_tiers(launches: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Add up the launches' tiers, in the order in which they first come."""
    rows = pd.DataFrame([tier for launch in launches for tier in launch["tiers"]])
    if rows.empty:
        return []
    sums = rows.groupby("tier", sort=False)[["leads", "buyers"]].sum()
    low, high = compute_wilson_interval(sums["buyers"], sums["leads"])
    sums["conversion"] = sums["buyers"] / sums["leads"].where(sums["leads"] > 0)
    sums["low"], sums["high"] = low, high
    sums["share_of_buyers"] = sums["buyers"] / max(int(sums["buyers"].sum()), 1)
    table = sums.reset_index().astype(object)
    records = table.where(table.notna(), None).to_dict("records")
    return [{str(key): value for key, value in row.items()} for row in records]
