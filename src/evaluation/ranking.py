"""How well scores put buyers before the others."""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from .score_table import build_score_table


def roc_auc(y: ArrayLike, p: ArrayLike, weight: ArrayLike | None = None) -> float:
    """Return the probability that a random buyer scores above a random other lead, ties counting half.

    NaN where there are no buyers or nothing but buyers.

    Parameters
    ----------
    y : array_like, shape (n,)
        Labels, 0 or 1.
    p : array_like, shape (n,)
        Scores, any finite numbers; a higher one means likelier to buy.
    weight : array_like, shape (n,), optional
        How often each row counts; by default once.
    """
    table = build_score_table(y, p, weight)
    others = table.rows - table.buyers
    pairs = table.buyers.sum() * others.sum()
    if pairs == 0:
        return float("nan")
    buyers_above = np.cumsum(table.buyers) - table.buyers / 2
    return float((others * buyers_above).sum() / pairs)


def average_precision(y: ArrayLike, p: ArrayLike, weight: ArrayLike | None = None) -> float:
    """Return the mean, over the buyers, of the share of buyers among all who score at least as high.

    Equal scores are reached together, as in `sklearn.metrics.average_precision_score`. NaN without buyers.

    Parameters
    ----------
    y : array_like, shape (n,)
        Labels, 0 or 1.
    p : array_like, shape (n,)
        Scores, any finite numbers; a higher one means likelier to buy.
    weight : array_like, shape (n,), optional
        How often each row counts; by default once.
    """
    table = build_score_table(y, p, weight)
    buyers = table.buyers.sum()
    if buyers == 0:
        return float("nan")
    precision = np.cumsum(table.buyers) / np.cumsum(table.rows)
    return float((table.buyers * precision).sum() / buyers)


def lift(y: ArrayLike, p: ArrayLike, fraction: float, weight: ArrayLike | None = None) -> float:
    """Return the buyers among the `fraction` of highest scores, relative to a random pick of as many leads.

    The pick is `fraction * n` leads, not rounded. Where it ends inside a group of equal scores (or inside one
    lead), the group gives its expected share, so a constant score has a lift of exactly 1. NaN without buyers.

    Parameters
    ----------
    y : array_like, shape (n,)
        Labels, 0 or 1.
    p : array_like, shape (n,)
        Scores, any finite numbers; a higher one means likelier to buy.
    fraction : float
        The share of the leads that is picked.
    weight : array_like, shape (n,), optional
        How often each row counts; by default once.

    Raises
    ------
    ValueError
        `fraction` is not in (0, 1].
    """
    if not 0 < fraction <= 1:
        raise ValueError(f"fraction must be above 0 and at most 1; it is {fraction}")
    table = build_score_table(y, p, weight)
    rows, buyers = table.rows.sum(), table.buyers.sum()
    if buyers == 0:
        return float("nan")
    reached = np.r_[0.0, np.cumsum(table.rows)]
    buyers_above = np.interp(fraction * rows, reached, np.r_[0.0, np.cumsum(table.buyers)])
    return float(buyers_above / buyers / fraction)


def compute_gains_curve(y: ArrayLike, p: ArrayLike) -> pd.DataFrame:
    """Return the share of the buyers that is reached by going down the scores.

    Parameters
    ----------
    y : array_like, shape (n,)
        Labels, 0 or 1.
    p : array_like, shape (n,)
        Scores, any finite numbers; a higher one means likelier to buy.

    Returns
    -------
    pandas.DataFrame
        `leads_share` and `buyers_share`, from (0, 0) to (1, 1), one row for each distinct score; straight lines
        between the rows are the expected gain inside a group of equal scores. No rows where nobody bought.
    """
    table = build_score_table(y, p)
    buyers = table.buyers.sum()
    if buyers == 0:
        return pd.DataFrame({"leads_share": [], "buyers_share": []}, dtype=np.float64)
    return pd.DataFrame(
        {
            "leads_share": np.r_[0.0, np.cumsum(table.rows)] / table.rows.sum(),
            "buyers_share": np.r_[0.0, np.cumsum(table.buyers)] / buyers,
        }
    )


def compute_auc_variance(auc: float, buyers: int, others: int) -> float:
    """Return the sampling variance of a ROC AUC by Hanley and McNeil (1982).

    Parameters
    ----------
    auc
        The ROC AUC.
    buyers, others
        How many rows have label 1, and label 0.

    Returns
    -------
    float
        The variance, never negative.
    """
    q1, q2 = auc / (2 - auc), 2 * auc**2 / (1 + auc)
    spread = auc * (1 - auc) + (buyers - 1) * (q1 - auc**2) + (others - 1) * (q2 - auc**2)
    return max(float(spread / (buyers * others)), 0.0)
