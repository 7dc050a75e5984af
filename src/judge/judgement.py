"""The judgement of a score: read, matched with what happened, measured, compared, and put into one verdict."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..checks import Finding
from ..evaluation import Interval
from ..history import History, HistoryError
from ..history.outcomes import read_revenues
from ..history.progress import ProgressCallback, ignore_progress
from .findings import build_findings
from .lead_matching import match_leads
from .level import Calibration, Step, build_level_table, describe_points, find_steps_down, measure_calibration
from .moments import Moments, choose_launches, find_horizon_moments, find_launch_moments, prepare_log
from .money import CallList, ListOptions, compare_call_lists
from .order import OrderFigures, RivalComparison, compare_to_rivals, compute_percentiles, measure_order
from .outcome_file import find_outcome_moments, read_outcome_file
from .rivals import OURS, SIMPLE, Rivals, predict_rivals
from .scales import Scale
from .score_log import ScoreFile, ScoreLog, read_score_log
from .suspicion import Suspicion, find_buyers_only, find_jumps, find_too_good
from .verdict import Evidence, Verdict, decide_verdict

_OWN = "score"


@dataclass(frozen=True)
class JudgeOptions:
    """How a score is judged.

    Attributes
    ----------
    launches
        Ids of the launches to judge by; None: those that the scores belong to.
    horizon_days
        Judge each lead once, by its first score, for so many days, whatever the launches; None: by the launches.
    product_id
        With ``horizon_days``, the product that counts; None: any.
    lists
        Length of the call lists, and what a call costs.
    rivals
        Whether to compare with simple rules, boosting and our own model.
    seed
        The same seed gives the same judgement.
    """

    launches: Sequence[str] | None = None
    horizon_days: float | None = None
    product_id: str | None = None
    lists: ListOptions = field(default_factory=ListOptions)
    rivals: bool = True
    seed: int = 0


@dataclass(frozen=True)
class Judgement:
    """What is known of a score, the verdict first.

    Attributes
    ----------
    verdict
        The verdict.
    name
        The file of the scores.
    scale
        What its values are.
    columns
        The file's columns that were read: ``lead``, ``score``, ``scored_at``, ``launch``.
    launches
        The launches that it was judged by, each with its leads and buyers.
    judged, buyers
        Rows that were judged, and those who bought.
    excluded
        Leads of the file that were not judged, by reason.
    buyers_before_score
        Buyers who had bought before their score was given.
    order
        How it orders leads; None where nobody could be judged.
    rivals
        The comparison with each rival.
    calibration
        Of probabilities; None for other scales.
    heights
        How many bought at each height of the score.
    steps
        Where more points surely meant fewer buyers.
    lists
        Call lists of the score, of the best simple rule and of our model.
    currency
        Of the amounts; None where there are none.
    findings
        What is wrong, with codes and remedies.
    notes
        What else a reader should know.
    """

    verdict: Verdict
    name: str
    scale: Scale
    columns: Mapping[str, str | None]
    launches: Sequence[Mapping[str, Any]]
    judged: int
    buyers: int
    excluded: Mapping[str, int]
    buyers_before_score: int
    order: OrderFigures | None = None
    rivals: Sequence[RivalComparison] = ()
    calibration: Calibration | None = None
    heights: pd.DataFrame = field(default_factory=pd.DataFrame)
    steps: Sequence[Step] = ()
    lists: Sequence[CallList] = ()
    currency: str | None = None
    findings: Sequence[Finding] = ()
    notes: Sequence[str] = ()

    @property
    def best_simple(self) -> RivalComparison | None:
        """The simple rule that orders the leads best."""
        simple = [rival for rival in self.rivals if rival.name in SIMPLE]
        return min(simple, key=lambda rival: rival.difference["roc_auc"].estimate, default=None)

    @property
    def points(self) -> dict[str, Any] | None:
        """What a hundred points meant; None for probabilities and words."""
        if self.scale.kind != "points" or self.scale.is_reversed:
            return None
        return describe_points(self.heights)


def judge_scores(
    scores: ScoreFile | Path | str,
    history: History | None = None,
    outcomes: Path | str | None = None,
    options: JudgeOptions = JudgeOptions(),
    progress: ProgressCallback = ignore_progress,
) -> Judgement:
    """Judge the scores of any tool by what happened after they were given.

    Parameters
    ----------
    scores : ScoreFile or path
        The file of scores, CSV, Excel or Parquet, and what is said of it.
    history : History or None
        What happened.
    outcomes : path or None
        A file with id, bought and time, for those who have no history; without one no rival can be fitted.
    options : JudgeOptions
        How to judge.
    progress : callable
        Called with a line of text where a step begins.

    Returns
    -------
    Judgement
        The verdict and all figures.

    Raises
    ------
    HistoryError
        A file cannot be read.

    Examples
    --------
    >>> judgement = judge_scores("hubspot.csv", open_history("history"))  # doctest: +SKIP
    >>> judgement.verdict.code  # doctest: +SKIP
    """
    file = scores if isinstance(scores, ScoreFile) else ScoreFile(Path(scores))
    if (history is None) == (outcomes is None):
        raise HistoryError("a score is judged by a history or by a file of outcomes: name one of them")
    progress(f"reading {file.path.name}")
    if history is None:
        log = read_score_log(file)
        horizon = timedelta(days=options.horizon_days) if options.horizon_days is not None else None
        found = read_outcome_file(Path(str(outcomes)), file.timezone)
        moments, rows, revenue = find_outcome_moments(log, found, horizon)
        return _judge(log, rows, moments, revenue, Rivals({}), options, None)
    log = read_score_log(file, list(history.launches))
    moments, rows, log = _find_moments(history, log, options)
    progress(f"{len(moments.rows):,} scores to judge")
    currency = _find_currency(history)
    revenue = _read_revenue(history, moments, currency)
    rivals = Rivals({})
    if options.rivals and len(moments.rows):
        rivals = predict_rivals(history, moments.rows, moments.launches, seed=options.seed, progress=progress)
    progress("measuring and comparing")
    return _judge(log, rows, moments, revenue, rivals, options, currency)


def _find_moments(history: History, log: ScoreLog, options: JudgeOptions) -> tuple[Moments, pd.DataFrame, ScoreLog]:
    matched = match_leads(history, log.rows, log.key_columns)
    rows, without, unknown = prepare_log(log.rows, matched.lead_ids)
    if options.horizon_days is not None:
        horizon = timedelta(days=options.horizon_days)
        moments = find_horizon_moments(history, rows, without, horizon, options.product_id)
    else:
        launches = choose_launches(history, rows, options.launches)
        moments = find_launch_moments(history, rows, without, launches)
    moments = replace(moments, excluded={**moments.excluded, "unknown-lead": unknown})
    return moments, rows, replace(log, columns={"lead": matched.column, **log.columns})


def _judge(
    log: ScoreLog,
    rows: pd.DataFrame,
    moments: Moments,
    revenue: NDArray[np.float64] | None,
    rivals: Rivals,
    options: JudgeOptions,
    currency: str | None,
) -> Judgement:
    judged = moments.rows
    label = judged["label"].to_numpy(np.int64) if len(judged) else np.empty(0, np.int64)
    groups = pd.factorize(judged["launch_id"])[0]
    values = judged["value"].to_numpy(np.float64) if len(judged) else np.empty(0)
    base = Judgement(
        verdict=Verdict("nothing-to-judge"),
        name=log.name,
        scale=log.scale,
        columns=log.columns,
        launches=_describe_launches(judged, moments),
        judged=len(judged),
        buyers=int(label.sum()),
        excluded=moments.excluded,
        buyers_before_score=moments.buyers_before_score,
        currency=currency,
        notes=(*moments.notes, *rivals.notes),
    )
    if not len(judged):
        empty = Evidence(0, 0, _undefined(), buyers_before_score=moments.buyers_before_score)
        return _finish(base, empty, [])
    leads, percentiles = judged["lead_id"], compute_percentiles(values, groups)
    order = measure_order(label, percentiles, values, leads, options.seed)
    orders = {name: _rank_where_known(prediction, groups) for name, prediction in rivals.predictions.items()}
    comparisons = compare_to_rivals(label, percentiles, orders, groups, leads, options.seed)
    calibration = measure_calibration(label, values, leads, options.seed) if log.scale.is_probability else None
    heights = build_level_table(label, values)
    suspicions = [
        found
        for found in (
            find_too_good(label, percentiles, order.metrics["roc_auc"], orders),
            find_buyers_only(len(judged), int(label.sum()), moments.cohort),
            find_jumps(rows, judged.dropna(subset="bought_at").groupby("lead_id")["bought_at"].min()),
        )
        if found is not None
    ]
    evidence = Evidence(
        len(judged),
        int(label.sum()),
        order.metrics["roc_auc"],
        is_constant=order.distinct == 1,
        differences={rival.name: rival.difference["roc_auc"] for rival in comparisons},
        simple=SIMPLE,
        buyers_before_score=moments.buyers_before_score,
        is_suspicious=any(suspicion.is_leak for suspicion in suspicions),
        calibration=calibration,
    )
    judgement = replace(
        base,
        order=order,
        rivals=comparisons,
        calibration=calibration,
        heights=_turn_back(heights, log.scale),
        steps=find_steps_down(heights),
    )
    lists = _compare_lists(judgement, label, percentiles, orders, revenue, groups, leads, options.lists)
    return _finish(replace(judgement, lists=lists), evidence, suspicions)


def _finish(judgement: Judgement, evidence: Evidence, suspicions: Sequence[Suspicion]) -> Judgement:
    judgement = replace(judgement, verdict=decide_verdict(evidence, OURS))
    return replace(judgement, findings=build_findings(judgement, suspicions))


def _compare_lists(
    judgement: Judgement,
    label: NDArray[np.int64],
    percentiles: NDArray[np.float64],
    orders: Mapping[str, NDArray[np.float64]],
    revenue: NDArray[np.float64] | None,
    groups: NDArray[np.int64],
    leads: pd.Series,
    options: ListOptions,
) -> list[CallList]:
    """Compare call lists where every one of them knows the lead."""
    names = [name for name in (judgement.best_simple and judgement.best_simple.name, OURS) if name in orders]
    every = {_OWN: percentiles, **{str(name): orders[str(name)] for name in names}}
    asked = np.all([np.isfinite(order) for order in every.values()], axis=0)
    if not asked.any():
        every, asked = {_OWN: percentiles}, np.ones(len(label), np.bool_)
    part = {name: order[asked] for name, order in every.items()}
    paid = revenue[asked] if revenue is not None and revenue.any() else None
    return compare_call_lists(part, label[asked], paid, groups[asked], leads[asked].reset_index(drop=True), options)


def _rank_where_known(prediction: NDArray[np.float64], groups: NDArray[np.int64]) -> NDArray[np.float64]:
    order = np.full(len(prediction), np.nan)
    known = np.flatnonzero(np.isfinite(prediction))
    order[known] = compute_percentiles(prediction[known], groups[known])
    return order


def _turn_back(heights: pd.DataFrame, scale: Scale) -> pd.DataFrame:
    """Return the table with the file's own values, where less is better or a percentage is meant."""
    sign, factor = (-1 if scale.is_reversed else 1), (100 if scale.kind == "percent" else 1)
    return heights.assign(low=sign * factor * heights["low"], high=sign * factor * heights["high"])


def _describe_launches(judged: pd.DataFrame, moments: Moments) -> list[dict[str, Any]]:
    if not len(judged):
        return []
    counts = judged.groupby("launch_id", sort=False).agg(
        leads=("label", "size"), buyers=("label", "sum"), as_of=("as_of", "min"), until=("until", "max")
    )
    return [
        {
            "launch_id": str(launch_id),
            "leads": int(row["leads"]),
            "buyers": int(row["buyers"]),
            "as_of": row["as_of"].isoformat(),
            "until": row["until"].isoformat(),
        }
        for launch_id, row in counts.iterrows()
    ]


def _find_currency(history: History) -> str | None:
    base, counted = history.manifest.get("currency_base"), history.manifest.get("currencies") or {}
    return base or next(iter(counted), None)


def _read_revenue(history: History, moments: Moments, currency: str | None) -> NDArray[np.float64] | None:
    if moments.rows.empty:
        return None
    products = {launch_id: launch.product_id for launch_id, launch in moments.launches.items()}
    bought = moments.rows["label"].to_numpy() == 1
    revenue = np.zeros(len(moments.rows))
    part = moments.rows[bought]
    revenue[bought] = read_revenues(history, part, [products[name] for name in part["launch_id"]], currency)
    return revenue


def _undefined() -> Interval:
    return Interval(math.nan, math.nan, math.nan)
