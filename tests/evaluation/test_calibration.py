"""Calibration figures: worked by hand, against scikit-learn, and by the laws they obey."""

import math

import numpy as np
import pytest
import sklearn.metrics
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.special import expit, logit
from sklearn.linear_model import LogisticRegression

from hotleads.evaluation import (
    brier,
    build_reliability_table,
    expected_calibration_error,
    fit_calibration_line,
    log_loss,
)

probabilities = st.floats(0, 1)
rows = st.lists(st.tuples(st.booleans(), probabilities), min_size=1, max_size=50)


def columns(data: list[tuple[bool, float]]) -> tuple[np.ndarray, np.ndarray]:
    y, p = zip(*data, strict=True)
    return np.array(y, float), np.array(p)


def test_brier_and_log_loss_by_hand() -> None:
    y, p = [1, 0, 1], [0.8, 0.4, 0.5]
    assert brier(y, p) == pytest.approx((0.04 + 0.16 + 0.25) / 3)
    assert log_loss(y, p) == pytest.approx(-(math.log(0.8) + math.log(0.6) + math.log(0.5)) / 3)


def test_ece_by_hand() -> None:
    # Two bins of three rows: said 0.1, 0.2, 0.3 and one bought; said 0.6, 0.7, 0.8 and three bought.
    y, p = [1, 0, 0, 1, 1, 1], [0.3, 0.2, 0.1, 0.6, 0.7, 0.8]
    assert expected_calibration_error(y, p, bins=2) == pytest.approx((abs(0.2 - 1 / 3) + abs(0.7 - 1)) / 2)


def test_ece_keeps_ties_together() -> None:
    # Six rows, two bins: the four rows at 0.2 have their middle at 2 of 6, so all go into the lower bin.
    y, p = [0, 1, 0, 0, 1, 1], [0.2, 0.2, 0.2, 0.2, 0.7, 0.9]
    expected = 4 / 6 * abs(0.2 - 1 / 4) + 2 / 6 * abs(0.8 - 1)
    assert expected_calibration_error(y, p, bins=2) == pytest.approx(expected)
    table = build_reliability_table(y, p, bins=2)
    assert table.n.tolist() == [4, 2]
    assert table.buyers.tolist() == [1, 2]
    assert table.mean_probability.tolist() == pytest.approx([0.2, 0.8])
    assert table.observed_rate.tolist() == pytest.approx([0.25, 1.0])


def test_a_tie_goes_where_its_middle_lies() -> None:
    # Eight rows, two bins: the five rows at 0.3 reach from 2 to 7, so their middle, 4.5, is in the upper half.
    table = build_reliability_table([0, 0, 1, 0, 0, 1, 0, 1], [0.1, 0.1, 0.3, 0.3, 0.3, 0.3, 0.3, 0.9], bins=2)
    assert table.n.tolist() == [2, 6]
    assert table.buyers.tolist() == [0, 3]


@pytest.mark.parametrize("n", range(1, 11))
def test_fewer_rows_than_bins_are_bins_of_their_own(n: int) -> None:
    p = np.linspace(0.05, 0.95, n)
    y = np.arange(n) % 2
    assert build_reliability_table(y, p).n.tolist() == [1] * n
    assert expected_calibration_error(y, p) == pytest.approx(np.abs(y - p).mean())


@given(st.integers(10, 500), st.integers(1, 10))
def test_bins_without_ties_differ_by_one_row_at_most(n: int, bins: int) -> None:
    sizes = build_reliability_table(np.zeros(n), np.linspace(0, 1, n), bins).n
    assert len(sizes) == bins
    assert sizes.sum() == n
    assert sizes.max() - sizes.min() <= 1


def test_ece_refuses_no_bins() -> None:
    with pytest.raises(ValueError, match="bins must be at least 1"):
        expected_calibration_error([0, 1], [0.2, 0.6], bins=0)


@given(st.lists(st.tuples(st.integers(1, 20), st.integers(0, 20)), min_size=1, max_size=10, unique_by=lambda g: g[0]))
def test_ece_of_perfectly_calibrated_groups_is_zero(groups: list[tuple[int, int]]) -> None:
    y, p = [], []
    for n, k in groups:
        buyers = min(n, k)
        y += [1] * buyers + [0] * (n - buyers)
        p += [buyers / n] * n
    assert expected_calibration_error(y, p) == pytest.approx(0, abs=1e-12)


@given(rows)
def test_ece_lies_between_the_error_in_the_large_and_the_mean_error(data: list[tuple[bool, float]]) -> None:
    y, p = columns(data)
    ece = expected_calibration_error(y, p)
    assert abs(y.mean() - p.mean()) - 1e-9 <= ece <= np.abs(y - p).mean() + 1e-9


@given(rows)
def test_reliability_table_adds_up(data: list[tuple[bool, float]]) -> None:
    y, p = columns(data)
    table = build_reliability_table(y, p)
    assert table.n.sum() == len(y)
    assert table.buyers.sum() == y.sum()
    assert (table.n * table.mean_probability).sum() == pytest.approx(p.sum())
    assert table.mean_probability.is_monotonic_increasing
    assert ((table.low <= table.observed_rate) & (table.observed_rate <= table.high)).all()
    gap = (table.n * (table.mean_probability - table.observed_rate).abs()).sum() / len(y)
    assert expected_calibration_error(y, p) == pytest.approx(gap, abs=1e-12)


@given(rows)
def test_agrees_with_scikit_learn(data: list[tuple[bool, float]]) -> None:
    y, p = columns(data)
    assert brier(y, p) == pytest.approx(sklearn.metrics.brier_score_loss(y, p, labels=[0, 1]))
    assert log_loss(y, p) == pytest.approx(sklearn.metrics.log_loss(y, p, labels=[0, 1]))


@given(rows, st.integers(0, 2**32 - 1))
def test_a_weight_is_the_row_repeated(data: list[tuple[bool, float]], seed: int) -> None:
    y, p = columns(data)
    weight = np.random.default_rng(seed).integers(0, 4, len(y))
    repeated = np.repeat(y, weight), np.repeat(p, weight)
    for metric in (brier, log_loss, expected_calibration_error):
        assert metric(y, p, weight) == pytest.approx(metric(*repeated), nan_ok=True)


@given(rows, st.randoms())
def test_row_order_never_shows_to_the_bit(data: list[tuple[bool, float]], random: object) -> None:
    shuffled = list(data)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    for metric in (brier, log_loss, expected_calibration_error, fit_calibration_line):
        assert np.array_equal(metric(*columns(data)), metric(*columns(shuffled)), equal_nan=True)


@given(st.integers(0, 30), st.integers(1, 30))
def test_no_constant_beats_the_base_rate(buyers: int, others: int) -> None:
    y = [1] * buyers + [0] * others
    base = buyers / len(y)
    for constant in (0.0, 0.1, 0.5, 0.9):
        for metric in (brier, log_loss):
            assert metric(y, [base] * len(y)) <= metric(y, [constant] * len(y)) + 1e-12


@settings(max_examples=25)
@given(st.integers(0, 2**32 - 1), st.integers(50, 400), st.floats(0.3, 3), st.floats(-2, 1))
def test_calibration_line_agrees_with_scikit_learn(seed: int, n: int, slope: float, intercept: float) -> None:
    random = np.random.default_rng(seed)
    x = random.normal(0, 1.5, n)
    y = (random.random(n) < expit(intercept + slope * x)).astype(float)
    line = fit_calibration_line(y, expit(x))
    assume(not math.isnan(line.slope) and abs(line.slope) < 20)
    fitted = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000).fit(x[:, None], y)
    assert line.slope == pytest.approx(fitted.coef_[0, 0], abs=2e-4, rel=1e-4)
    assert line.intercept == pytest.approx(fitted.intercept_[0], abs=2e-4, rel=1e-4)


@given(st.integers(0, 2**32 - 1), st.floats(0.5, 4), st.floats(-2, 2))
def test_a_calibrated_line_is_found_again(seed: int, slope: float, intercept: float) -> None:
    """Recalibrating by the fitted line gives slope 1 and intercept 0; an affine map of the logit is undone."""
    random = np.random.default_rng(seed)
    x = random.normal(-1, 1, 300)
    y = (random.random(300) < expit(x)).astype(float)
    line = fit_calibration_line(y, expit(x))
    again = fit_calibration_line(y, expit(line.intercept + line.slope * x))
    assert again == pytest.approx((1, 0), abs=1e-6)
    bent = fit_calibration_line(y, expit((x - intercept) / slope))
    assert bent.slope == pytest.approx(line.slope * slope, rel=1e-6)
    assert bent.intercept == pytest.approx(line.intercept + line.slope * intercept, abs=1e-6)


def test_calibration_line_by_hand() -> None:
    # Two probabilities, 1/3 and 2/3 (logits -+log 2); a quarter and three quarters bought (logits -+log 3).
    y, p = [1, 0, 0, 0, 1, 1, 1, 0], [1 / 3] * 4 + [2 / 3] * 4
    assert fit_calibration_line(y, p) == pytest.approx((math.log(3) / math.log(2), 0), abs=1e-9)


@pytest.mark.parametrize(
    ("y", "p"),
    [
        ([], []),
        ([1, 1], [0.2, 0.4]),
        ([0, 0], [0.2, 0.4]),
        ([0, 1, 0, 1], [0.3] * 4),  # constant
        ([0, 0, 1, 1], [0.1, 0.2, 0.3, 0.4]),  # split without a rest
        ([0, 0, 1, 1], [0.1, 0.3, 0.3, 0.4]),  # split but for one tie
        ([1, 1, 0, 0], [0.1, 0.2, 0.3, 0.4]),  # split the wrong way
        ([0, 1, 1], [1e-182, 0.0, 1.0]),  # split once what is too close to 0 is read as the same
    ],
)
def test_calibration_line_is_nan_where_there_is_none(y: list[int], p: list[float]) -> None:
    assert all(math.isnan(value) for value in fit_calibration_line(y, p))


def test_calibration_line_of_certain_probabilities_is_finite() -> None:
    """0 and 1 have no logit; they are read as the closest numbers that have one."""
    line = fit_calibration_line([0, 1, 0, 1, 1], [0.0, 0.0, 0.4, 0.6, 1.0])
    assert math.isfinite(line.slope)
    assert math.isfinite(line.intercept)
    assert math.isfinite(log_loss([0, 1], [1.0, 0.0]))


def test_calibration_line_of_far_off_probabilities_converges() -> None:
    random = np.random.default_rng(0)
    x = random.normal(0, 1, 2000)
    y = (random.random(2000) < expit(x)).astype(float)
    line = fit_calibration_line(y, expit(0.01 * x - 15))
    assert line.slope == pytest.approx(100 * fit_calibration_line(y, expit(x)).slope, rel=1e-5)
    assert line.slope * float(logit(expit(-15.0))) + line.intercept == pytest.approx(0, abs=0.2)


def test_empty_is_nan() -> None:
    for metric in (brier, log_loss, expected_calibration_error):
        assert math.isnan(metric([], []))
    assert build_reliability_table([], []).empty
