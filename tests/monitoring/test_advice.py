"""The advice follows from the evidence, and a schedule can read it."""

from dataclasses import replace
from typing import get_args

from hotleads.cli.commands.monitoring import EXIT_CODES
from hotleads.monitoring import Monitored
from hotleads.monitoring.advice import Action, advise
from hotleads.monitoring.signals import Signal

ALARM = Signal("covariate", "AUC", 0.8, 0.5, 0.6, True, "others came")


def test_broken_tracking_stops_whatever_the_labels_say(monitored: Monitored) -> None:
    broken = Signal("tracking", "share left", 0.0, 1.0, 0.5, True, "gone: utm_source")
    advice = advise("tracking", [broken], monitored.matured, 0.7, ())
    assert advice.action == "stop"
    assert "gone: utm_source" in advice.reasons[0]


def test_a_ranking_below_its_promise_is_retrained_and_a_lost_calibration_recalibrated(monitored: Monitored) -> None:
    assert monitored.matured is not None
    worse = replace(monitored.matured, metrics={**monitored.matured.metrics, "roc_auc": 0.55})
    off = replace(monitored.matured, calibration_is_off=True)
    assert advise("none", [], worse, 0.7, ()).action == "retrain"
    rate = Signal("prior", "log-odds", -0.9, 0.0, -0.5, True, "fewer bought")
    assert advise("prior", [rate], off, 0.7, ()).action == "recalibrate"
    assert advise("none", [], off, 0.7, ()).action == "keep"
    assert advise("covariate", [ALARM], monitored.matured, 0.7, ()).action == "keep"


def test_an_order_that_tells_nothing_is_retrained_and_not_calibrated(monitored: Monitored) -> None:
    assert monitored.matured is not None
    rate = Signal("prior", "log-odds", -0.9, 0.0, -0.5, True, "fewer bought")
    nothing = replace(
        monitored.matured,
        calibration_is_off=True,
        metrics={**monitored.matured.metrics, "roc_auc": 0.51},
        intervals={**monitored.matured.intervals, "roc_auc": (0.46, 0.56)},
    )
    advice = advise("prior", [rate], nothing, 0.45, ())
    assert advice.action == "retrain"
    assert "no calibration mends" in advice.reasons[1]


def test_before_labels_a_change_asks_for_launches_not_yet_learned_from(monitored: Monitored) -> None:
    assert advise("covariate", [ALARM], None, float("nan"), ("2025-01",)).action == "retrain"
    assert advise("covariate", [ALARM], None, float("nan"), ()).action == "keep"
    assert advise("none", [], None, float("nan"), ("2025-01",)).action == "keep"


def test_every_advice_has_an_exit_code_that_no_error_has() -> None:
    assert set(EXIT_CODES) == set(get_args(Action))
    assert len(set(EXIT_CODES.values())) == len(EXIT_CODES)
    assert not {1, 2} & set(EXIT_CODES.values())
