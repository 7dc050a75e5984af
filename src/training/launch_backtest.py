"""Backtest of one launch: scored by a model of what was known before it, and evaluated by what happened."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..checks import CODES, Finding, check_before_scoring, check_forecast
from ..evaluation import BootstrapOptions, bootstrap_summary, compute_wilson_interval, summarize
from ..history import History, Launch, LaunchError, build_cohort
from ..history.progress import ProgressCallback, ignore_progress
from ..language import Phrase, mark
from ..scoring import (
    TIERS,
    ScoringOptions,
    build_scored_rows,
    estimate_launch_spread,
    forecast_buyers,
    predict_launch,
)
from ..scoring.campaign_rates import compute_campaign_rates
from .baselines.comparison import compare_to_baselines, find_better_baseline, predict_baselines
from .fit import FittedModel, fit_model
from .options import FitOptions
from .own_models import Estimator, predict_own_models
from .windows import compute_mature_from

#: A lead is evaluated once this share of its window lies before the history's end. The rest may hold more buyers, which
#: the report says; asking for all of it would refuse a launch whose last sale came a day before its cart closed.
MIN_SEEN_SHARE = 0.5
_WINDOW_UNSEEN = mark("its label window cannot be seen yet: the history ends {ended}")
_MATURE_LABELS_UNSEEN = mark("mature labels cannot be seen yet: the history ends {ended}")
#: The ROC AUC of an order without any knowledge of the leads.
_RANDOM_AUC = 0.5
#: A perpetual launch without an earlier one is learned from its own first part; these shares are tried.
_OWN_SHARES = (0.0, 0.25, 0.5, 0.75)


def backtest_launch(
    history: History,
    launch: Launch,
    options: FitOptions,
    progress: ProgressCallback = ignore_progress,
    *,
    until: datetime | None = None,
    models: Mapping[str, Estimator] | None = None,
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Score a past launch by a model of what was known before it, and evaluate the scores.

    With ``until``, only leads whose window was over by then are evaluated. ``models`` are estimators of one's own,
    which stand beside the baselines.

    Returns the scored rows with the truth, and the launch's entry in the report. Raises LaunchError where the launch
    cannot be scored or its labels cannot be seen yet.
    """
    launch.check()
    truth, notes = read_evaluated_leads(history, launch, options, until)
    fitted, as_of = fit_before(history, launch, truth["as_of"].max(), options, progress)
    if as_of > launch.as_of:
        truth = truth[truth["as_of"] >= as_of]
        note = f"scored from {as_of:%Y-%m-%d %H:%M} on: the launch's own earlier leads trained the model"
        notes |= {"trained-on-own-leads": note}
    progress(Phrase("{launch_id}: scoring {leads:,} leads", launch_id=launch.launch_id, leads=len(truth)))
    findings = {**check_before_scoring(history, launch), **dict.fromkeys(notes)}
    predicted = predict_launch(history, launch, fitted.model, fitted.model.context)
    unlike = check_forecast(history, launch, float(predicted.probability.sum()), len(predicted.leads))
    findings |= {unlike.code: None} if unlike else {}
    scoring = ScoringOptions(reasons=options.reasons, findings=findings)
    scored = pd.concat(build_scored_rows(predicted, options=scoring), ignore_index=True)
    scored = scored.merge(truth[["lead_id", "until", "label", "label_mature"]], on="lead_id", how="inner")
    scored["bought_before"] = _flag_earlier_buyers(history, scored)
    progress(Phrase("{launch_id}: the simple methods, on the same leads", launch_id=launch.launch_id))
    predictions = predict_baselines(history, launch, fitted.training_set, scored)
    own = predict_own_models(models or {}, history, launch, fitted.training_set, scored)
    predictions |= own
    baselines = compare_to_baselines(predictions, scored, label=options.label_column, seed=options.seed)
    entry = _build_entry(history, launch, scored, fitted, options, notes)
    warnings = [warning for warning in (unlike, _check_order(entry)) if warning]
    return scored, entry | {
        "baselines": baselines,
        "beaten_by": find_better_baseline(baselines),
        "beaten_by_own": find_better_baseline([line for line in baselines if line["baseline"] in own]),
        "warnings": [asdict(warning) | {"examples": list(warning.examples)} for warning in warnings],
        "notes": [*(warning.message for warning in warnings), *entry["notes"]],
    }


def read_evaluated_leads(
    history: History, launch: Launch, options: FitOptions, until: datetime | None
) -> tuple[pd.DataFrame, dict[str, str]]:
    """Return the launch's leads whose label the history shows, and notes by finding code.

    With ``until``, only those whose window was over by then. Raises LaunchError where there are none.
    """
    truth = build_cohort(history, launch, observed_until=until)
    if until is not None:
        truth = truth[truth["until"] <= until]
    if truth.empty:
        raise LaunchError(
            Phrase("nobody to score: no lead was known, or every one owns the product already"), "empty-cohort"
        )
    observed, ended = history.observed_until, history.ended_at
    if observed is None or ended is None or ended < launch.as_of:
        raise LaunchError(
            Phrase(
                "it opens {as_of}, after the last row of the history: no label is known",
                as_of=f"{launch.as_of:%Y-%m-%d %H:%M}",
            ),
            "history-ends-before-launch",
        )
    seen = truth["as_of"] + MIN_SEEN_SHARE * launch.length <= observed
    if options.mature:
        seen &= truth["label_mature"].notna()
    if not seen.any():
        pattern = _MATURE_LABELS_UNSEEN if options.mature else _WINDOW_UNSEEN
        raise LaunchError(Phrase(pattern, ended=f"{ended:%Y-%m-%d %H:%M}"), "labels-immature")
    notes = {}
    if not seen.all():
        notes["labels-unknown"] = f"{int((~seen).sum()):,} leads are left out: their label is not known yet"
    if truth.loc[seen, "until"].max() > observed:
        last = f"{ended:%Y-%m-%d %H:%M}"
        still_open = f"provisional: label windows run on after the history's last row, {last}; more may have bought"
        notes["labels-provisional"] = still_open
    return truth[seen], notes


def evaluate(scored: pd.DataFrame, options: FitOptions) -> dict[str, Any]:
    """Return the metrics of scored rows with the truth, and their 90% intervals by lead."""
    label, probability = scored[options.label_column].to_numpy(np.int64), scored["probability"].to_numpy()
    ends = bootstrap_summary(label, probability, scored["lead_id"], options=BootstrapOptions(seed=options.seed))
    return {"metrics": summarize(label, probability), "intervals": {name: list(end) for name, end in ends.items()}}


def evaluate_segments(scored: pd.DataFrame, options: FitOptions) -> dict[str, Any]:
    """Evaluate customers (a purchase was known when they were scored) and newcomers apart, where there are any."""
    parts = {"customers": scored[scored["bought_before"]], "newcomers": scored[~scored["bought_before"]]}
    return {name: evaluate(part, options) for name, part in parts.items() if len(part)}


def _flag_earlier_buyers(history: History, scored: pd.DataFrame) -> pd.Series:
    with history.connect() as con:
        con.register("scored", scored[["lead_id", "as_of"]])
        sql = "SELECT DISTINCT lead_id FROM scored JOIN purchases USING (lead_id) WHERE bought AND occurred_at < as_of"
        buyers = con.sql(sql).to_arrow_table()["lead_id"].to_pylist()
    return scored["lead_id"].isin(buyers)


def fit_before(
    history: History, launch: Launch, last: datetime, options: FitOptions, progress: ProgressCallback
) -> tuple[FittedModel, datetime]:
    """Fit a model as of the launch's first lead; of a perpetual launch alone in its history, up to ``last``."""
    span = launch.closes_at - launch.length - launch.as_of
    for share in _OWN_SHARES if span else (0.0,):
        as_of = launch.as_of + share * span
        if as_of > last:  # nobody would be left to score
            break
        try:
            return fit_model(history, launch, as_of, options, progress), as_of
        except LaunchError as error:
            reason = error
    raise reason


def _build_entry(
    history: History,
    launch: Launch,
    scored: pd.DataFrame,
    fitted: FittedModel,
    options: FitOptions,
    notes: dict[str, str],
) -> dict[str, Any]:
    label = scored[options.label_column].to_numpy(np.int64)
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
        "forecast": _forecast(scored, card),
        "training": {
            "launches": [window["name"] for window in card["windows"]],
            "maturity": card["maturity"],
            "rows": sum(window["rows"] for window in card["windows"]),
            "buyers": sum(window["buyers"] for window in card["windows"]),
            "calibrated_on": "windows left out of the fit, one by one"
            if len(card["windows"]) > 1
            else "nothing: one window tells nothing of the next one's level",
            "base_weights": card["base_weights"],
            "calibration": card["calibration"],
            "model_version": fitted.model.version,
            "parameters": card["parameters"],
            "features_dropped": card["features_dropped"],
        },
        **evaluate(scored, options),
        "segments": evaluate_segments(scored, options),
        "tiers": _count_tiers(scored["tier"], label),
        "campaigns": compute_campaign_rates(history, launch, scored, label),
        "notes": [*notes.values(), *card["notes"]],
        "findings": _count_findings(scored["findings"]),
    }


def _forecast(scored: pd.DataFrame, card: Mapping[str, Any]) -> dict[str, float]:
    """Return the buyers that were expected of the scored leads, with the 90% interval."""
    probability, tier = scored["probability"].to_numpy(), scored["tier"].to_numpy(np.str_)
    row = forecast_buyers(probability, tier, spread=estimate_launch_spread(card)).iloc[-1]
    return {"buyers": float(row["buyers"]), "low": int(row["low"]), "high": int(row["high"])}


def _check_order(entry: Mapping[str, Any]) -> Finding | None:
    """Return the finding that a launch's order may as well be random, by the interval of its ROC AUC; None if not."""
    auc, ends = entry["metrics"]["roc_auc"], entry["intervals"].get("roc_auc")
    if auc is None or ends is None or ends[0] > _RANDOM_AUC:
        return None
    verdict = "worse than" if ends[1] < _RANDOM_AUC else "not shown to be better than"
    message = (
        f"{entry['launch_id']}: the order of its leads is {verdict} a random one, ROC AUC {auc:.2f} (90% interval "
        f"{ends[0]:.2f} to {ends[1]:.2f}; random is {_RANDOM_AUC:.2f})"
    )
    return CODES["no-better-than-chance"].build_finding("launches", "", entry["rows"], message)


def _count_findings(codes: pd.Series) -> list[dict[str, Any]]:
    """Return each code of the scored rows, in how many rows it is, and what it means."""
    rows = codes.explode().dropna().value_counts()
    return [
        {"code": code, "rows": int(rows[code]), "meaning": CODES[code].meaning, "effect": CODES[code].effect}
        for code in sorted(map(str, rows.index))
    ]


def _count_tiers(tier: pd.Series, label: NDArray[np.int64]) -> list[dict[str, Any]]:
    counts = pd.DataFrame({"tier": tier, "label": label}).groupby("tier")["label"].agg(["size", "sum"])
    counts = counts.reindex(list(TIERS), fill_value=0)
    low, high = compute_wilson_interval(counts["sum"].to_numpy(), counts["size"].to_numpy())
    return [
        {
            "tier": name,
            "leads": int(row["size"]),
            "buyers": int(row["sum"]),
            "conversion": float(row["sum"] / row["size"]) if row["size"] else None,
            "low": float(low[index]),
            "high": float(high[index]),
            "share_of_buyers": float(row["sum"] / label.sum()) if label.sum() else None,
        }
        for index, (name, row) in enumerate(counts.iterrows())
    ]
