"""The monitoring report: one launch in detail and all monitored launches, as a static page without scripts."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from markupsafe import Markup, escape

from ..reports import render_page
from ..reports.plots import plot_lifts, plot_rates
from .diagnosis import MEANINGS
from .result import MonitoringResult

_MAX_FEATURES = 25
_HEADLINES = {
    "keep": "the scores can be used as they are",
    "recalibrate": "the order holds, the probabilities are off",
    "retrain": "the model should be retrained",
    "stop": "do not act on these scores",
}


def render_monitoring_report(history: str, result: MonitoringResult, launches: Sequence[Mapping[str, Any]]) -> str:
    """Render the page; ``launches`` are the workspace's entries (see ``add_to_workspace``), this launch among them."""
    name, drift = next(iter(result.drifts.items()), (None, None))
    features = drift.table.dropna(subset=["score_shift"]) if drift else pd.DataFrame({"score_shift": []})
    moved = features.sort_values("score_shift", key=np.abs, ascending=False).head(_MAX_FEATURES)
    values = {
        "history": history,
        "result": result,
        "headline": _HEADLINES[result.advice.action],
        "meaning": MEANINGS[result.diagnosis],
        "quality": _build_quality_rows(result),
        "tiers": _build_tier_rows(result),
        "moved": moved.to_dict("records"),
        "columns": len(features),
        "reference": name,
        "launches": launches,
        "conversions": _plot_conversions(launches),
        "lifts": _plot_lifts(launches),
        "number": _format_number,
        "share": _format_share,
        "money": lambda value: _format_money(value, result.cost.currency),
    }
    return render_page("launches.html", values, allow_missing=True)  # a figure that is not known yet is a dash


def add_page_title(page: str, title: str) -> str:
    """Return Evidently's page with a title for the browser's tab and above its pictures: its own has neither."""
    page = re.sub(r"<title>.*?</title>", "", page, count=1, flags=re.DOTALL)
    page = page.replace("<head>", f"<head>\n<title>{escape(title)}</title>", 1)
    heading = f'<h1 style="font: 600 1.5rem system-ui, sans-serif; margin: 1.5rem">{escape(title)}</h1>'
    return re.sub(r"(<body[^>]*>)", lambda tag: f"{tag[0]}\n{heading}", page, count=1)


def _build_quality_rows(result: MonitoringResult) -> list[dict[str, float | None]]:
    realised = result.realised.metrics if result.realised else {}
    intervals = result.realised.intervals if result.realised else {}
    rows = []
    for title, name in (("ROC AUC", "roc_auc"), ("lift at 10%", "lift_10"), ("buyers", "buyers")):
        expected = getattr(result.expected, name)
        low, high = intervals.get(name, (None, None))
        rows.append(
            {
                "name": title,
                "promised": result.expected.promised.get(name),
                **expected._asdict(),
                "expected": expected.estimate,
                "realised": realised.get(name),
                "realised_low": low,
                "realised_high": high,
            }
        )
    return rows


def _build_tier_rows(result: MonitoringResult) -> list[dict[str, Any]]:
    rows = result.expected.tiers[result.expected.tiers["tier"] != "all"].rename(columns={"buyers": "expected"})
    table = rows.assign(buyers="-", conversion="-", revenue="-").to_dict("records")
    if result.realised is not None:
        for row, realised in zip(table, result.realised.tiers.to_dict("records"), strict=True):
            row["buyers"] = f"{realised['buyers']:,}"
            row["conversion"] = _format_share(realised["conversion"])
            row["revenue"] = _format_money(realised["revenue"], result.cost.currency)
    return [{str(name): value for name, value in row.items()} for row in table]


def _plot_conversions(launches: Sequence[Mapping[str, Any]]) -> Markup:
    """Plot the expected conversion of each launch and, once it is known, what came."""
    rows = _list_figures(launches).rename(columns={"expected_conversion": "mean_probability"})
    return Markup(plot_rates(rows))  # noqa: S704 - matplotlib has escaped every name


def _plot_lifts(launches: Sequence[Mapping[str, Any]]) -> Markup | None:
    """Plot the lift of the launches whose labels are known; None where none is."""
    rows = _list_figures(launches).dropna(subset=["lift_10"]).assign(low=np.nan, high=np.nan)
    return Markup(plot_lifts(rows)) if len(rows) else None  # noqa: S704 - matplotlib has escaped every name


def _list_figures(launches: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    rows = pd.DataFrame([{"launch_id": entry["launch_id"], **entry["figures"]} for entry in launches])
    known = [name for name in ("lift_10", "base_rate") if name in rows]
    return rows.assign(**{name: np.nan for name in ("lift_10", "base_rate") if name not in known})


def _format_number(value: Any) -> str:
    if not isinstance(value, int | float) or not np.isfinite(value):
        return "-"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _format_share(value: Any) -> str:
    return f"{value:.1%}" if isinstance(value, int | float) and np.isfinite(value) else "-"


def _format_money(value: float | None, currency: str | None) -> str:
    return "-" if value is None else f"{value:,.0f} {currency or ''}".strip()
