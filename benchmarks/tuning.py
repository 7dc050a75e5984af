"""Tuning beside the plain Optuna loop on the same rows, with the same objective and search space, in the same run.

    python benchmarks/tuning.py [--rows 100000] [--features 40] [--trials 64] [--plain-trials 32] [--processes 2]

The rival is `study.optimize`: every trial makes its matrices, fits both parts of the model on both folds, and XGBoost
has all cores. Ours shares matrices and linear parts between trials, halves each batch, and runs trials in processes.
It stops once trials no longer improve the loss, so the rival runs about as many.
"""

import argparse
import os
import platform
import time
from collections.abc import Callable
from dataclasses import asdict
from importlib.metadata import version
from itertools import islice

import numpy as np
import optuna
import pandas as pd
import xgboost as xgb
from sklearn.metrics import log_loss

from hotleads.features import FEATURES, Feature
from hotleads.scoring import compute_probabilities
from hotleads.training.base_models import build_tree_matrix, build_tree_parameters, fit_linear
from hotleads.training.calibration import split_folds
from hotleads.training.examples import Examples
from hotleads.training.options import FitOptions, ModelParameters
from hotleads.training.trials import MAX_VALIDATION_FOLDS
from hotleads.training.tuning import suggest_parameters, tune


def main() -> None:
    """Print trials a minute, processor seconds and the best loss of both."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--features", type=int, default=40)
    parser.add_argument("--trials", type=int, default=64)
    parser.add_argument("--plain-trials", type=int, default=32)
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args()
    rows, features = draw_examples(options.rows, FEATURES[: options.features])
    packages = ", ".join(f"{name} {version(name)}" for name in ("optuna", "xgboost-cpu", "scikit-learn"))
    print(f"Python {platform.python_version()}, {packages}; {options.rows:,} rows x {len(features)} features")
    plain = time_study(
        "plain Optuna loop", options.plain_trials, lambda: tune_plainly(rows, features, options.plain_trials)
    )
    ours = time_study(
        f"tune, {options.processes} processes",
        options.trials,
        lambda: tune(rows, features, FitOptions(trials=options.trials, seed=0, processes=options.processes))[1],
    )
    print(f"trials a minute: {ours / plain:.1f} times the plain loop's")


def time_study(name: str, trials: int, run: Callable[[], optuna.Study]) -> float:
    """Run a study, print one line, and return the trials a minute."""
    wall, processor = time.perf_counter(), sum(os.times()[:4])
    study = run()
    wall, processor = time.perf_counter() - wall, sum(os.times()[:4]) - processor
    done, first = len(study.trials), study.trials[0].value
    print(
        f"{name:22} {done} of {trials} trials, {done / wall * 60:6.1f} a minute, {processor:6.1f} processor seconds, "
        f"best loss {study.best_value:.5f} (the defaults' {first:.5f})",
        flush=True,
    )
    return done / wall * 60


def tune_plainly(rows: Examples, features: tuple[Feature, ...], trials: int) -> optuna.Study:
    """Run the rival, the plain Optuna loop."""
    study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=0))
    study.enqueue_trial(asdict(ModelParameters()))
    study.optimize(
        lambda trial: compute_plain_loss(rows, features, suggest_parameters(trial, small=False)), n_trials=trials
    )
    return study


def compute_plain_loss(rows: Examples, features: tuple[Feature, ...], parameters: ModelParameters) -> float:
    """Return the objective, computed the plain way."""
    losses = []
    for seen, left_out in islice(split_folds(rows), MAX_VALIDATION_FOLDS):
        training_rows, X = rows.take(seen), rows.table[left_out].to_numpy(np.float64)
        linear = fit_linear(training_rows, features, parameters)
        settings = build_tree_parameters(training_rows, features, parameters, seed=0) | {"nthread": 0}
        trees = xgb.train(settings, build_tree_matrix(training_rows, features), parameters.trees)
        margin = trees.inplace_predict(X, predict_type="margin")
        logit = 0.5 * (linear.intercept + linear.compute_contributions(X).sum(axis=1)) + 0.5 * margin
        losses.append(log_loss(rows.label[left_out], compute_probabilities(logit)))
    return float(np.mean(losses))


def draw_examples(count: int, features: tuple[Feature, ...]) -> tuple[Examples, tuple[Feature, ...]]:
    """Draw three windows in which one lead in ten buys, by curves of a third of the features and five products."""
    random = np.random.default_rng(0)
    values = random.lognormal(2, 1, (count, len(features)))
    z = np.log(values) - 2
    weights = np.where(np.arange(len(features)) % 3 == 0, random.normal(0, 0.25, len(features)), 0.0)
    signs = np.array([feature.direction or 1 for feature in features])
    margin = np.tanh(z) @ (np.abs(weights) * signs) - 3.2
    margin += 0.8 * sum(signs[k] * z[:, k] * (signs[k + 1] * z[:, k + 1] > 0) for k in range(0, 10, 2))
    label = (random.uniform(size=count) < 1 / (1 + np.exp(-margin))).astype(np.int64)
    values[random.uniform(size=values.shape) < 0.1] = np.nan
    index = pd.Index([f"lead-{number}" for number in range(count)], name="lead_id")
    table = pd.DataFrame(values, index=index, columns=[feature.name for feature in features])
    window = np.sort(random.integers(0, 3, count))
    as_of = window * 86_400_000_000
    return Examples(table, label, window, ("first", "second", "third"), as_of), features


if __name__ == "__main__":
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    main()
