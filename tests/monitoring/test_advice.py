"""The advice follows from the evidence, and a schedule can read it."""

from dataclasses import replace
from typing import get_args

from hotleads.commands.monitoring import EXIT_CODES
from monitoring import Monitored
from monitoring.advice import Action, advise
from monitoring.signals import Signal

ALARM = Signal("covariate", "AUC", 0.8, 0.5, 0.6, True, "others came")


def test_broken_tracking_stops_whatever_the_labels_say(monitored: Monitored) -> None:
    broken = Signal("tracking", "share left", 0.0, 1.0, 0.5, True, "gone: utm_source")
    advice = advise("tracking", [broken], monitored.expected, monitored.matured, ())
    assert advice.action == "stop"
    assert "gone: utm_source" in advice.reasons[0]


def test_a_ranking_below_its_promise_is_retrained_and_a_lost_calibration_recalibrated(monitored: Monitored) -> None:
    assert monitored.matured is not None
    worse = replace(monitored.matured, metrics={**monitored.matured.metrics, "roc_auc": 0.55})
    off = replace(monitored.matured, calibration_is_off=True)
    assert advise("none", [], monitored.expected, worse, ()).action == "retrain"
    rate = Signal("prior", "log-odds", -0.9, 0.0, -0.5, True, "fewer bought")
    assert advise("prior", [rate], monitored.expected, off, ()).action == "recalibrate"
    assert advise("none", [], monitored.expected, off, ()).action == "keep"
    assert advise("covariate", [ALARM], monitored.expected, monitored.matured, ()).action == "keep"


def test_before_labels_a_change_asks_for_launches_not_yet_learned_from(monitored: Monitored) -> None:
    assert advise("covariate", [ALARM], monitored.expected, None, ("2025-01",)).action == "retrain"
    assert advise("covariate", [ALARM], monitored.expected, None, ()).action == "keep"
    assert advise("none", [], monitored.expected, None, ("2025-01",)).action == "keep"


def test_every_advice_has_an_exit_code_that_no_error_has() -> None:
    assert set(EXIT_CODES) == set(get_args(Action))
    assert len(set(EXIT_CODES.values())) == len(EXIT_CODES)
    assert not {1, 2} & set(EXIT_CODES.values())
