"""The RFM summary that buy-till-you-die models read, and the fit of their four parameters.

The models differ in when a buyer is lost. Both read frequency, recency and age, in one unit of time (here days).
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import minimize

Values = NDArray[np.float64]

#: More buyers hardly improve four parameters, and cost time.
_MAX_BUYERS = 4_000
# Bounds and a weak normal prior of the logarithms keep a parameter finite where the data do not determine it: in some
# shops the loss of buyers fits to zero.
_MAX_ABS_LOG, _PRIOR_SPREAD = 9.0, 10.0
_OPTIMIZER_OPTIONS: Any = {"ftol": 1e-12, "gtol": 1e-7, "maxiter": 200}


class RfmSummary(NamedTuple):
    """Recency and frequency of buyers, in the notation of Fader, Hardie and Lee (2005); one value a buyer.

    Attributes
    ----------
    frequency : numpy.ndarray of float64
        Repeat purchases: days with a purchase after the first one (``x`` in the paper).
    recency : numpy.ndarray of float64
        Time from the first to the last purchase (``t_x``); 0 without a repeat purchase.
    T : numpy.ndarray of float64
        Age: time from the first purchase to now.
    """

    frequency: Values
    recency: Values
    T: Values


def build_rfm_summary(table: pd.DataFrame) -> RfmSummary:
    """Build the RFM summary of a feature table, in days; NaN for leads who never bought.

    Two purchases on one UTC day are one. Needs ``purchase_days``, ``days_from_first_to_last_purchase`` and
    ``days_since_first_purchase``.
    """
    days = table["purchase_days"].to_numpy(np.float64)
    frequency = np.where(days > 0, days - 1, np.nan)
    span = table["days_from_first_to_last_purchase"].to_numpy(np.float64)
    recency = np.where(frequency > 0, span, 0.0 * frequency)
    return RfmSummary(frequency, recency, table["days_since_first_purchase"].to_numpy(np.float64))


def maximize_likelihood(log_likelihood: Callable[[Values, RfmSummary], Values], buyers: RfmSummary) -> Values:
    """Return the four positive parameters that make these buyers likeliest; of very many buyers every k-th is used.

    ``log_likelihood`` takes parameters and buyers and returns a value a buyer. Leads without a purchase are left out.
    Raises ValueError where nobody has bought.
    """
    bought = np.flatnonzero(np.isfinite(buyers.frequency + buyers.recency + buyers.T))
    if not len(bought):
        raise ValueError("nobody has bought, so there is no rhythm of buying to fit")
    used = bought[:: -(-len(bought) // _MAX_BUYERS)]
    sample = RfmSummary(*(values[used] for values in buyers))

    def loss(logs: Values) -> float:
        value = -float(np.sum(log_likelihood(np.exp(logs), sample))) + 0.5 * float(np.sum((logs / _PRIOR_SPREAD) ** 2))
        return value / len(used)

    solution = minimize(
        loss, np.zeros(4), method="L-BFGS-B", bounds=[(-_MAX_ABS_LOG, _MAX_ABS_LOG)] * 4, options=_OPTIMIZER_OPTIONS
    )
    parameters: Values = np.exp(solution.x)
    return parameters
