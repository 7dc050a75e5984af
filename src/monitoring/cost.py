"""What the drift costs at the present threshold, in lift points and in money."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Cost:
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


def drift_cost(
    basis: str,
    lift: float | None,
    promised_lift: float | None,
    buyers: float,
    scored: FloatArray,
    true: FloatArray,
    threshold: float,
    value: float | None,
    currency: str | None,
) -> Cost:
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
    return Cost(basis, points, missed, ranking, in_money, value, currency)
