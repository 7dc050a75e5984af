"""A short study: never below the defaults on its own measure, and the same whatever runs it."""

from dataclasses import asdict, fields
from pathlib import Path

import numpy as np
import optuna
import pytest
from optuna.trial import FrozenTrial, TrialState

from hotleads.scoring import compute_probabilities
from hotleads.training import trials, tuning
from hotleads.training.base_models import fit_linear, fit_trees
from hotleads.training.calibration import split_folds
from hotleads.training.examples import Examples
from hotleads.training.options import FitOptions, ModelParameters
from hotleads.training.tuning import read_study, tune, write_study

from .businesses import SOME_FEATURES, draw_examples

ROWS = draw_examples(240, windows=3)
Trials = list[tuple[dict[str, object], float | None, TrialState, dict[int, float]]]


def list_trials(study: optuna.Study) -> Trials:
    return [(trial.params, trial.value, trial.state, trial.intermediate_values) for trial in study.trials]


def compute_plain_loss(rows: Examples, parameters: ModelParameters, seed: int = 0) -> float:
    """The objective as one would write it down."""
    losses = []
    for window in (len(rows.windows) - 1, len(rows.windows) - 2):
        in_window = rows.window == window
        linear = fit_linear(rows.take(~in_window), SOME_FEATURES, parameters)
        trees = fit_trees(rows.take(~in_window), SOME_FEATURES, parameters, seed)
        X = rows.table[in_window].to_numpy(np.float64)
        margin = trees.inplace_predict(X, predict_type="margin")
        p = compute_probabilities(0.5 * (linear.intercept + linear.compute_contributions(X).sum(axis=1)) + 0.5 * margin)
        losses.append(-np.mean(np.where(rows.label[in_window], np.log(p), np.log(1 - p))))
    return float(np.mean(losses))


@pytest.mark.parametrize("seed", [0, 1])
def test_the_defaults_are_the_first_trial_and_are_evaluated_on_every_fold(seed: int) -> None:
    shown: list[int] = []
    parameters, study = tune(
        ROWS, SOME_FEATURES, FitOptions(trials=1, seed=seed), on_trial=lambda trial: shown.append(trial.number)
    )
    assert parameters == ModelParameters()
    assert study.trials[0].params == asdict(ModelParameters())
    assert study.trials[0].value == pytest.approx(compute_plain_loss(ROWS, ModelParameters(), seed), rel=1e-6)
    assert shown == [0]


@pytest.mark.parametrize("seed", [0, 1])
def test_the_best_was_measured_on_every_fold_and_is_never_below_the_defaults(seed: int) -> None:
    _, study = tune(ROWS, SOME_FEATURES, FitOptions(trials=12, seed=seed))
    complete = [trial for trial in study.trials if trial.state == TrialState.COMPLETE]
    assert len(study.trials) == 12
    assert complete[0].number == 0
    assert study.best_value == min(trial.value for trial in complete if trial.value is not None)
    assert study.best_value == pytest.approx(
        compute_plain_loss(ROWS, ModelParameters(**study.best_params), seed), rel=1e-6
    )
    assert study.best_value <= compute_plain_loss(ROWS, ModelParameters(), seed)


def test_a_gain_that_chance_explains_leaves_the_defaults() -> None:
    parameters, study = tune(ROWS, SOME_FEATURES, FitOptions(trials=12, seed=1))
    assert study.best_params != asdict(ModelParameters())
    assert (
        0
        < compute_plain_loss(ROWS, ModelParameters(), 1)
        - compute_plain_loss(ROWS, ModelParameters(**study.best_params), 1)
        < 0.002
    )
    assert parameters == ModelParameters()


def test_a_gain_beyond_chance_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    poor = asdict(ModelParameters(trees=50, max_depth=2, learning_rate=0.03, inverse_penalty=0.1))
    monkeypatch.setattr(tuning, "ModelParameters", lambda **chosen: ModelParameters(**(poor | chosen)))
    parameters, study = tune(draw_examples(3000, windows=3), SOME_FEATURES, FitOptions(trials=12, seed=0))
    assert parameters == ModelParameters(**study.best_params)
    assert asdict(parameters) != poor


def test_a_batch_goes_on_with_its_best_quarter_on_the_latest_window() -> None:
    _, study = tune(ROWS, SOME_FEATURES, FitOptions(trials=8, seed=0))
    first = {trial.number: trial.intermediate_values[0] for trial in study.trials}
    best = sorted(first, key=lambda number: first[number])[:2]
    complete = {trial.number for trial in study.trials if trial.state == TrialState.COMPLETE}
    assert complete == {0, *best}


def test_many_rows_are_first_measured_on_a_sample_of_the_leads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trials, "_MAX_FIRST_ROWS", 60)
    latest, _, sample = trials.plan_halving(ROWS).folds
    assert trials.plan_halving(ROWS)[1:] == ((2,), (0, 1))
    assert 0 < sample.seen.sum() < 100
    assert not (sample.seen & ~latest.seen).any()
    np.testing.assert_array_equal(sample.left_out, latest.left_out)
    _, study = tune(ROWS, SOME_FEATURES, FitOptions(trials=8, seed=0))
    best = study.best_trial
    assert best.value == pytest.approx(compute_plain_loss(ROWS, ModelParameters(**best.params)), rel=1e-6)
    assert best.intermediate_values[0] != pytest.approx(best.value, rel=1e-3)


def test_the_same_seed_gives_the_same_trials() -> None:
    first, second, other = (
        list_trials(tune(ROWS, SOME_FEATURES, FitOptions(trials=10, seed=seed))[1]) for seed in (3, 3, 4)
    )
    assert first == second
    assert first[1:] != other[1:]


def test_an_interrupted_study_goes_on_to_the_same_end(tmp_path: Path) -> None:
    uninterrupted = list_trials(tune(ROWS, SOME_FEATURES, FitOptions(trials=20, seed=0))[1])

    def stop(trial: FrozenTrial) -> None:
        if trial.number == 10:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        tune(ROWS, SOME_FEATURES, FitOptions(trials=20, seed=0, cache=tmp_path), on_trial=stop)
    (file,) = tmp_path.iterdir()
    assert len(read_study(file)) == tuning.BATCH
    numbers: list[int] = []
    _, study = tune(
        ROWS,
        SOME_FEATURES,
        FitOptions(trials=20, seed=0, cache=tmp_path),
        on_trial=lambda trial: numbers.append(trial.number),
    )
    assert list_trials(study) == uninterrupted
    assert numbers == list(range(tuning.BATCH, 20))
    assert not list(tmp_path.iterdir()), "a finished study leaves nothing"


def test_other_rows_go_on_from_no_other_study(tmp_path: Path) -> None:
    def stop(trial: FrozenTrial) -> None:
        if trial.number == 8:
            raise KeyboardInterrupt

    for rows in (ROWS, draw_examples(240, windows=3, seed=1)):
        with pytest.raises(KeyboardInterrupt):
            tune(rows, SOME_FEATURES, FitOptions(trials=10, seed=0, cache=tmp_path), on_trial=stop)
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.slow
def test_two_processes_give_the_same_trials(monkeypatch: pytest.MonkeyPatch) -> None:
    one = list_trials(tune(ROWS, SOME_FEATURES, FitOptions(trials=10, seed=0))[1])
    monkeypatch.setattr(trials, "_MIN_CELLS_FOR_PROCESSES", 0)
    assert list_trials(tune(ROWS, SOME_FEATURES, FitOptions(trials=10, seed=0, processes=2))[1]) == one


def test_stops_when_trials_stop_paying(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tuning, "_MIN_IMPROVEMENT", 10.0)
    _, study = tune(ROWS, SOME_FEATURES, FitOptions(trials=64, seed=0))
    assert len(study.trials) == 3 * tuning.BATCH


def test_a_study_on_disk_reads_back_whole(tmp_path: Path) -> None:
    _, study = tune(ROWS, SOME_FEATURES, FitOptions(trials=9, seed=0))
    write_study(study, tmp_path / "kept" / "study.log")
    write_study(study, tmp_path / "kept" / "study.log")
    again = optuna.create_study()
    again.add_trials(read_study(tmp_path / "kept" / "study.log"))
    assert list_trials(again) == list_trials(study)
    assert [path.name for path in (tmp_path / "kept").iterdir()] == ["study.log"]
    assert read_study(tmp_path / "none.log") == []


def test_no_trials_give_the_defaults_without_fitting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(trials, "fit_trees")
    parameters, study = tune(ROWS, SOME_FEATURES, FitOptions(trials=0, seed=0))
    assert parameters == ModelParameters()
    assert study.trials == []


def test_nothing_to_validate_on_gives_the_defaults() -> None:
    """All buyers in one window and all others in the other: neither predicts the other."""
    rows = draw_examples(40, windows=2)
    split = Examples(rows.table, rows.window, rows.window, rows.windows, rows.as_of)
    assert list(split_folds(split)) == []
    parameters, study = tune(split, SOME_FEATURES, FitOptions(trials=3, seed=0))
    assert parameters == ModelParameters()
    assert study.trials == []


@pytest.mark.slow
@pytest.mark.parametrize("small", [True, False])
def test_every_parameter_is_tuned_within_bounds_that_hold_the_default(
    small: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tuning, "_FEW_BUYERS", 10**9 if small else 0)
    _, study = tune(ROWS, SOME_FEATURES, FitOptions(trials=16, seed=0))
    for name in (field.name for field in fields(ModelParameters)):
        assert len({trial.params[name] for trial in study.trials}) > 1
        distribution = study.trials[0].distributions[name]
        assert distribution._contains(distribution.to_internal_repr(getattr(ModelParameters(), name)))
    assert max(trial.params["trees"] for trial in study.trials) <= (150 if small else 300)
