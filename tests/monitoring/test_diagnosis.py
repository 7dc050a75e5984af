"""The diagnosis is the switch's, on one seed; ``benchmarks/drift.py`` has twenty."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from unittest.mock import ANY

import numpy as np
import pandas as pd
import pytest

from hotleads.history import History
from hotleads.monitoring.conversion import Outcome, measure_conversion
from hotleads.monitoring.diagnosis import diagnose, measure_signals
from hotleads.monitoring.launch_rows import LaunchRows, read_launch_rows
from hotleads.scoring import Model

from .conftest import simulated


@pytest.mark.parametrize(
    ("cause", "switch"),
    [
        ("covariate", {"drift": ["covariate-shift"]}),
        ("campaign mix", {"drift": ["campaign-mix"]}),
        ("attribution", {"defects": ["broken-pixel"]}),
    ],
)
def test_each_switch_is_diagnosed_before_any_label(
    cause: str, switch: dict[str, list[str]], tmp_path: Path, model: Model, earlier: list[LaunchRows]
) -> None:
    history: History = simulated(tmp_path, **switch)
    rows = read_launch_rows(history, list(history.launches.values())[-1], model)
    signals = measure_signals(history, rows, earlier, model)
    assert diagnose(signals) == cause, [signal.evidence for signal in signals]


def test_a_rate_that_fell_alone_is_an_alarm_of_conversion(rows: LaunchRows, model: Model) -> None:
    p = rows.probability
    random = np.random.default_rng(0)
    same, halved = (pd.Series(random.random(len(p)) < share * p, dtype="Int8") for share in (1.0, 0.4))
    assert not measure_conversion(Outcome.from_labels(same, p), [], model.card).alarm
    assert measure_conversion(Outcome.from_labels(halved, p), [], model.card).alarm


def test_rates_that_stay_off_are_an_alarm_together() -> None:
    """Unseen windows lie .6 apart: one launch off by one is no alarm, five are, five that stray both ways are not."""
    offsets = [-0.6, 0.0, 0.6, 0.3, -0.3]
    windows = {
        str(n): {"buyers": 2_000 * rate(offset), "n": 2_000, "mean_probability": 0.2}
        for n, offset in enumerate(offsets)
    }
    card = {"quality_on_unseen_windows": windows}
    off = [Outcome(2_000 * rate(offset), 2_000, 0.2) for offset in (1.0, 1.0, 1.0, 1.0, 1.0)]
    alone, together = measure_conversion(off[0], [], card), measure_conversion(off[0], off[1:], card)
    assert not alone.alarm
    assert together.alarm
    assert together.value == pytest.approx(1.0, abs=0.01)
    assert "as the mean of 5 launches not learned from" in together.evidence
    both_ways = [Outcome(2_000 * rate(offset), 2_000, 0.2) for offset in (-1.0, 1.0, -1.0, 0.0)]
    assert measure_conversion(off[0], both_ways, card) == replace(alone, details=alone.details | {"unlearned": ANY})


def rate(offset: float) -> float:
    """The rate whose log-odds lie so much above those of .2."""
    return float(1 / (1 + np.exp(-offset) * 4))


def test_without_labels_conversion_is_unknown(rows: LaunchRows, model: Model) -> None:
    nothing = pd.Series([pd.NA] * len(rows.leads), dtype="Int8")
    assert measure_conversion(Outcome.from_labels(nothing, rows.probability), [], model.card).value is None


@pytest.mark.slow
def test_the_study_in_small(study: Callable[[str], ModuleType], capsys: pytest.CaptureFixture[str]) -> None:
    drift = study("drift")
    results = drift.diagnose_seed(3, leads=6_000)
    drift.report(results)
    assert {result["cause"]: result["diagnosis"] for result in results} == {cause: cause for cause in drift.SWITCHES}
    recalibrated = next(result for result in results if result["cause"] == "conversion")
    assert recalibrated["advice"] == "recalibrate"
    assert recalibrated["ece"]["true_after"] < 0.02 < recalibrated["ece"]["true_before"]
    assert "| none | 1 | 0 | 0 | 0 | 0 |" in capsys.readouterr().out
