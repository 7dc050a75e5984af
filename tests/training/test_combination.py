"""The weights of the base models: learned where windows left out speak for it, half and half where they do not."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotleads.features import Context, list_features
from hotleads.history import open_history
from hotleads.scoring import Calibration, Model, compute_probabilities
from hotleads.simulator import SimulationOptions, simulate
from hotleads.training import FitOptions, fit_model
from hotleads.training.calibration import cross_fit
from hotleads.training.combination import BaseModels, BaseWeights, estimate_base_weights, fit_base_models
from hotleads.training.examples import Examples
from hotleads.training.options import ModelParameters

from .businesses import SOME_FEATURES, START, draw_examples

LIGHT = ModelParameters(trees=30, learning_rate=0.2)
ROWS = draw_examples(900)


def buy_in_season(rows: Examples) -> Examples:
    """The same rows, where those buy whose first feature is neither low nor high: neither a line nor a sign tells."""
    value, random = np.log(rows.table.iloc[:, 0].fillna(0.1)), np.random.default_rng(1)
    chance = np.where(value.between(1.5, 2.5), 0.8, 0.1)
    return replace(rows, label=(random.random(len(value)) < chance).astype(np.int64))


def learn(rows: Examples) -> BaseWeights:
    def fit(part: Examples) -> BaseModels:
        return fit_base_models(part, SOME_FEATURES, LIGHT, 0)

    return estimate_base_weights(cross_fit(rows, fit, (3,)), rows)


class TestWeights:
    def test_signs_stay_where_they_are_true(self) -> None:
        assert learn(ROWS).free_trees < 0.2

    def test_trees_without_signs_are_found_where_signs_are_wrong(self) -> None:
        weights = learn(buy_in_season(ROWS))
        assert weights.learned_share > 0.9
        assert weights.free_trees > 3 * weights.signed_trees

    @pytest.mark.parametrize("rows", [20, 40])
    def test_little_evidence_leaves_half_and_half(self, rows: int) -> None:
        random = np.random.default_rng(rows)
        assert estimate_base_weights(random.normal(size=(rows, 3)), draw_examples(rows)) == BaseWeights(
            0.5, 0.5, 0.0, 0.0
        )

    def test_no_row_left_out_leaves_half_and_half(self) -> None:
        assert estimate_base_weights(np.full((900, 3), np.nan), ROWS) == BaseWeights()

    def test_rows_without_logits_do_not_count(self) -> None:
        logits = np.column_stack([np.zeros(900), np.zeros(900), 4.0 * ROWS.label - 2])
        unknown = np.where((ROWS.window == 0)[:, None], np.nan, logits)
        assert estimate_base_weights(unknown, ROWS) == estimate_base_weights(
            logits[ROWS.window > 0], ROWS.take(ROWS.window > 0)
        )

    def test_a_windows_level_is_no_evidence(self) -> None:
        """A base model that knows the mean of each window and nothing of its leads has earned nothing."""
        logits = np.zeros((900, 3))
        label = (np.random.default_rng(1).random(900) < np.array([0.1, 0.5, 0.9])[ROWS.window]).astype(np.int64)
        logits[:, 2] = np.array([-2.0, 0.0, 2.0])[ROWS.window]
        assert estimate_base_weights(logits, replace(ROWS, label=label)).learned_share == 0

    def test_one_window_is_judged_by_other_leads(self) -> None:
        rows = draw_examples(600, windows=1)
        logits = np.column_stack([np.zeros(600), np.zeros(600), 4.0 * rows.label - 2])
        assert estimate_base_weights(logits, rows).free_trees > 0.3

    @settings(max_examples=30, deadline=None)
    @given(st.integers(0, 2**32 - 1), st.integers(1, 120), st.floats(-3, 3))
    def test_no_weight_is_below_zero(self, seed: int, rows: int, slope: float) -> None:
        """Also where a base model tells the contrary of the truth."""
        random, some = np.random.default_rng(seed), draw_examples(rows)
        logits = random.normal(-1, 1.5, (rows, 3))
        label = (random.random(rows) < compute_probabilities(slope * logits[:, 0] + logits[:, 1])).astype(np.int64)
        weights = estimate_base_weights(logits, replace(some, label=label))
        assert min(weights.linear, weights.signed_trees, weights.free_trees) >= 0
        assert 0 <= weights.learned_share < 1


class TestCombined:
    @pytest.mark.parametrize("weights", [BaseWeights(0.2, 0.1, 0.8), BaseWeights(0.0, 0.0, 1.0), BaseWeights(0.7, 0.0)])
    def test_the_logit_is_the_weighted_sum_and_reasons_add_up(self, weights: BaseWeights) -> None:
        base_models = fit_base_models(ROWS, SOME_FEATURES, LIGHT, 0)
        model = Model(SOME_FEATURES, *base_models.combine(weights), Calibration(), Context(START), {})
        summed = weights.sum_logits(base_models.predict_logits(ROWS.table))
        np.testing.assert_allclose(model.predict_logits(ROWS.table), summed, rtol=0, atol=2e-5)
        explained = model.explain(ROWS.table)
        added = explained.base + explained.contributions.sum(axis=1)
        np.testing.assert_allclose(added, explained.logit, rtol=0, atol=1e-5)
        alone = [model.predict_logits(ROWS.table.iloc[[row]])[0] for row in range(20)]
        np.testing.assert_array_equal(alone, explained.logit[:20])

    def test_half_and_half_is_what_it_always_was(self) -> None:
        base_models = fit_base_models(ROWS, SOME_FEATURES, LIGHT, 0, with_free_trees=False)
        linear, trees = base_models.combine(BaseWeights())
        assert trees is base_models.signed_trees
        np.testing.assert_array_equal(linear.weight, base_models.linear.weight)

    def test_trees_without_signs_are_deeper(self) -> None:
        base_models = fit_base_models(ROWS, SOME_FEATURES, LIGHT, 0)
        assert base_models.free_trees is not None
        depths = [trees.trees_to_dataframe() for trees in (base_models.signed_trees, base_models.free_trees)]
        assert len(depths[1]) > len(depths[0])


@pytest.mark.slow
def test_a_yearly_season_that_no_feature_tells_is_learned_without_signs(tmp_path: Path) -> None:
    simulate(tmp_path, SimulationOptions(2_000, 3, 5, "annual"))
    history = open_history(tmp_path)
    launch = list(history.launches.values())[-1]
    features = [feature for feature in list_features(history, launch.as_of) if feature.family != "season"]
    options = FitOptions(trials=0, features=features)
    weights = fit_model(history, launch, launch.as_of, options).model.card["base_weights"]
    assert weights["free_trees"] > 0.3
    assert weights["learned_share"] > 0.5
