"""The advice follows from the evidence, and a schedule can read it."""

from dataclasses import replace
from typing import get_args

from hotleads.checks.codes import LATE_ROWS
from hotleads.cli.commands.monitoring import EXIT_CODES
from hotleads.monitoring import MonitoringResult
from hotleads.monitoring.advice import Action, advise
from hotleads.monitoring.signals import DriftSignal

ALARM = DriftSignal("covariate", "AUC", 0.8, 0.5, 0.6, True, "others came")


def test_broken_attribution_stops_whatever_the_labels_are(monitored: MonitoringResult) -> None:
    broken = DriftSignal("attribution", "share left", 0.0, 1.0, 0.5, True, "gone: utm_source")
    advice = advise("attribution", [broken], monitored.realised, 0.7, ())
    assert advice.action == "stop"
    assert "gone: utm_source" in advice.reasons[0]


def test_a_ranking_below_its_promise_is_retrained_and_a_lost_calibration_recalibrated(
    monitored: MonitoringResult,
) -> None:
    assert monitored.realised is not None
    worse = replace(monitored.realised, metrics={**monitored.realised.metrics, "roc_auc": 0.55})
    off = replace(monitored.realised, calibration_is_off=True)
    assert advise("none", [], worse, 0.7, ()).action == "retrain"
    rate = DriftSignal("conversion", "log-odds", -0.9, 0.0, -0.5, True, "fewer bought")
    assert advise("conversion", [rate], off, 0.7, ()).action == "recalibrate"
    assert advise("none", [], off, 0.7, ()).action == "keep"
    assert advise("covariate", [ALARM], monitored.realised, 0.7, ()).action == "keep"


def test_a_ranking_no_better_than_chance_is_retrained_and_not_recalibrated(monitored: MonitoringResult) -> None:
    assert monitored.realised is not None
    rate = DriftSignal("conversion", "log-odds", -0.9, 0.0, -0.5, True, "fewer bought")
    nothing = replace(
        monitored.realised,
        calibration_is_off=True,
        metrics={**monitored.realised.metrics, "roc_auc": 0.51},
        intervals={**monitored.realised.intervals, "roc_auc": (0.46, 0.56)},
    )
    advice = advise("conversion", [rate], nothing, 0.45, ())
    assert advice.action == "retrain"
    assert "no calibration mends" in advice.reasons[1]


def test_without_labels_drift_advises_to_retrain_only_where_launches_are_untrained(
    monitored: MonitoringResult,
) -> None:
    assert advise("covariate", [ALARM], None, float("nan"), ("2025-01",)).action == "retrain"
    assert advise("covariate", [ALARM], None, float("nan"), ()).action == "keep"
    assert advise("none", [], None, float("nan"), ("2025-01",)).action == "keep"


def test_every_advice_has_an_exit_code_that_no_error_has() -> None:
    assert set(EXIT_CODES) == set(get_args(Action))
    assert len(set(EXIT_CODES.values())) == len(EXIT_CODES)
    assert not {1, 2} & set(EXIT_CODES.values())


def test_before_labels_late_rows_stop_since_scoring_again_would_change_the_scores() -> None:
    late = LATE_ROWS.build_finding("events", "", 0, "the last row before the launch is 90 hours old")
    advice = advise("none", [], None, float("nan"), (), [late])
    assert advice.action == "stop"
    assert "events: the last row before the launch is 90 hours old" in advice.reasons
