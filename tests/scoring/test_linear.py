"""The linear part: the formula of its docstring, centred contributions, the same bits for one row as for many."""

import math

import numpy as np
import pandas as pd
import pytest

from hotleads.scoring import LinearModel, Model
from hotleads.scoring.linear import MAX_ABS_Z


def compute_naively(linear: LinearModel, x: float, j: int) -> float:
    """What one value adds to the logit beside the intercept."""
    missing = linear.missing_weight[j]
    if math.isnan(x):
        return missing - missing * linear.missing_share[j]
    z = (math.copysign(math.log(1 + abs(x)), x) - linear.center[j]) / linear.scale[j]
    return linear.weight[j] * min(max(z, -MAX_ABS_Z), MAX_ABS_Z) - missing * linear.missing_share[j]


def test_worked_by_hand() -> None:
    linear = LinearModel(0.5, *(np.array(v) for v in ([1.0, 0.0], [2.0, 1.0], [3.0, -1.0], [0.0, 0.4], [0.0, 0.25])))
    X = np.array([[math.e - 1, 0.0], [math.e**3 - 1, math.nan], [-(math.e - 1), 1e300], [math.nan, -1e300]])
    assert linear.compute_contributions(X) == pytest.approx(
        np.array(
            [
                [3 * 0, -1 * 0 - 0.1],
                [3 * 1, 0.4 - 0.1],
                [3 * -1, -1 * 5 - 0.1],  # further out than 5 deviations counts as 5
                [0, -1 * -5 - 0.1],
            ]
        )
    )


def test_agrees_with_the_formula_on_a_trained_model(model: Model, many: pd.DataFrame) -> None:
    X = many.to_numpy()[:300]
    expected = [[compute_naively(model.linear, x, j) for j, x in enumerate(row)] for row in X.tolist()]
    np.testing.assert_allclose(model.linear.compute_contributions(X), expected, rtol=1e-9, atol=1e-12)


def test_is_zero_on_average_over_the_rows_it_was_centred_on() -> None:
    rng = np.random.default_rng(1)
    X = rng.uniform(-50, 50, (500, 3))
    X[rng.random(X.shape) < 0.2] = np.nan
    logs, missing = np.copysign(np.log1p(np.abs(X)), X), np.isnan(X)
    center, scale = np.nanmean(logs, axis=0), np.nanstd(logs, axis=0)
    linear = LinearModel(0.0, center, scale, rng.normal(size=3), rng.normal(size=3), missing.mean(axis=0))
    assert np.abs(linear.compute_contributions(X)).mean() > 0.1
    assert linear.compute_contributions(X).mean(axis=0) == pytest.approx(0, abs=1e-12)


def test_a_row_alone_and_a_row_of_a_batch_have_the_same_bits(model: Model, many: pd.DataFrame) -> None:
    X = many.to_numpy()
    batch, order = model.linear.compute_contributions(X), np.random.default_rng(2).permutation(len(X))
    alone = np.vstack([model.linear.compute_contributions(X[i : i + 1]) for i in range(len(X))])
    assert batch.tobytes() == alone.tobytes()
    assert batch[order].tobytes() == model.linear.compute_contributions(np.ascontiguousarray(X[order])).tobytes()


def test_no_rows_are_no_contributions(model: Model, many: pd.DataFrame) -> None:
    assert model.linear.compute_contributions(many.to_numpy()[:0]).shape == (0, many.shape[1])
