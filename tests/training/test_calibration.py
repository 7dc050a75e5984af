"""Predictions on rows a model did not see, and the line that calibrates them."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotleads.evaluation import fit_calibration_line
from hotleads.features import Context
from hotleads.scoring import Calibration, LinearModel, Model, compute_probabilities
from hotleads.training.base_models import fit_linear, fit_trees
from hotleads.training.calibration import cap_slope, cross_fit, fit_calibration, fit_launch_calibration, split_folds
from hotleads.training.examples import Examples
from hotleads.training.options import ModelParameters

from .businesses import SOME_FEATURES, START, draw_examples


def draw_labels(slope: float, intercept: float, rows: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Logits, and labels whose true log-odds are that line of them."""
    random = np.random.default_rng(seed)
    logits = random.normal(-1, 1.5, rows)
    return logits, (random.uniform(size=rows) < 1 / (1 + np.exp(-slope * logits - intercept))).astype(np.int64)


class TestLine:
    @pytest.mark.parametrize(("slope", "intercept"), [(1.0, 0.0), (0.6, -0.4), (1.5, 0.8), (0.3, 1.0)])
    def test_recovers_a_known_line_from_many_rows(self, slope: float, intercept: float) -> None:
        logits, label = draw_labels(slope, intercept, 200_000)
        line = fit_calibration(logits, label, np.ones(len(label)))
        assert line.slope == pytest.approx(slope, abs=0.03)
        assert line.intercept == pytest.approx(intercept, abs=0.03)
        independent = fit_calibration_line(label, 1 / (1 + np.exp(-logits)))
        assert (line.slope, line.intercept) == pytest.approx((independent.slope, independent.intercept), abs=2e-3)

    def test_stays_where_there_is_no_evidence(self) -> None:
        nothing = np.empty(0)
        unknown = np.full(5, np.nan)
        assert fit_calibration(nothing, nothing.astype(np.int64), nothing) == Calibration(1.0, 0.0)
        assert fit_calibration(unknown, np.ones(5, np.int64), np.ones(5)) == Calibration(1.0, 0.0)
        logits, label = draw_labels(0.2, 2.0, 50)
        assert fit_calibration(logits, label, np.zeros(50)) == Calibration(1.0, 0.0)

    def test_more_evidence_of_one_kind_moves_it_further(self) -> None:
        logits, label = draw_labels(0.4, 1.0, 20)
        lines = [fit_calibration(logits, label, np.full(20, weight)) for weight in (0.1, 1, 10, 100)]
        distances = [abs(line.slope - 1) / 0.25 + abs(line.intercept) / 0.5 for line in lines]
        assert distances == sorted(distances)
        assert distances[0] < 0.5
        assert distances[-1] > 2

    def test_a_row_of_twice_the_weight_is_two_rows(self) -> None:
        logits, label = draw_labels(0.7, 0.3, 300)
        weighted = fit_calibration(logits, label, np.full(300, 2.0))
        repeated = fit_calibration(np.tile(logits, 2), np.tile(label, 2), np.ones(600))
        assert (weighted.slope, weighted.intercept) == pytest.approx((repeated.slope, repeated.intercept), abs=1e-5)

    def test_rows_without_a_prediction_do_not_count(self) -> None:
        logits, label = draw_labels(0.7, 0.3, 300)
        some = fit_calibration(logits[:200], label[:200], np.ones(200))
        logits[200:] = np.nan
        assert fit_calibration(logits, label, np.ones(300)) == some

    @settings(max_examples=50, deadline=None)
    @given(st.integers(0, 2**32 - 1), st.integers(1, 60), st.sampled_from(["some", "none", "all"]))
    def test_is_the_least_of_the_penalised_loss(self, seed: int, rows: int, buyers: str) -> None:
        logits, label = draw_labels(1.0, 0.0, rows, seed)
        label = {"some": label, "none": label * 0, "all": label * 0 + 1}[buyers]
        line = fit_calibration(logits, label, np.ones(rows))

        def loss(slope: float, intercept: float) -> float:
            margin = slope * logits + intercept
            prior = ((slope - 1) / 0.25) ** 2 + (intercept / 0.5) ** 2
            return float(np.sum(np.logaddexp(0, margin) - label * margin) + prior / 2)

        least = loss(line.slope, line.intercept)
        steps = [(s, i) for s in (-0.01, 0, 0.01) for i in (-0.01, 0, 0.01) if s or i]
        assert all(least <= loss(line.slope + s, line.intercept + i) for s, i in steps)


class TestLaunches:
    @staticmethod
    def draw_launches(levels: list[float], rows: list[int], seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Logits, labels and launches, where each launch's log-odds lie above the logits by its level."""
        parts = [
            draw_labels(1.0, level, count, seed + n) for n, (level, count) in enumerate(zip(levels, rows, strict=True))
        ]
        logits, label = (np.concatenate(columns) for columns in zip(*parts, strict=True))
        return logits, label, np.repeat(np.arange(len(levels)), rows)

    def test_launches_of_one_level_are_as_good_as_one(self) -> None:
        logits, label = draw_labels(0.6, -0.4, 200_000)
        line = fit_launch_calibration(logits, label, np.arange(200_000) % 8)
        assert (line.slope, line.intercept) == pytest.approx((0.6, -0.4), abs=0.04)

    def test_a_large_launch_is_one_launch(self) -> None:
        """The level to expect is the mean of the launches' own, not that of their leads."""
        line = fit_launch_calibration(*self.draw_launches([-0.6, *[0.4] * 5], [50_000, *[3_000] * 5]))
        assert line.intercept == pytest.approx((-0.6 + 5 * 0.4) / 6, abs=0.06)
        assert 0.93 < line.slope < 1  # a mean over levels is less steep than each

    def test_the_probability_is_the_mean_over_launches_and_not_that_of_the_mean_level(self) -> None:
        """Few buy, and launches lie far apart: the best of them bring more than the worst lack."""
        levels, random = np.tile([-1.2, 0.0, 1.2], 8), np.random.default_rng(0)
        logits, launch = random.normal(-3, 0.5, 48_000), np.repeat(np.arange(24), 2_000)
        label = (random.uniform(size=48_000) < compute_probabilities(logits + levels[launch])).astype(np.int64)
        line = fit_launch_calibration(logits, label, launch)
        expected = compute_probabilities(line.slope * logits + line.intercept).mean()
        assert expected == pytest.approx(label.mean(), rel=0.1)
        assert compute_probabilities(logits + levels.mean()).mean() < 0.8 * expected

    def test_first_labels_of_a_launch_move_its_calibration_the_more_the_more_there_are(self) -> None:
        levels = [0.5, 0.3, -0.2, 0.1, 1.5]
        unknown = fit_launch_calibration(*self.draw_launches(levels[:4], [4_000] * 4), own_launch=4)
        assert unknown == fit_launch_calibration(*self.draw_launches(levels[:4], [4_000] * 4))
        few, many = (
            fit_launch_calibration(*self.draw_launches(levels, [4_000] * 4 + [leads]), own_launch=4)
            for leads in (100, 10_000)
        )
        assert unknown.intercept < few.intercept < many.intercept
        assert many.intercept == pytest.approx(1.5, abs=0.1)

    @pytest.mark.parametrize("weights", [[0.5, 0.3, 0.2], [0.1, 0.1, 0.8]])
    def test_logits_of_models_that_each_lacked_a_launch_give_the_line_of_the_one_that_had_all(
        self, weights: list[float]
    ) -> None:
        """Each model's level is the mean of its launches' levels, counted by what they tell."""
        share, level = np.array(weights), np.array([0.5, -0.5, 0.2])
        logits, label, launch = self.draw_launches([0.5, -0.5, 0.2], [5_000] * 3)
        of_all = np.dot(share, level)
        of_others = (of_all - share * level) / (1 - share)
        expected = fit_launch_calibration(logits + of_all, label, launch)
        line = fit_launch_calibration(logits + of_others[launch], label, launch, window_weights=share)
        assert (line.slope, line.intercept) == pytest.approx((expected.slope, expected.intercept), abs=0.03)

    def test_a_small_launch_does_not_move_the_level_of_a_large_one(self) -> None:
        """Left out, the large launch has to do with what twenty leads of the small one say of the level."""
        logits, label, launch = self.draw_launches([0.0, 0.0], [5_000, 20])
        logits[launch == 0] += 1.0
        line = fit_launch_calibration(logits, label, launch, window_weights=np.array([5_000, 20]) / 5_020)
        assert abs(line.intercept) < 0.15
        assert fit_launch_calibration(logits, label, launch).intercept < -0.6

    def test_what_only_differs_between_launches_does_not_bend_the_line(self) -> None:
        """One logit a launch, and the launches with the lower logits sold more: no slope within any of them."""
        random, launch = np.random.default_rng(0), np.repeat(np.arange(4), 2_000)
        logits = np.array([-1.0, -2.0, -3.0, -4.0])[launch]
        label = (random.uniform(size=8_000) < np.array([0.05, 0.1, 0.2, 0.3])[launch]).astype(np.int64)
        assert fit_launch_calibration(logits, label, launch).slope > 0.6
        assert fit_calibration(logits, label, np.ones(8_000)).slope < 0

    def test_stays_where_there_is_no_evidence(self) -> None:
        unknown = np.full(5, np.nan)
        assert fit_launch_calibration(unknown, np.ones(5, np.int64), np.zeros(5, np.int64)) == Calibration(1.0, 0.0)
        logits, label, launch = self.draw_launches([0.2, 0.1], [200, 200])
        some = fit_launch_calibration(logits[:200], label[:200], launch[:200])
        logits[200:] = np.nan
        assert fit_launch_calibration(logits, label, launch) == some

    @settings(max_examples=30, deadline=None)
    @given(st.integers(0, 2**32 - 1), st.lists(st.integers(1, 40), min_size=1, max_size=6), st.sampled_from([0, 1]))
    def test_is_finite_and_near_the_prior_for_a_few_rows(self, seed: int, rows: list[int], bought: int) -> None:
        """Launches where everybody bought, or nobody, have no level of their own that labels could tell."""
        logits, label, launch = self.draw_launches([0.0] * len(rows), rows, seed % 1000)
        label[launch == 0] = bought
        line = fit_launch_calibration(logits, label, launch)
        assert 0 < line.slope < 2
        assert abs(line.intercept) < 2


class TestHeldBack:
    def test_a_line_that_spreads_little_stays(self) -> None:
        logits = np.array([-2.0, np.nan, -1.9, -2.1])
        assert cap_slope(Calibration(1.2, 0.1), logits) == Calibration(1.2, 0.1)
        assert cap_slope(Calibration(1.2, 0.1), np.full(3, np.nan)) == Calibration(1.2, 0.1)

    @settings(max_examples=50, deadline=None)
    @given(st.floats(0.1, 5), st.floats(-3, 3), st.integers(0, 1000))
    def test_spreads_by_half_a_unit_around_the_same_mean(self, slope: float, intercept: float, seed: int) -> None:
        logits = np.random.default_rng(seed).normal(-4, 8, 200)
        line = cap_slope(Calibration(slope, intercept), logits)
        assert line.slope * logits.std() == pytest.approx(0.5)
        means = [
            compute_probabilities(calibration.slope * logits + calibration.intercept).mean()
            for calibration in (line, Calibration(slope, intercept))
        ]
        assert means[0] == pytest.approx(means[1])


def build_labelled(window: list[int], label: list[int]) -> Examples:
    rows = draw_examples(len(label), windows=max(window) + 1)
    return replace(rows, label=np.array(label), window=np.array(window))


class TestFolds:
    def test_each_window_in_turn_latest_first(self) -> None:
        rows = draw_examples(90, windows=3)
        folds = list(split_folds(rows))
        assert [set(rows.window[left_out]) for _, left_out in folds] == [{2}, {1}, {0}]
        for seen, left_out in folds:
            np.testing.assert_array_equal(seen, ~left_out)

    def test_a_single_window_by_leads(self) -> None:
        rows = draw_examples(300, windows=1)
        folds = list(split_folds(rows))
        assert len(folds) == 3
        np.testing.assert_array_equal(np.sum([left_out for _, left_out in folds], axis=0), np.ones(300))
        for seen, left_out in folds:
            assert not set(rows.table.index[seen]) & set(rows.table.index[left_out])

    def test_none_where_the_others_teach_nothing(self) -> None:
        assert list(split_folds(build_labelled([0, 0, 1, 1], [1, 1, 0, 0]))) == []
        (only,) = split_folds(build_labelled([0, 0, 0, 0, 1], [0, 1, 1, 1, 1]))
        np.testing.assert_array_equal(only[1], [False, False, False, False, True])

    def test_a_window_stays_in_where_the_others_have_few_buyers(self) -> None:
        """30 leads of whom 20 bought, and 10 of whom 2 did: two buyers teach nothing that could be judged."""
        rows = build_labelled([0] * 30 + [1] * 10, [1] * 20 + [0] * 10 + [1] * 2 + [0] * 8)
        ((seen, left_out),) = split_folds(rows)
        np.testing.assert_array_equal(seen, rows.window == 0)
        np.testing.assert_array_equal(left_out, rows.window == 1)

    def test_none_without_rows(self) -> None:
        assert list(split_folds(draw_examples(0, windows=1))) == []


def fit_light(rows: Examples) -> Model:
    light = ModelParameters(trees=5)
    linear, trees = fit_linear(rows, SOME_FEATURES, light), fit_trees(rows, SOME_FEATURES, light, 0)
    return Model(SOME_FEATURES, linear, trees, Calibration(), Context(START), {})


class TestCrossFitted:
    @pytest.mark.parametrize("windows", [1, 2, 4])
    def test_no_model_sees_what_it_predicts(self, windows: int) -> None:
        """Each fitted model predicts a constant of its own: the number of rows that it saw from each group."""
        rows = draw_examples(400, windows=windows)
        group = rows.window if windows > 1 else rows.assign_folds(3)
        marked = replace(rows, table=rows.table.assign(row=np.arange(400)))
        nothing = np.zeros(len(SOME_FEATURES))
        trees = fit_trees(rows, SOME_FEATURES, ModelParameters(trees=0), 0)
        base = float(build_constant(0.0, nothing, trees).predict_logits(rows.table)[0])
        seen_by: dict[float, set[int]] = {}

        def fit(part: Examples) -> Model:
            number = float(len(seen_by))
            seen_by[number] = set(part.table["row"])
            assert part.windows == rows.windows  # weights are those of the whole
            return build_constant(number, nothing, trees)

        logits = cross_fit(marked, fit)
        for row, number in enumerate(np.round(2 * (logits - base), 6)):
            assert row not in seen_by[number]
            in_group = group == group[row]
            assert seen_by[number] == set(np.flatnonzero(~in_group))

    def test_predictions_are_those_of_models_fitted_by_hand(self) -> None:
        rows = draw_examples(200, windows=2)
        logits = cross_fit(rows, fit_light)
        for window in (0, 1):
            in_window = rows.window == window
            by_hand = fit_light(rows.take(~in_window)).predict_logits(rows.table[in_window])
            np.testing.assert_array_equal(logits[in_window], by_hand)

    def test_no_prediction_where_none_could_be_fitted(self) -> None:
        logits = cross_fit(build_labelled([0, 0, 1, 1], [0, 1, 1, 0]), fit_light)
        np.testing.assert_array_equal(np.isnan(logits), [False] * 4)
        logits = cross_fit(build_labelled([0, 0, 0, 0, 1], [0, 1, 1, 1, 1]), fit_light)
        np.testing.assert_array_equal(np.isnan(logits), [True, True, True, True, False])


def build_constant(number: float, nothing: np.ndarray, trees: object) -> Model:
    linear = LinearModel(number, nothing, nothing + 1, nothing, nothing, nothing)
    return Model(SOME_FEATURES, linear, trees, Calibration(), Context(START), {})  # type: ignore[arg-type]
