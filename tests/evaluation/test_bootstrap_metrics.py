"""Figures of many draws at once are those of the metrics one by one."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotleads.evaluation import SUMMARY_METRICS
from hotleads.evaluation.bootstrap_metrics import DRAWN_METRICS, compute_drawn_metrics


@st.composite
def draw_rows(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    n = draw(st.integers(1, 40))
    random = np.random.default_rng(draw(st.integers(0, 10**6)))
    p = random.uniform(0, 1, n)
    if draw(st.booleans()):
        p = np.round(p, 1)  # ties, and probabilities of 0 and 1
    y = (random.uniform(size=n) < draw(st.sampled_from([0.1, 0.5, 0.9]))).astype(float)
    return y, p, random.integers(0, 3, n).astype(float)


@given(draw_rows())
@settings(max_examples=300, deadline=None)
def test_are_those_of_each_metric(rows: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    y, p, weight = rows
    (drawn_metrics,) = compute_drawn_metrics(y, p, [weight])
    for name, value in zip(DRAWN_METRICS, drawn_metrics, strict=True):
        expected = SUMMARY_METRICS[name](y, p, weight=weight)
        if name.startswith("calibration") and np.isfinite(expected) and abs(expected) > 20:
            continue  # nearly split by a threshold: the line is as good as undefined, and no two ways agree on it
        assert value == pytest.approx(expected, rel=1e-6, abs=1e-9, nan_ok=True), name


def test_every_summary_figure_but_ece_is_bootstrapped() -> None:
    assert set(DRAWN_METRICS) == set(SUMMARY_METRICS) - {"ece"}
