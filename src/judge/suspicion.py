"""Signs that a score knows what it should foretell: too good to be true, only for buyers, or rising once they buy."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import norm

from ..evaluation import Interval, compute_wilson_interval, roc_auc
from ..language import Phrase
from .verdict import widen

FloatArray = NDArray[np.float64]

#: Confuses buyers and others so many times less often than every rival, our own model among them.
_TIMES_FEWER_ERRORS = 4.0
_SURE_AUC, _SURE_AUC_ALONE = 0.9, 0.98
#: The top of the list that holds this share of the buyers ...
_TOP_SHARE = 0.25
#: ... is pure where surely so many of it bought, so many times as many as of any rival's top.
_PURE, _TIMES_PURER = 0.7, 1.5
#: Of a population of whom more buy, a pure top says nothing.
_MAX_BASE_RATE = 0.35
_MIN_TOP_BUYERS = 5
_WIDE = 0.99
#: Only buyers have scores, where they are so many times likelier to have one.
_TIMES_LIKELIER = 3.0
_MIN_JUMPS = 10


@dataclass(frozen=True)
class Suspicion:
    """What looks wrong about a score.

    Attributes
    ----------
    code
        The code of the finding (``checks.judge_codes``).
    message
        The figures in words.
    rows
        How many rows it concerns.
    is_leak
        Whether the score seems to know the outcome, so that its other figures mean nothing.
    """

    code: str
    message: Phrase
    rows: int
    is_leak: bool = False


def find_too_good(
    label: NDArray[np.int64], percentiles: FloatArray, auc: Interval, rivals: Mapping[str, FloatArray]
) -> Suspicion | None:
    """Return whether a score is too good to be true.

    Either it confuses buyers with others several times less often than every rival, or the top of its list is all but
    pure where no rival's is. Each holds surely, not by the luck of a few leads.

    Parameters
    ----------
    label
        1 bought, 0 not.
    percentiles
        Of the score in its launch.
    auc
        Its ROC AUC with the 90% interval.
    rivals
        The rivals' percentiles, NaN where one was not asked.
    """
    if not len(label) or label.mean() > _MAX_BASE_RATE or not label.any():
        return None
    sure = widen(auc).low
    errors = [
        1 - roc_auc(label[asked], order[asked]) for order in rivals.values() if (asked := np.isfinite(order)).any()
    ]
    errors = [error for error in errors if np.isfinite(error)]
    if errors and sure >= _SURE_AUC and (1 - sure) * _TIMES_FEWER_ERRORS <= min(errors):
        times = min(errors) / max(1 - auc.estimate, 1e-9)
        message = Phrase(
            "it puts a buyer below another lead in {share:.1%} of the pairs, the best rival in {rival:.1%}: "
            "{times:.0f} times fewer",
            share=1 - auc.estimate,
            rival=min(errors),
            times=min(times, 999),
        )
        return Suspicion("score-too-good", message, len(label), is_leak=True)
    if not errors and sure >= _SURE_AUC_ALONE:
        message = Phrase("ROC AUC {auc:.3f}, and there is no rival to compare with", auc=auc.estimate)
        return Suspicion("score-too-good", message, len(label), is_leak=True)
    return _find_pure_top(label, percentiles, rivals)


def _find_pure_top(
    label: NDArray[np.int64], percentiles: FloatArray, rivals: Mapping[str, FloatArray]
) -> Suspicion | None:
    leads, buyers = _cut_top(label, percentiles)
    if buyers < _MIN_TOP_BUYERS:
        return None
    low = float(compute_wilson_interval(buyers, leads, _WIDE)[0])
    if low < _PURE:
        return None
    tops = [_cut_top(label[asked], order[asked]) for order in rivals.values() if (asked := np.isfinite(order)).any()]
    highest = max((float(compute_wilson_interval(b, n, _WIDE)[1]) for n, b in tops if n), default=float(label.mean()))
    if low < _TIMES_PURER * highest:
        return None
    message = Phrase(
        "of its first {leads:,.0f} leads {share:.0%} bought, of no rival's more than {highest:.0%}",
        leads=leads,
        share=buyers / leads,
        highest=highest,
    )
    return Suspicion("score-too-good", message, int(leads), is_leak=True)


def _cut_top(label: NDArray[np.int64], order: FloatArray) -> tuple[float, float]:
    """Return leads and buyers of the shortest top, ties together, that holds a share of the buyers."""
    by_order = np.argsort(-order, kind="stable")
    sorted_order, sorted_label = order[by_order], label[by_order]
    wanted = max(np.ceil(_TOP_SHARE * label.sum()), 1)
    place = int(np.searchsorted(np.cumsum(sorted_label), wanted))
    if place >= len(label):
        return 0.0, 0.0
    inside = sorted_order >= sorted_order[place]
    return float(inside.sum()), float(sorted_label[inside].sum())


def find_buyers_only(judged: int, buyers: int, cohort: tuple[int, int]) -> Suspicion | None:
    """Return whether mostly buyers have a score.

    Parameters
    ----------
    judged, buyers
        Leads with a score, and buyers among them.
    cohort
        Leads and buyers of the same launches, scored or not.
    """
    leads, all_buyers = cohort
    others_scored, others = judged - buyers, leads - all_buyers
    if not buyers or judged >= leads:
        return None
    low = float(compute_wilson_interval(buyers, all_buyers, _WIDE)[0])
    high = float(compute_wilson_interval(others_scored, others, _WIDE)[1]) if others else 1.0
    if low < _TIMES_LIKELIER * high:
        return None
    message = Phrase(
        "{buyers:,} of {all_buyers:,} buyers have a score, and {others_scored:,} of {others:,} others: who bought "
        "seems to have decided who was scored",
        buyers=buyers,
        all_buyers=all_buyers,
        others_scored=others_scored,
        others=others,
    )
    return Suspicion("scores-of-buyers", message, judged, is_leak=True)


def find_jumps(log: pd.DataFrame, bought_at: pd.Series) -> Suspicion | None:
    """Return whether scores rise when somebody buys, beyond how they change otherwise.

    Parameters
    ----------
    log
        ``lead_id, value, scored_at``: scores that change.
    bought_at
        When each buyer bought, by lead.
    """
    if not log["lead_id"].duplicated().any():
        return None
    rows = log.assign(rank=log["value"].rank(pct=True)).sort_values(["lead_id", "scored_at"], kind="stable")
    same = rows["lead_id"].eq(rows["lead_id"].shift())
    step, before = rows["rank"].diff()[same], rows["scored_at"].shift()[same]
    bought = rows["lead_id"].map(bought_at)[same]
    crosses = (bought >= before) & (bought <= rows["scored_at"][same])
    if crosses.sum() < _MIN_JUMPS or (~crosses).sum() < 1:
        return None
    at_purchase, otherwise = step[crosses], step[~crosses]
    spread = np.hypot(at_purchase.std() / np.sqrt(len(at_purchase)), otherwise.std() / np.sqrt(max(len(otherwise), 2)))
    gap = at_purchase.mean() - otherwise.mean()
    if not gap > max(norm.isf(0.005) * spread, 0.05):
        return None
    message = Phrase(
        "scores rise by {at_purchase:.0f} percentiles on average when somebody buys, and by {otherwise:.0f} otherwise",
        at_purchase=100 * at_purchase.mean(),
        otherwise=100 * otherwise.mean(),
    )
    return Suspicion("score-jumps-at-purchase", message, int(crosses.sum()))
