"""What leads paid in their windows, and what a buyer is worth."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..history import DEFAULT_MATURITY_DAYS, History
from .launch_rows import LaunchRows
from .of_cohorts import of_cohorts

_REVENUE = """
    WITH sold AS (
        SELECT place, lead_id, transaction_id, occurred_at AS bought_at FROM purchases JOIN cohorts USING (lead_id)
        WHERE bought AND occurred_at >= as_of AND occurred_at < until AND (product IS NULL OR product_id = product))
    SELECT place, lead_id, CAST(sum(net_amount) AS DOUBLE) AS revenue
    FROM purchases JOIN sold USING (lead_id, transaction_id)
    WHERE occurred_at < bought_at + to_days($days) AND coalesce(currency = $currency, true) GROUP BY ALL
"""

FloatArray = NDArray[np.float64]


def revenues(history: History, launches: Sequence[LaunchRows], currency: str | None) -> list[FloatArray]:
    """What each lead of each launch paid for its product in its window, net of refunds within the maturity."""
    values = {"days": DEFAULT_MATURITY_DAYS, "currency": currency}
    paid = of_cohorts(history, [_windows(rows) for rows in launches], _REVENUE, values)
    return [
        found.set_index("lead_id")["revenue"].reindex(rows.leads["lead_id"]).fillna(0.0).to_numpy(np.float64)
        for found, rows in zip(paid, launches, strict=True)
    ]


def _windows(rows: LaunchRows) -> pd.DataFrame:
    product = pd.Series(rows.launch.product_id, rows.leads.index, dtype="str")  # missing where any product counts
    return rows.leads[["lead_id", "as_of", "until"]].assign(product=product)


def value_of_a_buyer(launches: Sequence[LaunchRows], paid: Sequence[FloatArray]) -> float | None:
    """The buyers' mean ``revenues``; None where no amount is known."""
    labels = [rows.settled_label[1].fillna(0).to_numpy(np.int64) for rows in launches]
    known = np.concatenate([own[label == 1] for own, label in zip(paid, labels, strict=True)])
    return float(known.mean()) if len(known) and known.any() else None
