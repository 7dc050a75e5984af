"""Numbers about scores and labels, wherever they come from: ranking, calibration, intervals.

Labels are 0 or 1, one a row. A figure that is undefined (no rows, one class) is NaN; in `summarize`, None.
"""

from .calibration import (
    CalibrationLine,
    brier,
    calibration_line,
    expected_calibration_error,
    log_loss,
    reliability_table,
)
from .intervals import (
    Interval,
    Metric,
    bootstrap_intervals,
    differences_to,
    ece_by_chance,
    paired_differences,
)
from .ranking import average_precision, gains_curve, lift, roc_auc
from .rates import shrunk_rates, wilson_interval
from .summary import SUMMARY_METRICS, summarize, summary_intervals

__all__ = [
    "SUMMARY_METRICS",
    "CalibrationLine",
    "Interval",
    "Metric",
    "average_precision",
    "bootstrap_intervals",
    "brier",
    "calibration_line",
    "differences_to",
    "ece_by_chance",
    "expected_calibration_error",
    "gains_curve",
    "lift",
    "log_loss",
    "paired_differences",
    "reliability_table",
    "roc_auc",
    "shrunk_rates",
    "summarize",
    "summary_intervals",
    "wilson_interval",
]
