"""How good the scores would have been: each launch scored by a model trained only on what was known before it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from checks import CODES, score_findings
from evaluation import summarize, summary_intervals, wilson_interval
from history import History, Launch, LaunchError, cohort
from scoring import TIERS, score_launch
from training.campaigns import campaign_rates
from training.fit import Fitted, fit_model
from training.ladder import ladder, lost_to, mean_ladder
from training.packages import package_versions

#: A lead is judged once this share of its window lies before the history's end. The rest may hold more buyers, which
#: the report says; asking for all of it would refuse a launch whose last sale came a day before its cart closed.
_SEEN_SHARE = 0.5
#: A perpetual launch without an earlier one is learned from its own first part; these shares are tried.
_OWN_PARTS = (0.0, 0.25, 0.5, 0.75)

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Settings:
    """How models are trained and judged. ``mature`` trains on and judges by mature labels.

    ``processes`` and ``cache`` (a folder from which a stopped job goes on; None keeps nothing) never change a result.
    """

    trials: int = 12
    seed: int = 0
    mature: bool = False
    reasons: int = 3
    processes: int = 1
    cache: Path | None = None

    @property
    def label(self) -> str:
        """The column of the scored rows that holds the truth."""
        return "label_mature" if self.mature else "label"

    @property
    def recorded(self) -> dict[str, Any]:
        """What decides a result, and so is worth keeping with it."""
        return {name: getattr(self, name) for name in ("trials", "seed", "mature", "reasons")}


def backtest(
    history: History,
    settings: Settings,
    launches: Sequence[str] | None = None,
    progress: Progress = lambda message: None,
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Score the launches (default: all) and judge the scores.

    Returns the scored rows with ``label`` and ``label_mature``, and the report as plain values. A launch that cannot
    be scored honestly stands in the report's ``skipped`` with the reason. Raises HistoryError for an unknown launch.
    """
    wanted = [history.launch(name) for name in dict.fromkeys(launches)] if launches else list(history.launches.values())
    parts, judged, skipped = [], [], []
    for launch in wanted:
        progress(f"{launch.launch_id}: training on what was known before it")
        try:
            scored, entry = _one_launch(history, launch, settings, progress)
        except LaunchError as error:
            skipped.append({"launch_id": launch.launch_id, "code": error.code, "reason": str(error)})
            progress(f"{launch.launch_id}: left out, {error}")
            continue
        parts.append(scored)
        judged.append(entry)
    scores = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()
    return scores, _report(history, settings, judged, skipped)


def _one_launch(
    history: History, launch: Launch, settings: Settings, progress: Progress
) -> tuple[pd.DataFrame, dict[str, Any]]:
    launch.check()
    truth, notes = _judged_leads(history, launch, settings)
    fitted, as_of = _fit(history, launch, truth["as_of"].max(), settings, progress)
    if as_of > launch.as_of:
        truth = truth[truth["as_of"] >= as_of]
        own = f"scored from {as_of:%Y-%m-%d %H:%M} on: the launch's own earlier leads trained the model"
        notes |= {"own-earlier-leads": own}
    progress(f"{launch.launch_id}: scoring {len(truth):,} leads")
    found = {**score_findings(history, launch), **dict.fromkeys(notes)}
    context = fitted.model.context
    scored = score_launch(history, launch, fitted.model, context, reasons=settings.reasons, findings=found)
    scored = scored.merge(truth[["lead_id", "until", "label", "label_mature"]], on="lead_id", how="inner")
    progress(f"{launch.launch_id}: the simple methods, on the same leads")
    rungs = ladder(history, launch, fitted.learned, scored, label=settings.label, seed=settings.seed)
    return scored, _entry(history, launch, scored, fitted, settings, notes) | {
        "ladder": rungs,
        "lost_to": lost_to(rungs),
    }


def _judged_leads(history: History, launch: Launch, settings: Settings) -> tuple[pd.DataFrame, dict[str, str]]:
    """The launch's leads whose label the history shows, and what is to be said about it."""
    truth = cohort(history, launch)
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


def _fit(
    history: History, launch: Launch, last: datetime, settings: Settings, progress: Progress
) -> tuple[Fitted, datetime]:
    """A model as of the launch's first lead; of a perpetual launch alone in its history, as of one up to ``last``."""
    span = launch.closes_at - launch.length - launch.as_of
    for share in _OWN_PARTS if span else (0.0,):
        as_of = launch.as_of + share * span
        if as_of > last:  # nobody would be left to score
            break
        try:
            return _fit_at(history, launch, as_of, settings, progress), as_of
        except LaunchError as error:
            reason = error
    raise reason


def _fit_at(history: History, launch: Launch, as_of: datetime, settings: Settings, progress: Progress) -> Fitted:
    def on_trial(trial: int, loss: float) -> None:
        progress(f"{launch.launch_id}: trial {trial} of {settings.trials}, log loss {loss:.4f}")

    return fit_model(
        history, launch, as_of, trials=settings.trials, seed=settings.seed, mature=settings.mature, on_trial=on_trial
    )


def _entry(
    history: History,
    launch: Launch,
    scored: pd.DataFrame,
    fitted: Fitted,
    settings: Settings,
    notes: dict[str, str],
) -> dict[str, Any]:
    label = scored[settings.label].to_numpy(np.int64)
    probability = scored["probability"].to_numpy()
    card = fitted.model.card
    return {
        "launch_id": launch.launch_id,
        "strategy": launch.strategy,
        "product_id": launch.product_id,
        "as_of": scored["as_of"].min().isoformat(),
        "until": scored["until"].max().isoformat(),
        "rows": len(scored),
        "buyers": int(label.sum()),
        "training": {
            "launches": [window["name"] for window in card["windows"]],
            "rows": sum(window["rows"] for window in card["windows"]),
            "buyers": sum(window["buyers"] for window in card["windows"]),
            "calibrated_on": "windows left out of the fit, one by one"
            if len(card["windows"]) > 1
            else "leads left out",
            "model_version": fitted.model.version,
            "parameters": card["parameters"],
            "features_dropped": card["features_dropped"],
        },
        "metrics": summarize(label, probability),
        "intervals": {
            name: list(interval)
            for name, interval in summary_intervals(label, probability, scored["lead_id"], seed=settings.seed).items()
        },
        "tiers": _tiers(scored["tier"], label),
        "campaigns": campaign_rates(history, launch, scored, label),
        "notes": [*notes.values(), *card["notes"]],
        "findings": _findings(scored["findings"]),
    }


def _findings(codes: pd.Series) -> list[dict[str, Any]]:
    """Each code that stands in the scored rows, in how many, and what it means."""
    rows = codes.explode().dropna().value_counts()
    return [
        {"code": code, "rows": int(rows[code]), "means": CODES[code].meaning, "instead": CODES[code].instead}
        for code in sorted(map(str, rows.index))
    ]


def _tiers(tier: pd.Series, label: np.ndarray) -> list[dict[str, Any]]:
    counts = pd.DataFrame({"tier": tier, "label": label}).groupby("tier")["label"].agg(["size", "sum"])
    counts = counts.reindex(list(TIERS), fill_value=0)
    low, high = wilson_interval(counts["sum"].to_numpy(), counts["size"].to_numpy())
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


def _report(
    history: History, settings: Settings, judged: list[dict[str, Any]], skipped: list[dict[str, str]]
) -> dict[str, Any]:
    return {
        "version": 1,
        "created_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "history": history.name,
        "label": "mature" if settings.mature else "plain",
        "seed": settings.seed,
        "trials": settings.trials,
        "packages": package_versions(),
        "launches": judged,
        "skipped": skipped,
        "mean": _mean([entry["metrics"] for entry in judged]),
        "ladder": mean_ladder([entry["ladder"] for entry in judged]),
    }


def _mean(metrics: list[dict[str, Any]]) -> dict[str, float]:
    """Each figure's mean over the launches where it is defined."""
    names = dict.fromkeys(name for entry in metrics for name in entry if name not in ("n", "buyers"))
    known = {name: [entry[name] for entry in metrics if entry[name] is not None] for name in names}
    return {name: float(np.mean(values)) for name, values in known.items() if values}
