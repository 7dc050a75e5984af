"""Two models as one: the mean of their logits, with reasons that still add up, and on disk like any other."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xgboost as xgb

from hotleads.scoring import Calibration, Model, blend_models, load, save, with_content_version
from hotleads.scoring.blend import blend_base_models


def build_part(model: Model, many: pd.DataFrame, columns: slice, seed: int) -> Model:
    """A model of some of the features, scaled as ``model`` scales them, with weights and trees of its own."""
    random, features, linear = np.random.default_rng(seed), model.features[columns], model.linear
    label = (random.random(len(many)) < 0.3).astype(np.int64)
    rows = xgb.DMatrix(many.iloc[:, columns].to_numpy(), label)
    trees = xgb.train({"objective": "binary:logistic", "max_depth": 2, "base_score": 0.1 + 0.1 * seed}, rows, 10)
    fitted_linear = replace(
        linear,
        intercept=float(random.normal()),
        center=linear.center[columns],
        scale=linear.scale[columns],
        weight=random.normal(size=len(features)),
        missing_weight=random.normal(size=len(features)),
        missing_share=random.uniform(size=len(features)),
    )
    calibration = Calibration(float(random.uniform(0.5, 1.5)), float(random.normal()))
    return Model(features, fitted_linear, trees, calibration, model.context, {"of": seed})


@pytest.fixture(scope="module")
def halves(model: Model, many: pd.DataFrame) -> tuple[Model, Model]:
    """The first two thirds of the features, and the last two."""
    third = len(model.features) // 3
    return build_part(model, many, slice(0, 2 * third), 1), build_part(model, many, slice(third, None), 2)


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_the_logit_is_the_mean_of_both(halves: tuple[Model, Model], many: pd.DataFrame, share: float) -> None:
    first, second = halves
    both = blend_models(first, second, share)
    expected = share * first.predict_logits(many) + (1 - share) * second.predict_logits(many)
    np.testing.assert_allclose(both.predict_logits(many), expected, rtol=0, atol=2e-5)
    explained = both.explain(many)
    np.testing.assert_allclose(explained.base + explained.contributions.sum(axis=1), explained.logit, rtol=0, atol=1e-5)
    assert both.card == first.card
    assert {feature.name for feature in both.features} == set(many.columns)


def test_it_is_saved_and_read_like_any_other(halves: tuple[Model, Model], many: pd.DataFrame, tmp_path: Path) -> None:
    both = with_content_version(blend_models(*halves, 0.4))
    save(both, tmp_path / "both")
    again = load(tmp_path / "both")
    assert again.version == both.version
    np.testing.assert_array_equal(again.predict_logits(many), both.predict_logits(many))


def test_features_that_are_scaled_in_two_ways_are_refused(halves: tuple[Model, Model]) -> None:
    first, second = halves
    with pytest.raises(ValueError, match="scale a feature that both have in different ways"):
        blend_models(first, replace(second, linear=replace(second.linear, center=second.linear.center + 1)), 0.5)


def test_base_models_of_weight_zero_leave_no_trees_behind(model: Model) -> None:
    _, trees = blend_base_models(model.linear, 0.3, [(model.trees, 0.0), (model.trees, 0.7)])
    assert trees.num_boosted_rounds() == model.trees.num_boosted_rounds()
