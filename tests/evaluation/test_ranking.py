"""Ranking metrics: worked by hand, against scikit-learn, and by the laws they obey."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, roc_auc_score

from hotleads.evaluation import average_precision, compute_gains_curve, lift, roc_auc

# Ten leads by falling score; the three at 0.6 tie. Buyers: the 1st, two of the tie, and the 8th.
Y = [1, 0, 1, 1, 0, 0, 0, 1, 0, 0]
P = [0.9, 0.8, 0.6, 0.6, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1]

rows = st.lists(st.tuples(st.booleans(), st.integers(0, 8)), min_size=1, max_size=40)


def both_classes(data: list[tuple[bool, int]]) -> bool:
    return len({bought for bought, _ in data}) == 2


def columns(data: list[tuple[bool, int]]) -> tuple[np.ndarray, np.ndarray]:
    y, p = zip(*data, strict=True)
    return np.array(y, float), np.array(p) / 8


def test_roc_auc_by_hand() -> None:
    # Of 4 x 6 pairs the 1st buyer wins 6; each buyer of the tie 4 and a half (loses to 0.8, ties one); the 8th 2.
    assert roc_auc(Y, P) == pytest.approx((6 + 4.5 + 4.5 + 2) / 24, abs=1e-15)


def test_average_precision_by_hand() -> None:
    # Precision is 1/1 at the 1st buyer, 3/5 once the whole tie is in (two buyers), 4/8 at the last one.
    assert average_precision(Y, P) == pytest.approx((1 + 3 / 5 + 3 / 5 + 4 / 8) / 4, abs=1e-15)


@pytest.mark.parametrize(
    ("fraction", "buyers_above"),
    [
        (0.1, 1),  # the first lead, a buyer
        (0.2, 1),
        (0.3, 1 + 2 / 3),  # one of the three tied leads, of whom two bought
        (0.4, 1 + 4 / 3),
        (0.5, 3),
        (0.05, 0.5),  # half a lead gives half a buyer
        (0.75, 3.5),
        (1.0, 4),
    ],
)
def test_lift_by_hand_shares_out_ties(fraction: float, buyers_above: float) -> None:
    assert lift(Y, P, fraction) == pytest.approx(buyers_above / 4 / fraction, abs=1e-12)


def test_gains_curve_by_hand() -> None:
    curve = compute_gains_curve(Y, P)
    assert curve.leads_share.tolist() == pytest.approx([0, 0.1, 0.2, 0.5, 0.6, 0.7, 0.8, 0.9, 1])
    assert curve.buyers_share.tolist() == pytest.approx([0, 0.25, 0.25, 0.75, 0.75, 0.75, 1, 1, 1])


@pytest.mark.parametrize("fraction", [0, -0.1, 1.01])
def test_lift_refuses_a_fraction_that_is_none(fraction: float) -> None:
    with pytest.raises(ValueError, match="fraction must be above 0"):
        lift(Y, P, fraction)


def test_undefined_is_nan_not_an_error() -> None:
    assert math.isnan(roc_auc([1, 1], [0.1, 0.2]))
    assert math.isnan(roc_auc([0, 0], [0.1, 0.2]))
    assert math.isnan(average_precision([0, 0], [0.1, 0.2]))
    assert math.isnan(lift([], [], 0.1))
    assert compute_gains_curve([0, 0], [0.1, 0.2]).empty
    assert lift([1, 1], [0.1, 0.2], 0.1) == 1.0


@given(rows.filter(both_classes))
def test_agrees_with_scikit_learn(data: list[tuple[bool, int]]) -> None:
    y, p = columns(data)
    assert roc_auc(y, p) == pytest.approx(roc_auc_score(y, p), abs=1e-12)
    assert average_precision(y, p) == pytest.approx(average_precision_score(y, p), abs=1e-12)


@given(rows.filter(both_classes), st.integers(0, 2**32 - 1))
def test_agrees_with_scikit_learn_on_weighted_rows(data: list[tuple[bool, int]], seed: int) -> None:
    y, p = columns(data)
    weight = np.random.default_rng(seed).integers(1, 5, len(y))
    assert roc_auc(y, p, weight) == pytest.approx(roc_auc_score(y, p, sample_weight=weight), abs=1e-12)
    expected = average_precision_score(y, p, sample_weight=weight)
    assert average_precision(y, p, weight) == pytest.approx(expected, abs=1e-12)


@given(rows, st.integers(0, 2**32 - 1), st.floats(0.01, 1))
def test_a_weight_is_the_row_repeated(data: list[tuple[bool, int]], seed: int, fraction: float) -> None:
    y, p = columns(data)
    weight = np.random.default_rng(seed).integers(0, 4, len(y))
    repeated = np.repeat(y, weight), np.repeat(p, weight)
    assert roc_auc(y, p, weight) == pytest.approx(roc_auc(*repeated), nan_ok=True)
    assert average_precision(y, p, weight) == pytest.approx(average_precision(*repeated), nan_ok=True)
    assert lift(y, p, fraction, weight) == pytest.approx(lift(*repeated, fraction), nan_ok=True)


@given(rows, st.randoms())
def test_row_order_never_shows_to_the_bit(data: list[tuple[bool, int]], random: object) -> None:
    shuffled = list(data)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    for metric in (roc_auc, average_precision, lambda y, p: lift(y, p, 0.1)):
        assert np.array_equal(metric(*columns(data)), metric(*columns(shuffled)), equal_nan=True)


@given(rows)
def test_only_the_order_of_scores_matters(data: list[tuple[bool, int]]) -> None:
    y, p = columns(data)
    for metric in (roc_auc, average_precision, lambda y, p: lift(y, p, 0.3)):
        for scores in (np.exp(3 * p), p**3 - 7):
            assert np.array_equal(metric(y, p), metric(y, scores), equal_nan=True)


@given(rows.filter(both_classes))
def test_the_opposite_score_has_the_opposite_auc(data: list[tuple[bool, int]]) -> None:
    y, p = columns(data)
    assert roc_auc(y, -p) == pytest.approx(1 - roc_auc(y, p))


@given(st.integers(1, 60), st.integers(0, 60), st.floats(0.01, 1))
def test_a_constant_score_has_lift_one_and_auc_one_half(buyers: int, others: int, fraction: float) -> None:
    y = [1] * buyers + [0] * others
    assert lift(y, [0.3] * len(y), fraction) == pytest.approx(1)
    assert average_precision(y, [0.3] * len(y)) == pytest.approx(buyers / len(y))
    assert others == 0 or roc_auc(y, [0.3] * len(y)) == 0.5


@given(rows.filter(both_classes), st.floats(0.01, 1))
def test_lift_lies_on_the_gains_curve_and_below_its_bound(data: list[tuple[bool, int]], fraction: float) -> None:
    y, p = columns(data)
    curve = compute_gains_curve(y, p)
    share = np.interp(fraction, curve.leads_share, curve.buyers_share)
    assert lift(y, p, fraction) * fraction == pytest.approx(share)
    assert lift(y, p, fraction) <= min(1 / fraction, 1 / y.mean()) + 1e-9


@given(rows.filter(both_classes))
def test_the_area_under_the_gains_curve_gives_the_auc(data: list[tuple[bool, int]]) -> None:
    y, p = columns(data)
    curve = compute_gains_curve(y, p)
    area = np.trapezoid(curve.buyers_share, curve.leads_share)
    assert roc_auc(y, p) == pytest.approx((area - y.mean() / 2) / (1 - y.mean()))
