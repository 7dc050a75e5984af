"""What the drift costs at the present threshold, in lift points and in money, and what a buyer is worth."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

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


class BuyerValue(NamedTuple):
    """What a buyer is worth on average; None where no amount is known."""

    amount: float | None
    currency: str | None


class LaunchOutcome(NamedTuple):
    """What became of a launch, or what is expected of it before its labels are known.

    ``basis`` is ``realised`` or ``expected``; ``probability`` is each lead's true chance to buy, by the recalibrated
    model or by the forecast itself.
    """

    basis: str
    lift_10: float | None
    buyers: float
    probability: FloatArray


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
    buyer_value: float | None
    currency: str | None


def compute_drift_cost(
    outcome: LaunchOutcome, promised_lift: float | None, scored: FloatArray, threshold: float, value: BuyerValue
) -> DriftCost:
    """Compute the cost of ranking worse than promised, and of a threshold on probabilities that are off.

    ``lift_points = max(promised - lift, 0)``: what the hottest tenth finds less. It holds 10% of the leads, so
    ``buyers_missed = lift_points x 0.1 x buyers``, each worth ``value.amount``.

    Who contacts leads from a probability t on implies that a contact costs t times a buyer's value: so a lead's contact
    brings ``(q - t) x value``, q its true chance (Vickers and Elkin, 2006). ``threshold`` is the sum of that over those
    who ought to be contacted (``q >= t``) less the sum over those who are (``scored >= t``); it is never negative.
    """
    lift, true, amount = outcome.lift_10, outcome.probability, value.amount
    points = None if lift is None or promised_lift is None else max(promised_lift - lift, 0.0)
    missed = None if points is None else points * 0.1 * outcome.buyers
    regret = float(((true - threshold) * ((true >= threshold).astype(float) - (scored >= threshold))).sum())
    ranking = None if amount is None or missed is None else missed * amount
    at_threshold = None if amount is None else regret * amount
    return DriftCost(outcome.basis, points, missed, ranking, at_threshold, amount, value.currency)


def compute_revenues(history: History, launches: Sequence[LaunchRows], currency: str | None) -> list[FloatArray]:
    """Compute what each lead paid for its launch's product in its window, net of refunds within the maturity."""
    values = {"days": DEFAULT_MATURITY_DAYS, "currency": currency}
    revenues = query_cohorts(history, [_select_windows(rows) for rows in launches], _REVENUE, values)
    return [
        revenue.set_index("lead_id")["revenue"].reindex(rows.leads["lead_id"]).fillna(0.0).to_numpy(np.float64)
        for revenue, rows in zip(revenues, launches, strict=True)
    ]


def _select_windows(rows: LaunchRows) -> pd.DataFrame:
    product = pd.Series(rows.launch.product_id, rows.leads.index, dtype="str")  # missing where any product counts
    return rows.leads[["lead_id", "as_of", "until"]].assign(product=product)


def compute_buyer_value(launches: Sequence[LaunchRows], revenues: Sequence[FloatArray]) -> float | None:
    """Compute the buyers' mean revenue; return None where no amount is known."""
    labels = [rows.settled_label[1].fillna(0).to_numpy(np.int64) for rows in launches]
    paid = np.concatenate([revenue[label == 1] for revenue, label in zip(revenues, labels, strict=True)])
    return float(paid.mean()) if len(paid) and paid.any() else None
