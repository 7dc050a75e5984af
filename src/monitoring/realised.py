"""What became of a launch: realised figures against the promised ones, conversion and revenue a tier."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import chi2

from ..evaluation import (
    BootstrapOptions,
    Interval,
    bootstrap_summary,
    compute_wilson_interval,
    log_loss,
    simulate_calibrated_ece,
    summarize,
)
from ..scoring import TIERS, Calibration, compute_probabilities
from ..training.calibration import fit_calibration
from .launch_rows import LaunchRows

_LEAST_BUYERS = 10
_DRAWS = 200
#: A calibration is off where one line more fits the labels better than chance would, one launch in so many.
_FALSE_ALARM = 0.001


@dataclass(frozen=True)
class RealisedQuality:
    """``label`` says which was used, ``mature`` or ``plain``; ``recalibration`` is the line that would have been right.

    ``tiers``: ``tier, leads, buyers, conversion, low, high, expected_buyers, revenue`` (net of refunds so far).
    """

    label: str
    metrics: Mapping[str, Any]
    intervals: Mapping[str, tuple[float, float]]
    ece_by_chance: Interval
    recalibration: Calibration
    recalibrated: Mapping[str, Any]
    calibration_is_off: bool
    tiers: pd.DataFrame


def measure_realised_quality(
    launch: LaunchRows, tier: NDArray[np.str_], revenue: NDArray[np.float64]
) -> RealisedQuality | None:
    """Judge the launch's scores by its labels; None where fewer than ten leads are known to have bought, or not to.

    ``tier`` and ``revenue`` (see ``revenues``) have a value a lead.
    """
    kind, label = launch.settled_label
    known = label.notna().to_numpy()
    y, p = label[known].to_numpy(np.int64), launch.probability[known]
    if min(int(y.sum()), int((1 - y).sum())) < _LEAST_BUYERS:
        return None
    line = fit_calibration(launch.logit[known], y, np.ones(len(y)))
    better = compute_probabilities(line.slope * launch.logit[known] + line.intercept)
    gained = 2 * len(y) * (log_loss(y, p) - log_loss(y, better))
    return RealisedQuality(
        kind,
        summarize(y, p),
        bootstrap_summary(y, p, launch.leads["lead_id"][known], options=BootstrapOptions(draws=_DRAWS)),
        simulate_calibrated_ece(p),
        line,
        summarize(y, better),
        bool(gained > chi2.ppf(1 - _FALSE_ALARM, 2)),
        _tiers(tier[known], y, p, revenue[known]),
    )


def _tiers(
    tier: NDArray[np.str_], y: NDArray[np.int64], p: NDArray[np.float64], revenue: NDArray[np.float64]
) -> pd.DataFrame:
    rows = pd.DataFrame({"tier": tier, "leads": 1, "buyers": y, "expected_buyers": p, "revenue": revenue})
    table = rows.groupby("tier").sum().reindex(list(TIERS), fill_value=0).reset_index()
    low, high = compute_wilson_interval(table["buyers"], table["leads"])
    conversion = table["buyers"] / table["leads"].where(table["leads"] > 0)
    return table.assign(conversion=conversion, low=low, high=high)
