"""How well scores put buyers before the others."""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from .table import score_table


def roc_auc(y: ArrayLike, p: ArrayLike, weight: ArrayLike | None = None) -> float:
    """Probability that a random buyer scores above a random other lead, ties counting half.

    Scores may be any finite numbers. NaN where there are no buyers or nothing but buyers.
    """
    table = score_table(y, p, weight)
    others = table.rows - table.buyers
    pairs = table.buyers.sum() * others.sum()
    if pairs == 0:
        return float("nan")
    buyers_above = np.cumsum(table.buyers) - table.buyers / 2
    return float((others * buyers_above).sum() / pairs)


def average_precision(y: ArrayLike, p: ArrayLike, weight: ArrayLike | None = None) -> float:
    """Mean, over the buyers, of the share of buyers among all who score at least as high.

    Equal scores are reached together, as in `sklearn.metrics.average_precision_score`. NaN without buyers.
    """
    table = score_table(y, p, weight)
    buyers = table.buyers.sum()
    if buyers == 0:
        return float("nan")
    precision = np.cumsum(table.buyers) / np.cumsum(table.rows)
    return float((table.buyers * precision).sum() / buyers)


def lift(y: ArrayLike, p: ArrayLike, fraction: float, weight: ArrayLike | None = None) -> float:
    """Buyers among the `fraction` of highest scores, relative to a random pick of as many leads.

    The pick is `fraction * n` leads, not rounded. Where it ends inside a group of equal scores (or inside one
    lead), the group gives its expected share, so a constant score has a lift of exactly 1. NaN without buyers.

    Raises
    ------
    ValueError
        `fraction` is not in (0, 1].
    """
    if not 0 < fraction <= 1:
        raise ValueError(f"fraction must be above 0 and at most 1; it is {fraction}")
    table = score_table(y, p, weight)
    rows, buyers = table.rows.sum(), table.buyers.sum()
    if buyers == 0:
        return float("nan")
    reached = np.r_[0.0, np.cumsum(table.rows)]
    found = np.interp(fraction * rows, reached, np.r_[0.0, np.cumsum(table.buyers)])
    return float(found / buyers / fraction)


def gains_curve(y: ArrayLike, p: ArrayLike) -> pd.DataFrame:
    """Share of the buyers found by going down the scores.

    Returns
    -------
    pandas.DataFrame
        `leads_share` and `buyers_share`, from (0, 0) to (1, 1), one row for each distinct score; straight lines
        between the rows are the expected gain inside a group of equal scores. No rows where nobody bought.
    """
    table = score_table(y, p)
    buyers = table.buyers.sum()
    if buyers == 0:
        return pd.DataFrame({"leads_share": [], "buyers_share": []}, dtype=np.float64)
    return pd.DataFrame(
        {
            "leads_share": np.r_[0.0, np.cumsum(table.rows)] / table.rows.sum(),
            "buyers_share": np.r_[0.0, np.cumsum(table.buyers)] / buyers,
        }
    )
