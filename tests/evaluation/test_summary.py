"""The dictionary that reports, gates and tracking share."""

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotleads.evaluation import BootstrapOptions, bootstrap_summary, brier, summarize

KEYS = [
    "n",
    "buyers",
    "base_rate",
    "mean_probability",
    "roc_auc",
    "average_precision",
    "lift_5",
    "lift_10",
    "lift_20",
    "brier",
    "log_loss",
    "ece",
    "calibration_slope",
    "calibration_intercept",
]


def test_summary_by_hand() -> None:
    # Probabilities 0.75 and 0.25, ten leads each; 8 and 1 bought.
    y, p = [1] * 8 + [0] * 2 + [1] + [0] * 9, [0.75] * 10 + [0.25] * 10
    assert summarize(y, p) == pytest.approx(
        {
            "n": 20,
            "buyers": 9,
            "base_rate": 0.45,
            "mean_probability": 0.5,
            "roc_auc": (8 * 9 + (8 * 2 + 1 * 9) / 2) / (9 * 11),
            "average_precision": (8 * 0.8 + 1 * 9 / 20) / 9,
            "lift_5": 0.8 / 0.45,
            "lift_10": 0.8 / 0.45,
            "lift_20": 0.8 / 0.45,
            "brier": (17 * 0.25**2 + 3 * 0.75**2) / 20,
            "log_loss": -(17 * math.log(0.75) + 3 * math.log(0.25)) / 20,
            "ece": (0.05 + 0.15) / 2,
            "calibration_slope": (math.log(4) + math.log(9)) / (2 * math.log(3)),
            "calibration_intercept": (math.log(4) - math.log(9)) / 2,
        },
        abs=1e-9,
    )


def test_lifts_are_at_five_ten_and_twenty_percent() -> None:
    # A hundred leads, falling scores: buyers at places 1-4, 8, 9, 15, 30, 60 and 90.
    y = np.zeros(100)
    y[[0, 1, 2, 3, 7, 8, 14, 29, 59, 89]] = 1
    summary = summarize(y, np.linspace(0.9, 0.1, 100))
    assert (summary["lift_5"], summary["lift_10"], summary["lift_20"]) == pytest.approx((8, 6, 3.5))


@given(st.lists(st.tuples(st.booleans(), st.floats(0, 1)), max_size=30))
def test_keys_and_types_never_change(data: list[tuple[bool, float]]) -> None:
    summary = summarize([bought for bought, _ in data], [p for _, p in data])
    assert list(summary) == KEYS
    assert type(summary["n"]) is int
    assert type(summary["buyers"]) is int
    assert all(value is None or type(value) is float for key, value in list(summary.items())[2:])
    assert all(value is None or math.isfinite(value) for value in summary.values())
    json.dumps(summary, allow_nan=False)


def test_what_is_undefined_is_none() -> None:
    empty = summarize([], [])
    assert (empty.pop("n"), empty.pop("buyers")) == (0, 0)
    assert set(empty.values()) == {None}
    nobody = summarize([0, 0, 0], [0.1, 0.2, 0.3])
    undefined = ("roc_auc", "average_precision", "lift_10", "calibration_slope", "calibration_intercept")
    assert all(nobody[key] is None for key in undefined)
    assert nobody["base_rate"] == 0.0
    assert nobody["ece"] == pytest.approx(0.2)
    everybody = summarize(np.ones(3, bool), np.array([0.1, 0.2, 0.3]))
    assert everybody["roc_auc"] is None
    assert everybody["lift_10"] == pytest.approx(1)


def test_intervals_belong_to_the_summary() -> None:
    random = np.random.default_rng(0)
    p = random.uniform(0.05, 0.6, 400)
    y = random.random(400) < p
    summary, intervals = summarize(y, p), bootstrap_summary(y, p, options=BootstrapOptions(draws=60, seed=3))
    assert set(intervals) == set(KEYS) - {"n", "buyers", "ece"}
    for name, (low, high) in intervals.items():
        assert low < summary[name] < high
    assert bootstrap_summary(y, p, options=BootstrapOptions(draws=60, seed=3)) == intervals
    assert bootstrap_summary(y, p, np.arange(400) % 20, options=BootstrapOptions(draws=60, seed=3)) != intervals


def test_intervals_of_undefined_figures_are_left_out() -> None:
    assert bootstrap_summary([], [], options=BootstrapOptions(draws=5)) == {}
    intervals = bootstrap_summary([0, 0, 0], [0.1, 0.2, 0.3], options=BootstrapOptions(draws=20))
    assert set(intervals) == {"base_rate", "mean_probability", "brier", "log_loss"}
    assert intervals["brier"][0] >= brier([0], [0.1])
