"""What the drift costs at the present threshold, in lift points and in money, and what a buyer is worth."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..history import DEFAULT_MATURITY_DAYS, History
from .capture_fields import query_cohorts
from .launch_rows import LaunchRows

FloatArray = NDArray[np.float64]

_REVENUE = """
    WITH sold AS (
        SELECT place, lead_id, transaction_id, occurred_at AS bought_at FROM purchases JOIN cohorts USING (lead_id)
        WHERE bought AND occurred_at >= as_of AND occurred_at < until AND (product IS NULL OR product_id = product))
    SELECT place, lead_id, CAST(sum(net_amount) AS DOUBLE) AS revenue
    FROM purchases JOIN sold USING (lead_id, transaction_id)
    WHERE occurred_at < bought_at + to_days($days) AND coalesce(currency = $currency, true) GROUP BY ALL
"""


@dataclass(frozen=True)
class DriftCost:
    """``lift_points`` lost at 10%; ``ranking`` and ``threshold`` in the history's currency (None: no amount is known).

    ``basis`` says whether labels were known (``realised``) or the forecast stands for them (``expected``).
    """

    basis: str
    lift_points: float | None
    buyers_missed: float | None
    ranking: float | None
    threshold: float | None
    value_of_a_buyer: float | None
    currency: str | None


def compute_drift_cost(
    basis: str,
    lift: float | None,
    promised_lift: float | None,
    buyers: float,
    scored: FloatArray,
    true: FloatArray,
    threshold: float,
    value: float | None,
    currency: str | None,
) -> DriftCost:
    """The cost of ranking worse than promised, and of drawing the line with probabilities that are off.

    ``lift_points = max(promised - lift, 0)``: what the hottest tenth finds less. It holds 10% of the leads, so
    ``buyers_missed = lift_points x 0.1 x buyers``, each worth ``value``.

    Who contacts leads from a probability t on says that a contact costs t times a buyer's value: so a lead's contact
    brings ``(q - t) x value``, q its true chance (Vickers and Elkin, 2006). ``threshold`` is the sum of that over those
    who ought to be contacted (``q >= t``) less the sum over those who are (``scored >= t``); it is never negative.
    """
    points = None if lift is None or promised_lift is None else max(promised_lift - lift, 0.0)
    missed = None if points is None else points * 0.1 * buyers
    regret = float(((true - threshold) * ((true >= threshold).astype(float) - (scored >= threshold))).sum())
    ranking = None if value is None or missed is None else missed * value
    in_money = None if value is None else regret * value
    return DriftCost(basis, points, missed, ranking, in_money, value, currency)


def compute_revenues(history: History, launches: Sequence[LaunchRows], currency: str | None) -> list[FloatArray]:
    """What each lead of each launch paid for its product in its window, net of refunds within the maturity."""
    values = {"days": DEFAULT_MATURITY_DAYS, "currency": currency}
    paid = query_cohorts(history, [_windows(rows) for rows in launches], _REVENUE, values)
    return [
        found.set_index("lead_id")["revenue"].reindex(rows.leads["lead_id"]).fillna(0.0).to_numpy(np.float64)
        for found, rows in zip(paid, launches, strict=True)
    ]


def _windows(rows: LaunchRows) -> pd.DataFrame:
    product = pd.Series(rows.launch.product_id, rows.leads.index, dtype="str")  # missing where any product counts
    return rows.leads[["lead_id", "as_of", "until"]].assign(product=product)


def compute_buyer_value(launches: Sequence[LaunchRows], paid: Sequence[FloatArray]) -> float | None:
    """The buyers' mean ``revenues``; None where no amount is known."""
    labels = [rows.settled_label[1].fillna(0).to_numpy(np.int64) for rows in launches]
    known = np.concatenate([own[label == 1] for own, label in zip(paid, labels, strict=True)])
    return float(known.mean()) if len(known) and known.any() else None
