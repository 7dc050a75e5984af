"""The model: its formula, exact explanations that sum to the logit, parity to the bit."""

import math
from collections.abc import Callable
from functools import cache
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
import shap
import xgboost as xgb
from hypothesis import given, settings
from hypothesis import strategies as st

from hotleads.scoring import Calibration, Explanation, Model, compute_probabilities


@pytest.fixture(scope="module")
def explained(model: Model, many: pd.DataFrame) -> Explanation:
    return model.explain(many)


# -------------------------------------------------------------------------------------------------------- the formula
def test_logit_is_the_calibrated_mean_of_the_two_logits(model: Model, many: pd.DataFrame) -> None:
    linear = model.linear.intercept + model.linear.compute_contributions(many.to_numpy()).sum(axis=1)
    trees = model.trees.predict(xgb.DMatrix(many.to_numpy()), output_margin=True).astype(np.float64)
    expected = model.calibration.slope * (linear + trees) / 2 + model.calibration.intercept
    assert model.calibration != Calibration(1.0, 0.0)
    np.testing.assert_allclose(model.predict_logits(many), expected, rtol=1e-12, atol=1e-12)


def test_base_and_contributions_sum_to_the_logit(explained: Explanation) -> None:
    assert explained.contributions.shape[1] > 20
    assert np.ptp(explained.logit) > 1
    np.testing.assert_allclose(explained.base + explained.contributions.sum(axis=1), explained.logit, rtol=0, atol=1e-5)


def test_logits_alone_and_with_their_explanation_are_the_same(
    model: Model, many: pd.DataFrame, explained: Explanation
) -> None:
    assert model.predict_logits(many).tobytes() == explained.logit.tobytes()
    assert explained.probability.tobytes() == compute_probabilities(explained.logit).tobytes()


def test_columns_are_found_by_name(model: Model, many: pd.DataFrame, explained: Explanation) -> None:
    turned = many[many.columns[::-1]].assign(not_a_feature=1.0)
    assert model.explain(turned).contributions.tobytes() == explained.contributions.tobytes()
    with pytest.raises(KeyError, match=many.columns[3]):
        model.predict_logits(many.drop(columns=many.columns[3]))


def test_no_rows_are_no_logits(model: Model, many: pd.DataFrame) -> None:
    nothing = model.explain(many.iloc[:0])
    assert nothing.logit.shape == (0,)
    assert nothing.contributions.shape == (0, many.shape[1])
    assert model.predict_logits(many.iloc[:0]).shape == (0,)


# ------------------------------------------------------------------------------------------------ trees, two ways more
def compute_tree_part(model: Model, explained: Explanation, X: np.ndarray) -> np.ndarray:
    """What the trees alone add, before the blend and the calibration."""
    return 2 * explained.contributions / model.calibration.slope - model.linear.compute_contributions(X)


def test_trees_agree_with_shap(model: Model, many: pd.DataFrame, explained: Explanation) -> None:
    oracle = shap.TreeExplainer(model.trees)
    contributions = compute_tree_part(model, explained, many.to_numpy())
    np.testing.assert_allclose(contributions, oracle.shap_values(many.to_numpy()), rtol=0, atol=1e-5)
    base = model.linear.intercept + float(np.ravel(oracle.expected_value)[0])
    assert explained.base == pytest.approx(model.calibration.slope * base / 2 + model.calibration.intercept, abs=1e-5)


def compute_shapley_values(tree: pd.DataFrame, row: dict[str, float]) -> dict[str, float]:
    """Shapley values of one tree by their definition: every subset of features; the unknown averaged by cover."""
    nodes = tree.set_index("ID").to_dict("index")

    @cache
    def expected(given: frozenset[str], node: str = tree["ID"].iloc[0]) -> float:
        at = nodes[node]
        if at["Feature"] == "Leaf":
            return float(at["Gain"])
        yes, no = nodes[at["Yes"]]["Cover"], nodes[at["No"]]["Cover"]
        if at["Feature"] not in given:
            return float((yes * expected(given, at["Yes"]) + no * expected(given, at["No"])) / (yes + no))
        value = row[at["Feature"]]
        if math.isnan(value):
            return expected(given, at["Missing"])
        return expected(given, at["Yes"] if np.float32(value) < np.float32(at["Split"]) else at["No"])

    features = sorted(set(tree["Feature"]) - {"Leaf"})
    shapley_values = {}
    for feature in features:
        others = [other for other in features if other != feature]
        shapley_values[feature] = sum(
            (expected(frozenset({*some, feature})) - expected(frozenset(some)))
            / (len(features) * math.comb(len(others), size))
            for size in range(len(features))
            for some in combinations(others, size)
        )
    return shapley_values


def test_trees_agree_with_the_definition_of_shapley_values(
    model: Model, many: pd.DataFrame, explained: Explanation
) -> None:
    rows = many.iloc[[0, 1, 2]]
    trees = model.trees.trees_to_dataframe()
    expected = np.zeros(rows.shape)
    for position, values in enumerate(rows.to_numpy()):
        row = {f"f{j}": float(value) for j, value in enumerate(values)}
        for _, tree in trees.groupby("Tree"):
            for feature, value in compute_shapley_values(tree, row).items():
                expected[position, int(feature[1:])] += value
    part = explained._replace(contributions=explained.contributions[:3])
    np.testing.assert_allclose(compute_tree_part(model, part, rows.to_numpy()), expected, rtol=0, atol=1e-5)


# -------------------------------------------------------------------------------------------------------------- parity
def explain_all(model: Model, table: pd.DataFrame) -> np.ndarray:
    """One line a row: probability, logit, base and contributions."""
    explanation = model.explain(table)
    base = np.full(len(table), explanation.base)
    return np.column_stack([explanation.probability, explanation.logit, base, explanation.contributions])


@pytest.fixture(scope="module")
def batch_bits(model: Model, many: pd.DataFrame) -> np.ndarray:
    return explain_all(model, many)


def test_a_shuffled_batch_has_the_same_bits(model: Model, many: pd.DataFrame, batch_bits: np.ndarray) -> None:
    order = np.random.default_rng(3).permutation(len(many))
    assert explain_all(model, many.iloc[order]).tobytes() == batch_bits[order].tobytes()


def test_a_lead_alone_has_the_same_bits(model: Model, many: pd.DataFrame, batch_bits: np.ndarray) -> None:
    alone = [explain_all(model, many.iloc[[i]]) for i in range(0, len(many), 5)]
    assert np.vstack(alone).tobytes() == batch_bits[::5].tobytes()


@pytest.mark.parametrize("size", [2, 3, 7, 63, 64, 65, 1000])
def test_batches_of_any_size_have_the_same_bits(
    size: int, model: Model, many: pd.DataFrame, batch_bits: np.ndarray
) -> None:
    for start in (0, 1, 997):
        assert explain_all(model, many[start : start + size]).tobytes() == batch_bits[start : start + size].tobytes()


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_any_number_of_threads_gives_the_same_bits(
    threads: int, model: Model, many: pd.DataFrame, batch_bits: np.ndarray
) -> None:
    model.trees.set_param({"nthread": threads})
    try:
        assert explain_all(model, many).tobytes() == batch_bits.tobytes()
    finally:
        model.trees.set_param({"nthread": 0})


# ------------------------------------------------------------------------------------------------------- probabilities
def test_probabilities_of_known_odds() -> None:
    odds = np.array([1 / 999, 0.25, 1.0, 3.0, 999.0])
    assert compute_probabilities(np.log(odds)) == pytest.approx(odds / (1 + odds), rel=1e-12)


def test_probabilities_of_the_farthest_logits() -> None:
    assert compute_probabilities(np.array([-1e308, -800.0, 800.0, 1e308])).tolist() == [0.0, 0.0, 1.0, 1.0]


@given(st.lists(st.floats(-50, 50), min_size=2, max_size=40))
@settings(deadline=None)
def test_probabilities_never_decrease_with_the_logit_and_have_the_bits_of_one(logits: list[float]) -> None:
    probabilities = compute_probabilities(np.sort(np.array(logits)))
    assert (np.diff(probabilities) >= 0).all()
    assert ((probabilities > 0) & (probabilities < 1 + 1e-15)).all()
    alone: Callable[[float], float] = lambda logit: float(compute_probabilities(np.array([logit]))[0])  # noqa: E731
    assert probabilities.tolist() == [alone(logit) for logit in sorted(logits)]
