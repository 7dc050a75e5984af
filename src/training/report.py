"""The backtest as one self-contained page: ranking, calibration, and how it was done."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from markupsafe import Markup
from numpy.typing import NDArray

from ..evaluation import compute_wilson_interval, simulate_calibrated_ece
from ..history.atomic import atomic_write
from ..language import Language, Translator
from ..reports import render_page
from ..reports.plots import (
    plot_gains,
    plot_gains_of_launches,
    plot_histogram,
    plot_lifts,
    plot_rates,
    plot_reliability,
)
from .report_text import (
    build_facts,
    build_filters,
    build_headline,
    describe_better_models,
    describe_calibration_errors,
    describe_forecast_misses,
    find_worst_launch,
)

#: A launch's plots take about 25 kB; a page with more launches shows those of the latest ones, and says so.
MAX_LAUNCHES_WITH_PLOTS = 24

#: Labels and probabilities of a launch.
Rows = tuple[NDArray[np.float64], NDArray[np.float64]]


def write_report(report: Mapping[str, Any], scores: pd.DataFrame, out: Path, language: Language = "en") -> Path:
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
    language : {"en", "pt_BR"}
        The page's language. Findings, notes and reasons why a launch was left out stay in English.

    Returns
    -------
    pathlib.Path
        The page.

    Raises
    ------
    ValueError
        A label is not 0 or 1, a probability is not in [0, 1], or a launch of the report has no scores.
    """
    translate = Translator(language)
    page = render_page("report.html", _build_view(report, scores, translate), translate, build_filters(translate))
    target = out / "report.html"
    with atomic_write(target) as scratch:
        scratch.write_text(page, encoding="utf-8")
    return target


def _build_view(report: Mapping[str, Any], scores: pd.DataFrame, translate: Translator) -> dict[str, Any]:
    """Return all values that the page shows; the templates only lay them out."""
    launches = sorted(report["launches"], key=lambda launch: (str(launch["as_of"]), launch["launch_id"]))
    label = "label_mature" if report["label"] == "mature" else "label"
    rows = [_select_rows(scores, launch["launch_id"], label) for launch in launches]
    tiers = _sum_tiers(launches)
    views = [
        _build_launch_view(
            launch, launch_rows, number, translate if number > len(launches) - MAX_LAUNCHES_WITH_PLOTS else None
        )
        for number, (launch, launch_rows) in enumerate(zip(launches, rows, strict=True), 1)
    ]
    several = len(launches) > 1
    return {
        "report": report,
        "headline": " ".join(
            filter(
                None, (describe_better_models(launches, translate), build_headline(launches, report["mean"], translate))
            )
        ),
        "facts": build_facts(launches, report["mean"], tiers, translate),
        "launches": views,
        "max_launches_with_plots": MAX_LAUNCHES_WITH_PLOTS,
        "tier_scale": _choose_tier_scale(launches),
        "overview": _build_overview(launches, rows, report["mean"], translate) if several else None,
        "tiers": tiers if several else [],
        "forecast_misses": describe_forecast_misses(launches, translate),
        "calibration_errors": describe_calibration_errors(views, translate),
        "segments": _build_segment_rows(launches),
    }


def _build_launch_view(
    launch: Mapping[str, Any], rows: Rows, number: int, translate: Translator | None
) -> dict[str, Any]:
    """Return what the page shows of a launch; without a translator it has no pictures."""
    anchor = f"launch-{number}"
    return {
        **launch,
        "anchor": anchor,
        "ece_by_chance": simulate_calibrated_ece(rows[1], draws=100).high,
        "plots": _plot_launch(anchor, rows, translate) if translate is not None else [],
    }


def _build_overview(
    launches: Sequence[Mapping[str, Any]],
    rows: Sequence[Rows],
    mean: Mapping[str, float | None],
    translate: Translator,
) -> dict[str, Any]:
    """Return the pictures of all launches: order, probabilities of all and of the launch furthest off, and each one."""
    y, p = (np.concatenate([launch_rows[column] for launch_rows in rows]) for column in (0, 1))
    worst, lift = find_worst_launch(launches), mean.get("lift_10")
    by_launch: dict[str, Rows] = dict(zip((launch["launch_id"] for launch in launches), rows, strict=True))
    furthest = max(launches, key=lambda launch: float(launch["metrics"]["ece"] or 0))["launch_id"]
    table = _build_overview_rows(launches)
    pictures = [
        (translate("Reliability, all launches"), plot_reliability("reliability-all", y, p, translate)),
        (
            translate("Reliability, the launch furthest off"),
            plot_reliability("reliability-furthest", *by_launch[furthest], translate),
        ),
        (translate("Predicted and bought"), plot_rates(table, translate)),
        (translate("Lift at 10%"), plot_lifts(table, translate)),
    ]
    if worst is not None and lift is not None:
        gains = plot_gains_of_launches("gains", by_launch, worst["launch_id"], lift / 10, translate)
        pictures.insert(0, (translate("Buyers found"), gains))
    titled = [{"title": title, "svg": _mark_safe(svg)} for title, svg in pictures]
    return {
        "worst": worst["launch_id"] if worst is not None else None,
        "furthest": furthest,
        "curves": titled[:-2],
        "by_launch": titled[-2:],
    }


def _build_segment_rows(launches: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the rows on customers and newcomers of each launch; none where every lead is of one kind."""
    rows = [
        {"launch": launch["launch_id"], "anchor": f"launch-{number}", "segment": name, **figures}
        for number, launch in enumerate(launches, 1)
        for name, figures in launch.get("segments", {}).items()
    ]
    return rows if len({row["segment"] for row in rows}) > 1 else []


def _plot_launch(name: str, rows: Rows, translate: Translator) -> list[Markup]:
    return [
        _mark_safe(plot_gains(f"{name}-gains", *rows, translate)),
        _mark_safe(plot_reliability(f"{name}-reliability", *rows, translate)),
        _mark_safe(plot_histogram(f"{name}-histogram", *rows, translate)),
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
    rate_low, rate_high = compute_wilson_interval(
        np.array([launch["buyers"] for launch in launches]), np.array([launch["rows"] for launch in launches])
    )
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
            "rate_low": rate_low,
            "rate_high": rate_high,
        }
    )


def _choose_tier_scale(launches: Sequence[Mapping[str, Any]]) -> float:
    """Choose the right end of the tiers' bars, the same for all launches, so that they can be compared."""
    highest = max((tier["high"] or 0 for launch in launches for tier in launch["tiers"] if tier["leads"]), default=1)
    return next(end for end in (0.02, 0.03, 0.05, 0.08, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1.0) if end >= highest)


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
