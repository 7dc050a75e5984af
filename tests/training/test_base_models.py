"""The two base models: what they are, which signs they keep, and that their bits depend on nothing else."""

import hashlib
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits
from xgboost import Booster

from hotleads.features import FEATURES, Context, Feature
from hotleads.scoring import Calibration, LinearModel, Model
from hotleads.training.base_models import fit_linear, fit_trees
from hotleads.training.examples import Examples
from hotleads.training.options import ModelParameters

from .businesses import SOME_FEATURES, START, draw_examples

LEARNED = draw_examples()
LIGHT = ModelParameters(trees=40, min_child_weight=2.0, l2=1.0, column_share=1.0, learning_rate=0.3)
TREES = fit_trees(LEARNED, SOME_FEATURES, LIGHT, 0)
LINEAR = fit_linear(LEARNED, SOME_FEATURES, ModelParameters())


def compute_linear_logit(linear: LinearModel, table: pd.DataFrame) -> np.ndarray:
    return linear.intercept + linear.compute_contributions(table.to_numpy(np.float64)).sum(axis=1)


def tree_logit(trees: Booster, table: pd.DataFrame) -> np.ndarray:
    nothing = np.zeros(len(SOME_FEATURES))
    linear = LinearModel(0.0, nothing, nothing + 1, nothing, nothing, nothing)
    return Model(SOME_FEATURES, linear, trees, Calibration(), Context(START), {}).predict_logits(table)


def hash_trees(trees: Booster) -> str:
    return hashlib.sha256(trees.save_raw("json")).hexdigest()


def build_design(rows: Examples) -> np.ndarray:
    """Log-scaled, standardised, clipped, with a column that marks what is missing: written out once more."""
    X = rows.table
    logs = np.sign(X) * np.log1p(X.abs())
    z = ((logs - logs.mean()) / logs.std(ddof=0)).clip(-5, 5).fillna(0)
    return pd.concat([z, X.isna().astype(float)], axis=1).to_numpy()


class TestLinear:
    def test_days_that_hardly_differ_have_the_least_scale(self) -> None:
        """A shop's first window: all last bought 400 to 404 days ago; a window later it is 430 days for all."""
        table = LEARNED.table.assign(days_since_last_purchase=400.0 + np.arange(len(LEARNED.table)) % 5)
        linear = fit_linear(replace(LEARNED, table=table), SOME_FEATURES, ModelParameters())
        later = linear.compute_contributions(np.array([[430.0, 1.0, 1.0, 1.0]])) - linear.compute_contributions(
            np.array([[402.0, 1.0, 1.0, 1.0]])
        )
        column = [feature.name for feature in SOME_FEATURES].index("days_since_last_purchase")
        assert linear.scale[column] == 0.25
        assert (np.delete(linear.scale, column) == np.delete(LINEAR.scale, column)).all()
        assert abs(later[0, column]) < 0.05

    def test_is_sklearns_decision_function(self) -> None:
        table = LEARNED.table.copy()
        table.iloc[:3, 1] = [1e12, -1e12, 0.0]  # so far out that they are clipped
        rows = replace(LEARNED, table=table)
        X = build_design(rows)
        assert np.abs(X).max() == 5
        sklearn = LogisticRegression(C=2.0 * 0.75 / 4, max_iter=5000, tol=1e-10).fit(X, rows.label, rows.weight)
        linear = fit_linear(rows, SOME_FEATURES, ModelParameters())
        assert compute_linear_logit(linear, table) == pytest.approx(sklearn.decision_function(X), abs=1e-4)

    def test_contributions_are_zero_on_average_but_for_what_clipping_cuts(self) -> None:
        contributions = LINEAR.compute_contributions(LEARNED.table.to_numpy(np.float64))
        assert contributions.mean(axis=0) == pytest.approx(np.zeros(4), abs=1e-9)

    def test_an_outlier_counts_no_more_than_the_clip(self) -> None:
        row = LEARNED.table.iloc[[0]].fillna(1.0)
        far, further = row.assign(purchases=1e9), row.assign(purchases=1e15)
        assert compute_linear_logit(LINEAR, far) == compute_linear_logit(LINEAR, further)

    def test_a_feature_that_says_nothing_weighs_nothing(self) -> None:
        table = LEARNED.table.assign(purchases=np.nan, spend_90d=3.0)
        linear = fit_linear(replace(LEARNED, table=table), SOME_FEATURES, ModelParameters())
        for name in ("purchases", "spend_90d"):
            column = list(table.columns).index(name)
            assert linear.weight[column] == 0
            assert linear.missing_weight[column] == 0
            assert linear.scale[column] == 1

    def test_more_penalty_means_smaller_weights(self) -> None:
        strict = fit_linear(LEARNED, SOME_FEATURES, ModelParameters(inverse_penalty=0.003))
        assert np.abs(strict.weight).sum() < np.abs(LINEAR.weight).sum()

    def test_later_windows_count_more(self) -> None:
        random = np.random.default_rng(0)
        turned = np.where(LEARNED.window == 2, random.integers(0, 2, len(LEARNED.label)), LEARNED.label)
        without_weight = replace(LEARNED, label=turned, window=np.full_like(LEARNED.window, 2))
        weighted = fit_linear(replace(LEARNED, label=turned), SOME_FEATURES, ModelParameters())
        assert (
            np.abs(weighted.weight).sum()
            < np.abs(fit_linear(without_weight, SOME_FEATURES, ModelParameters()).weight).sum()
        )


DIRECTED = [feature for feature in SOME_FEATURES if feature.direction]


class TestTrees:
    def test_know_the_chance_without_the_signs(self) -> None:
        logit = tree_logit(TREES, LEARNED.table)
        assert logit[LEARNED.label == 1].mean() > logit[LEARNED.label == 0].mean() + 0.5

    @settings(max_examples=25, deadline=None)
    @given(st.integers(0, 2**32 - 1), st.sampled_from(DIRECTED), st.floats(0, 200))
    def test_obey_the_declared_direction(self, seed: int, feature: Feature, step: float) -> None:
        random = np.random.default_rng(seed)
        table = LEARNED.table.sample(400, random_state=random, replace=True)
        values = table[feature.name].fillna(1.0)
        less, more = values * random.uniform(0, 1, len(table)), values + step * random.uniform(0, 1, len(table))
        rise = tree_logit(TREES, table.assign(**{feature.name: more})) - tree_logit(
            TREES, table.assign(**{feature.name: less})
        )
        assert (rise * feature.direction >= 0).all()
        assert rise.any()

    def test_would_not_obey_without_the_declaration(self) -> None:
        """The law above can fail: the same rows, with the signs left open, bend."""
        free = tuple(replace(feature, direction=0) for feature in SOME_FEATURES)
        trees = fit_trees(LEARNED, free, LIGHT, 0)
        steps = np.linspace(0, 60, 400)
        middle = {feature.name: LEARNED.table[feature.name].median() for feature in SOME_FEATURES}
        bent = [
            (np.diff(tree_logit(trees, pd.DataFrame([middle | {f.name: step} for step in steps]))) * f.direction < 0)
            for f in DIRECTED
        ]
        assert np.any(bent)

    def test_no_tree_is_deeper_than_max_depth(self) -> None:
        trees = fit_trees(LEARNED, SOME_FEATURES, replace(LIGHT, max_depth=2), 0).trees_to_dataframe()
        assert trees["Tree"].nunique() == LIGHT.trees
        assert trees["ID"].str.split("-").str[1].astype(int).max() <= 6  # nodes of depth 2 are numbered up to 6

    def test_rows_that_do_not_differ_get_the_base_rate_in_which_later_windows_count_more(self) -> None:
        same = replace(LEARNED, table=LEARNED.table * np.nan, label=(LEARNED.window == 2).astype(np.int64))
        logit = tree_logit(fit_trees(same, SOME_FEATURES, LIGHT, 0), same.table)
        rate = np.average(same.label, weights=LEARNED.weight)
        assert rate > same.label.mean() + 0.1
        assert 2 * logit == pytest.approx(np.full(len(logit), np.log(rate / (1 - rate))), abs=0.1)


class TestBits:
    def test_twice_the_same(self) -> None:
        assert hash_trees(fit_trees(LEARNED, SOME_FEATURES, LIGHT, 0)) == hash_trees(TREES)
        again = fit_linear(LEARNED, SOME_FEATURES, ModelParameters())
        assert (again.weight.tobytes(), again.intercept) == (LINEAR.weight.tobytes(), LINEAR.intercept)

    def test_another_seed_another_forest(self) -> None:
        assert hash_trees(fit_trees(LEARNED, SOME_FEATURES, LIGHT, 1)) != hash_trees(TREES)

    @pytest.mark.slow
    def test_threads_change_nothing(self) -> None:
        """On as many rows and columns as make numerical libraries share the work out."""
        rows = draw_examples(20_000, features=FEATURES)
        contents = set()
        for threads in (1, 2, 3):
            with threadpool_limits(threads):
                linear = fit_linear(rows, FEATURES, ModelParameters(inverse_penalty=1.0))
                trees = fit_trees(rows, FEATURES, ModelParameters(trees=10), 0)
            contents.add(
                (linear.weight.tobytes(), linear.missing_weight.tobytes(), linear.intercept, hash_trees(trees))
            )
        assert len(contents) == 1
