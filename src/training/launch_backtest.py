"""One launch of a backtest: scored by a model trained only on what was known before it, and judged by what happened."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd

from ..checks import CODES, check_before_scoring
from ..evaluation import BootstrapOptions, bootstrap_summary, compute_wilson_interval, summarize
from ..history import History, Launch, LaunchError, build_cohort
from ..history.progress import ProgressCallback
from ..scoring import TIERS, ScoringOptions, score_launch
from .base_models import ModelParameters
from .baselines.comparison import compare_to_baselines, find_better_baseline
from .campaigns import compute_campaign_rates
from .fit import FittedModel
from .launch_fit import fit_launch
from .maturity import compute_mature_from
from .options import FitOptions

#: A lead is judged once this share of its window lies before the history's end. The rest may hold more buyers, which
#: the report says; asking for all of it would refuse a launch whose last sale came a day before its cart closed.
_SEEN_SHARE = 0.5
#: A perpetual launch without an earlier one is learned from its own first part; these shares are tried.
_OWN_PARTS = (0.0, 0.25, 0.5, 0.75)


def backtest_launch(
    history: History,
    launch: Launch,
    settings: FitOptions,
    progress: ProgressCallback,
    *,
    parameters: ModelParameters | None = None,
    until: datetime | None = None,
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """The launch's scored rows with the truth, and its entry in the report. Raises LaunchError where that cannot be.

    ``parameters`` given, none are tuned; with ``until``, only leads whose window was over by then are judged.
    """
    launch.check()
    truth, notes = _judged_leads(history, launch, settings, until)

    def fit(as_of: datetime) -> FittedModel:
        return fit_launch(history, launch, as_of, settings, progress, parameters=parameters)

    fitted, as_of = _fit(launch, truth["as_of"].max(), fit)
    if as_of > launch.as_of:
        truth = truth[truth["as_of"] >= as_of]
        own = f"scored from {as_of:%Y-%m-%d %H:%M} on: the launch's own earlier leads trained the model"
        notes |= {"trained-on-own-leads": own}
    progress(f"{launch.launch_id}: scoring {len(truth):,} leads")
    found = {**check_before_scoring(history, launch), **dict.fromkeys(notes)}
    context = fitted.model.context
    options = ScoringOptions(reasons=settings.reasons, findings=found)
    scored = score_launch(history, launch, fitted.model, context, options=options)
    scored = scored.merge(truth[["lead_id", "until", "label", "label_mature"]], on="lead_id", how="inner")
    scored["warm"] = _bought_before(history, scored)
    progress(f"{launch.launch_id}: the simple methods, on the same leads")
    baselines = compare_to_baselines(history, launch, fitted.learned, scored, label=settings.label, seed=settings.seed)
    return scored, _entry(history, launch, scored, fitted, settings, notes) | {
        "baselines": baselines,
        "beaten_by": find_better_baseline(baselines),
    }


def evaluate(scored: pd.DataFrame, settings: FitOptions) -> dict[str, Any]:
    """Metrics of scored rows with the truth, and their intervals by lead."""
    label, probability = scored[settings.label].to_numpy(np.int64), scored["probability"].to_numpy()
    ends = bootstrap_summary(label, probability, scored["lead_id"], options=BootstrapOptions(seed=settings.seed))
    return {"metrics": summarize(label, probability), "intervals": {name: list(end) for name, end in ends.items()}}


def evaluate_segments(scored: pd.DataFrame, settings: FitOptions) -> dict[str, Any]:
    """Warm leads (a purchase was known when they were scored) and cold ones apart; without rows, left out."""
    parts = {"warm": scored[scored["warm"]], "cold": scored[~scored["warm"]]}
    return {name: evaluate(part, settings) for name, part in parts.items() if len(part)}


def _bought_before(history: History, scored: pd.DataFrame) -> pd.Series:
    with history.connect() as con:
        con.register("scored", scored[["lead_id", "as_of"]])
        sql = "SELECT DISTINCT lead_id FROM scored JOIN purchases USING (lead_id) WHERE bought AND occurred_at < as_of"
        buyers = con.sql(sql).to_arrow_table()["lead_id"].to_pylist()
    return scored["lead_id"].isin(buyers)


def _judged_leads(
    history: History, launch: Launch, settings: FitOptions, until: datetime | None
) -> tuple[pd.DataFrame, dict[str, str]]:
    """The launch's leads whose label the history shows, and what is to be said about it."""
    truth = build_cohort(history, launch, observed_until=until)
    if until is not None:
        truth = truth[truth["until"] <= until]
    if truth.empty:
        raise LaunchError("nobody to score: no lead was known, or every one owns the product already", "empty-cohort")
    observed, ended = history.observed_until, history.ended_at
    if observed is None or ended is None or ended < launch.as_of:
        raise LaunchError(
            f"it opens {launch.as_of:%Y-%m-%d %H:%M}, after the last row of the history: no label is known",
            "history-ends-before-launch",
        )
    seen = truth["as_of"] + _SEEN_SHARE * launch.length <= observed
    if settings.mature:
        seen &= truth["label_mature"].notna()
    if not seen.any():
        kind = "mature labels" if settings.mature else "its label window"
        raise LaunchError(f"{kind} cannot be seen yet: the history ends {ended:%Y-%m-%d %H:%M}", "labels-immature")
    notes = {}
    if not seen.all():
        notes["labels-unknown"] = f"{int((~seen).sum()):,} leads are left out: their label is not known yet"
    if truth.loc[seen, "until"].max() > observed:
        last = f"{ended:%Y-%m-%d %H:%M}"
        still_open = f"provisional: label windows run on after the history's last row, {last}; more may have bought"
        notes["labels-provisional"] = still_open
    return truth[seen], notes


def _fit(launch: Launch, last: datetime, fit: Callable[[datetime], FittedModel]) -> tuple[FittedModel, datetime]:
    """A model as of the launch's first lead; of a perpetual launch alone in its history, as of one up to ``last``."""
    span = launch.closes_at - launch.length - launch.as_of
    for share in _OWN_PARTS if span else (0.0,):
        as_of = launch.as_of + share * span
        if as_of > last:  # nobody would be left to score
            break
        try:
            return fit(as_of), as_of
        except LaunchError as error:
            reason = error
    raise reason


def _entry(
    history: History,
    launch: Launch,
    scored: pd.DataFrame,
    fitted: FittedModel,
    settings: FitOptions,
    notes: dict[str, str],
) -> dict[str, Any]:
    label = scored[settings.label].to_numpy(np.int64)
    card = fitted.model.card
    return {
        "launch_id": launch.launch_id,
        "strategy": launch.strategy,
        "product_id": launch.product_id,
        "as_of": scored["as_of"].min().isoformat(),
        "until": scored["until"].max().isoformat(),
        "mature_from": compute_mature_from(launch).isoformat(),
        "mature": history.observed_until is not None and compute_mature_from(launch) <= history.observed_until,
        "rows": len(scored),
        "buyers": int(label.sum()),
        "training": {
            "launches": [window["name"] for window in card["windows"]],
            "maturity": card["maturity"],
            "rows": sum(window["rows"] for window in card["windows"]),
            "buyers": sum(window["buyers"] for window in card["windows"]),
            "calibrated_on": "windows left out of the fit, one by one"
            if len(card["windows"]) > 1
            else "leads left out",
            "model_version": fitted.model.version,
            "parameters": card["parameters"],
            "features_dropped": card["features_dropped"],
        },
        **evaluate(scored, settings),
        "segments": evaluate_segments(scored, settings),
        "tiers": _tiers(scored["tier"], label),
        "campaigns": compute_campaign_rates(history, launch, scored, label),
        "notes": [*notes.values(), *card["notes"]],
        "findings": _findings(scored["findings"]),
    }


def _findings(codes: pd.Series) -> list[dict[str, Any]]:
    """Each code that stands in the scored rows, in how many, and what it means."""
    rows = codes.explode().dropna().value_counts()
    return [
        {"code": code, "rows": int(rows[code]), "meaning": CODES[code].meaning, "effect": CODES[code].effect}
        for code in sorted(map(str, rows.index))
    ]


def _tiers(tier: pd.Series, label: np.ndarray) -> list[dict[str, Any]]:
    counts = pd.DataFrame({"tier": tier, "label": label}).groupby("tier")["label"].agg(["size", "sum"])
    counts = counts.reindex(list(TIERS), fill_value=0)
    low, high = compute_wilson_interval(counts["sum"].to_numpy(), counts["size"].to_numpy())
    return [
        {
            "tier": name,
            "leads": int(row["size"]),
            "buyers": int(row["sum"]),
            "conversion": float(row["sum"] / row["size"]) if row["size"] else None,
            "low": float(low[place]),
            "high": float(high[place]),
            "share_of_buyers": float(row["sum"] / label.sum()) if label.sum() else None,
        }
        for place, (name, row) in enumerate(counts.iterrows())
    ]
