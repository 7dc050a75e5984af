"""What the drift costs at the present threshold, in lift points and in money, and what a buyer is worth."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..history import History
from ..history.outcomes import read_revenues
from .launch_rows import LaunchRows

FloatArray = NDArray[np.float64]


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
    leads = pd.concat([rows.leads[["lead_id", "as_of", "until"]] for rows in launches], ignore_index=True)
    sizes = [len(rows.leads) for rows in launches]
    products = np.repeat(np.array([rows.launch.product_id for rows in launches], object), sizes).tolist()
    return np.split(read_revenues(history, leads, products, currency), np.cumsum(sizes)[:-1])


def compute_buyer_value(launches: Sequence[LaunchRows], revenues: Sequence[FloatArray]) -> float | None:
    """Compute the buyers' mean revenue; return None where no amount is known."""
    labels = [rows.settled_label[1].fillna(0).to_numpy(np.int64) for rows in launches]
    paid = np.concatenate([revenue[label == 1] for revenue, label in zip(revenues, labels, strict=True)])
    return float(paid.mean()) if len(paid) and paid.any() else None
