"""Judging a score: its file is read, matched with what happened, measured, compared, and put into one verdict."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..evaluation import Interval
from ..history import History, HistoryError
from ..history.outcomes import read_revenues
from ..history.progress import ProgressCallback, ignore_progress
from ..language import Phrase
from .findings import build_findings
from .judgement import JudgedLaunch, Judgement
from .lead_matching import FindLeads, match_leads
from .level import build_level_table, find_steps_down, measure_calibration, restore_heights
from .moments import Moments, choose_launches, find_horizon_moments, find_launch_moments, prepare_log, with_unknown
from .money import CallList, ListOptions, compare_call_lists
from .order import compare_to_rivals, compute_known_percentiles, compute_percentiles, measure_order
from .outcome_file import find_outcome_moments, read_outcome_file
from .rivals import OURS, SIMPLE, Rivals, predict_rivals
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


def judge_scores(
    scores: ScoreFile | Path | str,
    history: History | None = None,
    outcomes: Path | str | None = None,
    options: JudgeOptions = JudgeOptions(),
    progress: ProgressCallback = ignore_progress,
    find_leads: FindLeads | None = None,
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
    find_leads : callable or None
        Given a column's name and its values, the lead id of each, for a history that knows nobody's address.

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
        raise HistoryError(Phrase("a score is judged by a history or by a file of outcomes: name one of them"))
    progress(Phrase("reading {file}", file=file.path.name))
    if history is None:
        log = read_score_log(file)
        horizon = timedelta(days=options.horizon_days) if options.horizon_days is not None else None
        found = read_outcome_file(Path(str(outcomes)), file.timezone)
        moments, rows, revenue = find_outcome_moments(log, found, horizon)
        return _judge(log, rows, moments, revenue, Rivals({}), options, None)
    log = read_score_log(file, list(history.launches))
    moments, rows, log = _find_moments(history, log, options, find_leads)
    progress(Phrase("{rows:,} scores to judge", rows=len(moments.rows)))
    currency = _find_currency(history)
    revenue = _read_revenue(history, moments, currency)
    rivals = Rivals({})
    if options.rivals and len(moments.rows):
        rivals = predict_rivals(history, moments.rows, moments.launches, seed=options.seed, progress=progress)
    progress(Phrase("measuring and comparing"))
    return _judge(log, rows, moments, revenue, rivals, options, currency)


def _find_moments(
    history: History, log: ScoreLog, options: JudgeOptions, find_leads: FindLeads | None
) -> tuple[Moments, pd.DataFrame, ScoreLog]:
    matched = match_leads(history, log.rows, log.key_columns, find_leads)
    rows, without, unknown = prepare_log(log.rows, matched.lead_ids)
    if options.horizon_days is not None:
        horizon = timedelta(days=options.horizon_days)
        moments = find_horizon_moments(history, rows, without, horizon, options.product_id)
    else:
        launches = choose_launches(history, rows, options.launches)
        moments = find_launch_moments(history, rows, without, launches)
    return with_unknown(moments, unknown), rows, replace(log, columns={"lead": matched.column, **log.columns})


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
        launches=_list_launches(judged),
        judged=len(judged),
        buyers=int(label.sum()),
        excluded=moments.excluded,
        buyers_before_score=moments.buyers_before_score,
        currency=currency,
        notes=(*log.notes, *moments.notes, *rivals.notes),
    )
    if not len(judged):
        empty = Evidence(0, 0, _undefined(), buyers_before_score=moments.buyers_before_score)
        return _finish(base, empty, [])
    leads = pd.Series(pd.factorize(judged["lead_id"])[0])  # numbers: every bootstrap groups by them
    percentiles = compute_percentiles(values, groups)
    order = measure_order(label, percentiles, values, leads, options.seed)
    orders = {name: compute_known_percentiles(prediction, groups) for name, prediction in rivals.predictions.items()}
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
        heights=restore_heights(heights, log.scale),
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


def _list_launches(judged: pd.DataFrame) -> list[JudgedLaunch]:
    counts = judged.groupby("launch_id", sort=False).agg(
        leads=("label", "size"), buyers=("label", "sum"), as_of=("as_of", "min"), until=("until", "max")
    )
    return [
        JudgedLaunch(str(row["launch_id"]), int(row["leads"]), int(row["buyers"]), row["as_of"], row["until"])
        for row in counts.reset_index().to_dict("records")
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
