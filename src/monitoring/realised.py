"""Realised quality of a launch: metrics with intervals, recalibration, conversion and revenue by tier."""

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

_MIN_BUYERS = 10
_DRAWS = 200
#: A calibration is off where a recalibrated line fits the labels better by more than chance at this level.
_FALSE_ALARM_RATE = 0.001


@dataclass(frozen=True)
class RealisedQuality:
    """The metrics of a launch whose labels are known.

    ``label`` names the labels that were used, ``mature`` or ``plain``; ``recalibration`` is the line on the logit that
    fits them, ``recalibrated`` the metrics with that line.

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
    """Measure the launch's scores by its labels; return None where fewer than ten leads bought, or did not buy.

    ``tier`` and ``revenue`` (see ``compute_revenues``) have a value a lead.
    """
    kind, label = launch.settled_label
    labelled = label.notna().to_numpy()
    y, p = label[labelled].to_numpy(np.int64), launch.probability[labelled]
    if min(int(y.sum()), int((1 - y).sum())) < _MIN_BUYERS:
        return None
    line = fit_calibration(launch.logit[labelled], y, np.ones(len(y)))
    better = compute_probabilities(line.slope * launch.logit[labelled] + line.intercept)
    gained = 2 * len(y) * (log_loss(y, p) - log_loss(y, better))
    return RealisedQuality(
        kind,
        summarize(y, p),
        bootstrap_summary(y, p, launch.leads["lead_id"][labelled], options=BootstrapOptions(draws=_DRAWS)),
        simulate_calibrated_ece(p),
        line,
        summarize(y, better),
        bool(gained > chi2.ppf(1 - _FALSE_ALARM_RATE, 2)),
        _summarize_tiers(tier[labelled], y, p, revenue[labelled]),
    )


def _summarize_tiers(
    tier: NDArray[np.str_], y: NDArray[np.int64], p: NDArray[np.float64], revenue: NDArray[np.float64]
) -> pd.DataFrame:
    rows = pd.DataFrame({"tier": tier, "leads": 1, "buyers": y, "expected_buyers": p, "revenue": revenue})
    table = rows.groupby("tier").sum().reindex(list(TIERS), fill_value=0).reset_index()
    low, high = compute_wilson_interval(table["buyers"], table["leads"])
    conversion = table["buyers"] / table["leads"].where(table["leads"] > 0)
    return table.assign(conversion=conversion, low=low, high=high)
