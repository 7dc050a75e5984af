"""The diagnosis is the switch's, on one seed; ``benchmarks/drift.py`` has twenty."""

from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import pytest

from history import History
from monitoring.diagnosis import diagnose, signals_of
from monitoring.launch_rows import LaunchRows, launch_rows
from monitoring.prior import prior_signal
from scoring import Model

from .conftest import simulated


@pytest.mark.parametrize(
    ("cause", "switch"),
    [
        ("covariate", {"drift": ["covariate-shift"]}),
        ("campaign mix", {"drift": ["campaign-mix"]}),
        ("tracking", {"defects": ["broken-pixel"]}),
    ],
)
def test_a_switch_is_told_before_any_label(
    cause: str, switch: dict[str, list[str]], tmp_path: Path, model: Model, earlier: list[LaunchRows]
) -> None:
    history: History = simulated(tmp_path, **switch)
    rows = launch_rows(history, list(history.launches.values())[-1], model)
    signals = signals_of(history, rows, earlier, model)
    assert diagnose(signals) == cause, [signal.evidence for signal in signals]


def test_a_rate_that_fell_alone_is_the_priors(rows: LaunchRows, model: Model) -> None:
    p = rows.probability
    random = np.random.default_rng(0)
    same, halved = (pd.Series(random.random(len(p)) < share * p, dtype="Int8") for share in (1.0, 0.4))
    assert not prior_signal(same, p, model.card).alarm
    assert prior_signal(halved, p, model.card).alarm


def test_no_label_no_verdict(rows: LaunchRows, model: Model) -> None:
    nothing = pd.Series([pd.NA] * len(rows.leads), dtype="Int8")
    assert prior_signal(nothing, rows.probability, model.card).value is None


@pytest.mark.slow
def test_the_study_in_small(study: Callable[[str], ModuleType], capsys: pytest.CaptureFixture[str]) -> None:
    drift = study("drift")
    found = drift.one_seed(3, leads=6_000)
    drift.report(found)
    assert {each["cause"]: each["diagnosis"] for each in found} == {cause: cause for cause in drift.SWITCHES}
    recalibrated = next(each for each in found if each["cause"] == "prior")
    assert recalibrated["advice"] == "recalibrate"
    assert recalibrated["ece"]["true_after"] < 0.02 < recalibrated["ece"]["true_before"]
    assert "| none | 1 | 0 | 0 | 0 | 0 |" in capsys.readouterr().out
