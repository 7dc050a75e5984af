"""Metrics of scores and labels from any source: ranking, calibration, intervals.

Labels are 0 or 1, one a row. A figure that is undefined (no rows, one class) is NaN; in `summarize`, None.
"""

from typing import TYPE_CHECKING

from ..lazy_exports import attach_exports

if TYPE_CHECKING:
    from .calibration import (
        CalibrationLine,
        brier,
        build_reliability_table,
        expected_calibration_error,
        fit_calibration_line,
        log_loss,
    )
    from .intervals import (
        BootstrapOptions,
        Interval,
        Metric,
        compute_differences,
        compute_paired_differences,
        compute_ranking_differences,
        simulate_calibrated_ece,
    )
    from .ranking import average_precision, compute_auc_variance, compute_gains_curve, lift, roc_auc
    from .rates import compute_wilson_interval, shrink_rates
    from .summary import SUMMARY_METRICS, bootstrap_summary, summarize

__all__ = [
    "SUMMARY_METRICS",
    "BootstrapOptions",
    "CalibrationLine",
    "Interval",
    "Metric",
    "average_precision",
    "bootstrap_summary",
    "brier",
    "build_reliability_table",
    "compute_auc_variance",
    "compute_differences",
    "compute_gains_curve",
    "compute_paired_differences",
    "compute_ranking_differences",
    "compute_wilson_interval",
    "expected_calibration_error",
    "fit_calibration_line",
    "lift",
    "log_loss",
    "roc_auc",
    "shrink_rates",
    "simulate_calibrated_ece",
    "summarize",
]

__getattr__, __dir__ = attach_exports(__name__)
