"""What buy-till-you-die models read of a lead, and how their four numbers are found.

The models differ in when a buyer is lost. Both take the same three facts, in one unit of time (here days).
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import minimize

Values = NDArray[np.float64]

#: More buyers tell four numbers hardly better, and cost time.
_MOST_BUYERS = 4_000
# Bounds and a weak normal prior of the logarithms keep a number finite where the data say nothing of it: in some shops
# the loss of buyers fits to zero.
_FURTHEST, _SPREAD = 9.0, 10.0
_CLOSE: Any = {"ftol": 1e-12, "gtol": 1e-7, "maxiter": 200}


class RfmSummary(NamedTuple):
    """Per buyer: ``repeats`` (purchase days after the first), ``last`` (time from the first to the last), ``age``."""

    repeats: Values
    last: Values
    age: Values


def build_rfm_summary(table: pd.DataFrame) -> RfmSummary:
    """Of a feature table, in days; NaN for leads who never bought. Two purchases on one UTC day are one.

    Needs ``purchase_days``, ``days_from_first_to_last_purchase`` and ``days_since_first_purchase``.
    """
    days = table["purchase_days"].to_numpy(np.float64)
    repeats = np.where(days > 0, days - 1, np.nan)
    last = np.where(repeats > 0, table["days_from_first_to_last_purchase"].to_numpy(np.float64), 0.0 * repeats)
    return RfmSummary(repeats, last, table["days_since_first_purchase"].to_numpy(np.float64))


def maximize_likelihood(log_likelihood: Callable[[Values, RfmSummary], Values], buyers: RfmSummary) -> Values:
    """The four positive numbers that make these buyers likeliest; of very many buyers every k-th is used.

    ``log_likelihood`` takes the numbers and buyers and gives a value a buyer. Leads without a purchase are left out.
    Raises ValueError where nobody has bought.
    """
    bought = np.flatnonzero(np.isfinite(buyers.repeats + buyers.last + buyers.age))
    if not len(bought):
        raise ValueError("nobody has bought, so there is no rhythm of buying to fit")
    used = bought[:: -(-len(bought) // _MOST_BUYERS)]
    some = RfmSummary(*(values[used] for values in buyers))

    def loss(logs: Values) -> float:
        value = -float(np.sum(log_likelihood(np.exp(logs), some))) + 0.5 * float(np.sum((logs / _SPREAD) ** 2))
        return value / len(used)

    found = minimize(loss, np.zeros(4), method="L-BFGS-B", bounds=[(-_FURTHEST, _FURTHEST)] * 4, options=_CLOSE)
    numbers: Values = np.exp(found.x)
    return numbers
