"""A short study: never below the defaults on its own measure, and the same twice."""

from dataclasses import asdict, fields

import numpy as np
import pytest

from features import Context
from scoring import Calibration, Linear, Model, probabilities
from training.base import Parameters, fit_linear, fit_trees
from training.calibration import folds
from training.examples import Examples
from training.tuning import tune, validation_loss

from .businesses import SOME_FEATURES, START, examples

ROWS = examples(240, windows=3)
NO_TREES = fit_trees(ROWS, SOME_FEATURES, Parameters(trees=0), 0)


def fit(rows: Examples, parameters: Parameters) -> Model:
    """The linear part alone, for speed; what the trees may choose moves its intercept a little."""
    linear = fit_linear(rows, SOME_FEATURES, parameters)
    shift = parameters.learning_rate + parameters.column_share + parameters.trees / 300 + parameters.max_depth / 4
    moved = Linear(linear.intercept + shift, *list(asdict(linear).values())[1:])
    return Model(SOME_FEATURES, moved, NO_TREES, Calibration(), Context(START), {})


@pytest.mark.parametrize("seed", [0, 1])
def test_the_defaults_are_the_first_trial(seed: int) -> None:
    told: list[tuple[int, float]] = []
    parameters, study = tune(ROWS, fit, trials=1, seed=seed, on_trial=lambda *trial: told.append(trial))
    assert parameters == Parameters()
    assert study.trials[0].params == asdict(Parameters())
    assert told == [(1, validation_loss(ROWS, fit, Parameters()))]


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_never_ends_below_the_defaults(seed: int) -> None:
    parameters, study = tune(ROWS, fit, trials=6, seed=seed)
    losses = [trial.value for trial in study.trials]
    assert len(losses) == 6
    assert len({tuple(trial.params.values()) for trial in study.trials}) == 6
    assert validation_loss(ROWS, fit, parameters) == min(losses) <= validation_loss(ROWS, fit, Parameters())


def test_finds_something_better_where_there_is() -> None:
    parameters, _ = tune(ROWS, fit, trials=8, seed=0)
    assert validation_loss(ROWS, fit, parameters) < validation_loss(ROWS, fit, Parameters())


def test_the_same_seed_gives_the_same_trials() -> None:
    first, second, other = (tune(ROWS, fit, trials=5, seed=seed)[1] for seed in (3, 3, 4))
    assert [(t.params, t.value) for t in first.trials] == [(t.params, t.value) for t in second.trials]
    assert [t.params for t in first.trials[1:]] != [t.params for t in other.trials[1:]]


def test_no_trials_give_the_defaults_without_fitting() -> None:
    def never(rows: Examples, parameters: Parameters) -> Model:
        raise AssertionError("nothing is to be fitted")

    parameters, study = tune(ROWS, never, trials=0, seed=0)
    assert parameters == Parameters()
    assert study.trials == []


def test_nothing_to_validate_on_gives_the_defaults() -> None:
    """All buyers in one window and all others in the other: neither predicts the other."""
    rows = examples(40, windows=2)
    split = Examples(rows.table, rows.window, rows.window, rows.windows, rows.as_of)
    assert list(folds(split)) == []
    parameters, study = tune(split, fit, trials=3, seed=0)
    assert parameters == Parameters()
    assert study.trials == []


def test_the_loss_is_the_mean_over_the_two_latest_windows() -> None:
    losses = []
    for window in (1, 2):
        own = ROWS.window == window
        p = probabilities(fit(ROWS.take(~own), Parameters()).logits(ROWS.table[own]))
        y = ROWS.label[own]
        losses.append(-np.mean(y * np.log(p) + (1 - y) * np.log(1 - p)))
    assert validation_loss(ROWS, fit, Parameters()) == pytest.approx(np.mean(losses), rel=1e-12)


def test_every_parameter_is_tuned_within_bounds_that_hold_the_default() -> None:
    _, study = tune(ROWS, fit, trials=12, seed=0)
    for name in (field.name for field in fields(Parameters)):
        found = {trial.params[name] for trial in study.trials}
        assert len(found) > 1
        distribution = study.trials[0].distributions[name]
        assert distribution._contains(distribution.to_internal_repr(getattr(Parameters(), name)))
