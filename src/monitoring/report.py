"""The monitoring report: one launch in detail and all monitored launches, as a static page without scripts."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from markupsafe import Markup, escape

from ..checks import describe_finding
from ..language import Language, Translator, mark
from ..reports import render_page
from ..reports.formats import DASH
from ..reports.plots import plot_lifts, plot_rates
from ..scoring.reason_text.families import name_family
from .diagnosis import MEANINGS
from .result import MonitoringResult
from .signals import DriftSignal

_MAX_FEATURES = 25
_HEADLINES = {
    "keep": mark("the scores can be used as they are"),
    "recalibrate": mark("the order holds, the probabilities are off"),
    "retrain": mark("the model should be retrained"),
    "stop": mark("do not act on these scores"),
}
#: What each signal asks, and how its figures are written: a share, or the factor of a difference in log-odds.
_QUESTIONS: Mapping[str, tuple[str, Callable[[float], str]]] = {
    "attribution": (mark("Is everything still recorded?"), "{:.0%}".format),
    "campaign mix": (mark("Do the leads come from the same places?"), "{:.0%}".format),
    "covariate": (mark("Are the leads like earlier ones?"), "{:.0%}".format),
    "conversion": (mark("Do such leads buy as often as expected?"), lambda value: f"× {np.exp(value):.2f}"),
}
_METHODS = {
    "wasserstein": mark("Wasserstein distance"),
    "jensenshannon": mark("Jensen-Shannon distance"),
    "ks": mark("Kolmogorov-Smirnov test"),
    "z": mark("z test"),
}
_BASES = {"realised": mark("as it came out"), "expected": mark("as forecast")}
_LEAST_P = 0.0001
_QUALITY = (
    (mark("A buyer has the higher score (ROC AUC)"), "roc_auc"),
    (mark("The hottest 10% against all (lift)"), "lift_10"),
    (mark("Buyers"), "buyers"),
)


def render_monitoring_report(
    history: str, result: MonitoringResult, launches: Sequence[Mapping[str, object]], language: Language = "en"
) -> str:
    """Render the page; ``launches`` are the workspace's entries (see ``add_to_workspace``), this launch among them."""
    words = _Words(Translator(language), result.cost.currency)
    name, drift = next(iter(result.drifts.items()), (None, None))
    features = drift.table.dropna(subset=["score_shift"]) if drift else pd.DataFrame({"score_shift": []})
    moved = features.sort_values("score_shift", key=np.abs, ascending=False).head(_MAX_FEATURES)
    values = {
        "history": history,
        "result": result,
        "headline": words.translate(_HEADLINES[result.advice.action]),
        "meaning": MEANINGS[result.diagnosis],
        "basis": words.translate(_BASES[result.cost.basis]),
        "signals": [words.build_signal_row(signal) for signal in result.signals],
        "findings": [describe_finding(finding, words.translate) for finding in result.findings],
        "quality": words.build_quality_rows(result),
        "tiers": words.build_tier_rows(result),
        "moved": [words.build_feature_row(row) for row in moved.to_dict("records")],
        "columns": len(features),
        "reference": name,
        "launches": launches,
        "conversions": _plot_conversions(launches, words.translate),
        "lifts": _plot_lifts(launches, words.translate),
    }
    filters: dict[str, Callable[..., str]] = {
        "phrase": words.translate_sentence,
        "count": words.format_count,
        "number": words.format_number,
        "share": words.format_share,
        "money": words.format_money,
    }
    return render_page(
        "launches.html", values, words.translate, filters, allow_missing=True
    )  # a figure not known yet is a dash


def add_page_title(page: str, title: str, language: Language = "en") -> str:
    """Return Evidently's page with a title for the browser's tab and above its pictures: its own has neither.

    Below stands what its pictures are: they are Evidently's own, in English and for a wide window.
    """
    page = re.sub(r"<title>.*?</title>", "", page, count=1, flags=re.DOTALL)
    page = page.replace("<head>", f"<head>\n<title>{escape(title)}</title>", 1)
    translate = Translator(language)
    about = translate(
        "Evidently's pictures, for a wide window: how each column's values are spread now (current) and were before "
        "(reference). The page launches.html beside this one says what matters."
    )
    font = "system-ui, sans-serif; margin: 1.5rem; overflow-wrap: anywhere"
    heading = f'<header lang="{language.replace("_", "-")}"><h1 style="font: 600 1.5rem {font}">{escape(title)}</h1>'
    heading += f'<p style="font: 1rem/1.5 {font}; max-width: 46em">{escape(about)}</p></header>'
    return re.sub(r"(<body[^>]*>)", lambda tag: f"{tag[0]}\n{heading}", page, count=1)


class _Words:
    """The page's sentences, numbers and rows in its language."""

    def __init__(self, translate: Translator, currency: str | None) -> None:
        self.translate, self._currency = translate, currency

    def translate_sentence(self, text: str) -> str:
        """Return a phrase as a sentence: with a capital and a full stop."""
        told = self.translate.translate_phrase(text)
        return f"{told[:1].upper()}{told[1:]}."

    def format_count(self, value: float) -> str:
        return self.translate.write_number(f"{value:,.0f}")

    def format_number(self, value: Any) -> str:
        if not isinstance(value, int | float) or not np.isfinite(value):
            return DASH
        return self.translate.write_number(f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}")

    def format_share(self, value: Any) -> str:
        is_known = isinstance(value, int | float) and np.isfinite(value)
        return self.translate.write_number(f"{value:.1%}") if is_known else DASH

    def format_money(self, value: float | None) -> str:
        return DASH if value is None else f"{self.format_count(value)} {self._currency or ''}".strip()

    def format_p_value(self, p: float) -> str:
        """Return what a test's figure is: the smaller, the less chance explains the difference."""
        return (
            f"p = {self.format_number(p)}"
            if p >= _LEAST_P
            else f"p < {self.translate.write_number(f'{_LEAST_P:f}'.rstrip('0'))}"
        )

    def build_signal_row(self, signal: DriftSignal) -> dict[str, object]:
        question, form = _QUESTIONS[signal.cause]
        figures = {name: getattr(signal, name) for name in ("value", "usual", "limit")}
        known = {
            name: DASH if value is None else self.translate.write_number(form(value)) for name, value in figures.items()
        }
        answer = mark("not known") if signal.value is None else mark("no") if signal.alarm else mark("yes")
        return {
            **known,
            "question": self.translate(question),
            "answer": self.translate(answer),
            "alarm": signal.alarm,
            "evidence": self.translate_sentence(signal.evidence),
        }

    def build_quality_rows(self, result: MonitoringResult) -> list[dict[str, object]]:
        realised = result.realised.metrics if result.realised else {}
        intervals = result.realised.intervals if result.realised else {}
        rows = []
        for title, name in _QUALITY:
            expected = getattr(result.expected, name)
            low, high = intervals.get(name, (None, None))
            rows.append(
                {
                    "name": self.translate(title),
                    "promised": result.expected.promised.get(name),
                    **expected._asdict(),
                    "expected": expected.estimate,
                    "realised": realised.get(name),
                    "realised_low": low,
                    "realised_high": high,
                }
            )
        return rows

    def build_tier_rows(self, result: MonitoringResult) -> list[dict[str, object]]:
        rows = result.expected.tiers[result.expected.tiers["tier"] != "all"].rename(columns={"buyers": "expected"})
        table = rows.assign(buyers=DASH, conversion=DASH, revenue=DASH).to_dict("records")
        if result.realised is not None:
            for row, realised in zip(table, result.realised.tiers.to_dict("records"), strict=True):
                row["buyers"] = self.format_count(realised["buyers"])
                row["conversion"] = self.format_share(realised["conversion"])
                row["revenue"] = self.format_money(realised["revenue"])
        return [{str(name): value for name, value in row.items()} for row in table]

    def build_feature_row(self, row: Mapping[Any, Any]) -> dict[str, Any]:
        method = row["method"] if isinstance(row["method"], str) else None
        is_test = method in ("ks", "z")
        return {
            **row,
            "feature": _allow_breaks(row["feature"]),
            "family": name_family(row["family"], self.translate),
            "distance": self.format_p_value(row["distance"]) if is_test else self.format_number(row["distance"]),
            "limit": f"p < {self.format_number(row['limit'])}" if is_test else self.format_number(row["limit"]),
            "score_shift": self.translate.write_number(f"{row['score_shift']:+.3f}"),
            "method": self.translate(_METHODS[method]) if method else self.translate("not judged"),
        }


def _allow_breaks(name: str) -> Markup:
    """Return a feature's name that a narrow column may break after its underscores."""
    return Markup("<wbr>").join(part for part in re.split(r"(?<=_)", name))


def _plot_conversions(launches: Sequence[Mapping[str, object]], translate: Translator) -> Markup:
    """Plot the expected conversion of each launch and, once it is known, what came."""
    rows = _list_figures(launches).rename(columns={"expected_conversion": "mean_probability"})
    return Markup(plot_rates(rows, translate))  # noqa: S704 - matplotlib has escaped every name


def _plot_lifts(launches: Sequence[Mapping[str, object]], translate: Translator) -> Markup | None:
    """Plot the lift of the launches whose labels are known; None where none is."""
    rows = _list_figures(launches).dropna(subset=["lift_10"]).assign(low=np.nan, high=np.nan)
    return Markup(plot_lifts(rows, translate)) if len(rows) else None  # noqa: S704 - matplotlib has escaped every name


def _list_figures(launches: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    rows = pd.DataFrame([{"launch_id": entry["launch_id"], **entry["figures"]} for entry in launches])
    known = [name for name in ("lift_10", "base_rate") if name in rows]
    return rows.assign(**{name: np.nan for name in ("lift_10", "base_rate") if name not in known})
