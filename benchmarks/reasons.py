"""How fast exact reasons are, beside shap's TreeExplainer on the same trees and rows in the same run.

    python benchmarks/reasons.py [--leads 200000] [--rival-leads 2000] [--depths 4 3 6]

300 trees, 40 features, a tenth of the values missing. Both sides get every core. CPU time is of all threads, so that
ratios hold on a machine that others use too.
"""

import argparse
import os
import platform
import statistics
import time
from collections.abc import Callable
from typing import NamedTuple

os.environ.setdefault("OMP_WAIT_POLICY", "passive")

import numba
import numpy as np
import pandas as pd
import shap
import xgboost as xgb

from hotleads.features import FEATURES, Context
from hotleads.scoring import (
    Calibration,
    LinearModel,
    Model,
    ReasonFormatter,
    TextOptions,
    build_reasons,
    build_reasons_array,
    compute_launch_quantiles,
)
from hotleads.scoring.reasons import choose_features
from hotleads.scoring.treeshap.contributions import look_up_contributions, run_in_threads
from hotleads.scoring.treeshap.forest import read_forest
from hotleads.scoring.treeshap.tables import ShapTables, build_shap_tables

COLUMNS, TREES, REASONS, ROUNDS = 40, 300, 3, 5


class Took(NamedTuple):
    wall: float
    cpu: float


def main() -> None:
    """Print one table for each depth."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--leads", type=int, default=200_000)
    parser.add_argument("--rival-leads", type=int, default=2_000)
    parser.add_argument("--depths", type=int, nargs="+", default=[4, 3, 6])
    options = parser.parse_args()
    packages = ", ".join(f"{package.__name__} {package.__version__}" for package in (xgb, shap, numba, np))
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    print(f"Python {platform.python_version()}, {packages}, {platform.machine()}, {cores} cores")
    print(f"{TREES} trees, {COLUMNS} features, {options.leads:,} leads, {options.rival_leads:,} for shap")
    for depth in options.depths:
        compare(depth, options.leads, options.rival_leads)


def compare(depth: int, leads: int, rival_leads: int) -> None:
    """Compare at one depth: leads a second, ratios, differences, one lead at a time."""
    X = draw_values(leads, seed=1)
    model = fit_random_model(depth)
    table = pd.DataFrame(X, columns=[feature.name for feature in model.features])
    tables = build_shap_tables(read_forest(model.trees))
    made = measure_best(lambda: build_shap_tables(read_forest(model.trees)), 2)
    size = sum(np.asarray(part).nbytes for part in tables) / 1e6
    print(f"\ndepth {depth}: tables of {size:.1f} MB made from the booster in {1e3 * made.cpu:.0f} ms of CPU")
    explainer = shap.TreeExplainer(model.trees)
    few = X[:rival_leads]
    rival = measure_best(lambda: top_features(explainer.shap_values(few), REASONS), 2)
    wording = TextOptions("en", "BRL", compute_launch_quantiles(table, model.features))
    ours = {
        "ours, the same trees alone": measure_best(lambda: top_features(attribute_all(tables, X), REASONS)),
        "ours, the whole model": measure_best(lambda: top_features(model.explain(table).contributions, REASONS)),
        "ours, with three sentences each": measure_best(lambda: render_reasons(model, table, wording), 2),
    }
    print(f"{'top 3 of the features':34} {'leads/s':>9} {'times shap':>11} {'leads/CPU s':>12} {'times shap':>11}")
    print_line("shap's TreeExplainer", rival, rival_leads, rival, rival_leads)
    for name, took in ours.items():
        print_line(name, took, leads, rival, rival_leads)
    print_agreement(attribute_all(tables, few), explainer.shap_values(few))
    explain_one_lead(model, X, wording, explainer)


def top_features(contributions: np.ndarray, most: int) -> np.ndarray:
    """Return for each row the columns of its largest contributions, largest first, then -1."""
    chosen = np.full((len(contributions), most), -1)
    choose_features(contributions, np.arange(contributions.shape[1]), chosen)
    return chosen


def attribute_all(tables: ShapTables, X: np.ndarray) -> np.ndarray:
    """Return the contributions of all rows, computed on every core."""
    out = np.empty(X.shape)

    def work(rows: np.ndarray, out: np.ndarray) -> None:
        look_up_contributions(tables[:-1], rows, np.empty(len(rows)), out)

    run_in_threads(work, X, out)
    return out


def fit_random_model(depth: int) -> Model:
    """Fit a model of both parts on random outcomes of a few interactions."""
    X, rng = draw_values(20_000, seed=0), np.random.default_rng(0)
    logged = np.nan_to_num(np.log1p(X))
    logit = (logged - logged.mean(axis=0)) @ rng.normal(0, 0.3, COLUMNS) + logged[:, 0] * logged[:, 1] - 2
    y = rng.random(len(X)) < 1 / (1 + np.exp(-logit))
    parameters = {"objective": "binary:logistic", "max_depth": depth, "eta": 0.05, "min_child_weight": 5, "nthread": 1}
    trees = xgb.train(parameters | {"colsample_bytree": 0.5}, xgb.DMatrix(X, y), TREES)
    trees.set_param({"nthread": 0})
    linear = LinearModel(-1.0, *(rng.normal(size=COLUMNS) ** 2 + 0.1 for _ in range(4)), np.full(COLUMNS, 0.1))
    context = Context(pd.Timestamp("2025-01-01", tz="UTC").to_pydatetime(), "BRL")
    return Model(FEATURES[:COLUMNS], linear, trees, Calibration(0.9, 0.1), context, {})


def draw_values(leads: int, seed: int) -> np.ndarray:
    """Draw positive, skewed values, some of them counts, a tenth missing."""
    rng = np.random.default_rng(seed)
    X = rng.lognormal(2, 1, (leads, COLUMNS))
    X[:, ::3] = np.round(X[:, ::3])
    X[rng.random(X.shape) < 0.1] = np.nan
    return X


def render_reasons(model: Model, table: pd.DataFrame, wording: TextOptions) -> object:
    """Return sentences from features, all steps included."""
    teller = ReasonFormatter(model.features, wording)
    return build_reasons_array(teller, table.to_numpy(), model.explain(table).contributions, REASONS)


def measure_best(work: Callable[[], object], rounds: int = ROUNDS) -> Took:
    """Return the quickest of some rounds, warm."""
    work()
    runs = []
    for _ in range(rounds):
        wall, cpu = time.perf_counter(), time.process_time()
        work()
        runs.append(Took(time.perf_counter() - wall, time.process_time() - cpu))
    return Took(min(took.wall for took in runs), min(took.cpu for took in runs))


def print_line(name: str, took: Took, leads: int, rival: Took, rival_leads: int) -> None:
    """Print one line of a table."""
    speeds = [(leads / mine, leads / mine / (rival_leads / theirs)) for mine, theirs in zip(took, rival, strict=True)]
    print(
        f"{name:34} "
        + " ".join(f"{speed:{width},.0f} {times:11.1f}" for (speed, times), width in zip(speeds, (9, 12), strict=True)),
        flush=True,
    )


def print_agreement(ours: np.ndarray, theirs: np.ndarray) -> None:
    """Print the largest difference, and how often the top reason is the same."""
    largest = np.sort(np.abs(ours), axis=1)
    distinct = largest[:, -1] - largest[:, -2] > 1e-5
    same = top_features(ours, 1)[:, 0] == top_features(np.asarray(theirs, np.float64), 1)[:, 0]
    print(
        f"largest difference {np.abs(ours - theirs).max():.1e}; same top reason in {same[distinct].mean():.2%} of the "
        f"{distinct.sum():,} leads whose two largest differ by more than 1e-5"
    )


def explain_one_lead(model: Model, X: np.ndarray, wording: TextOptions, explainer: shap.TreeExplainer) -> None:
    """Print medians over single leads that the formatter has not seen, warm."""
    rows, teller = [X[[row]] for row in range(400)], ReasonFormatter(model.features, wording)
    work = {
        "logit and contributions": model.explain_matrix,
        "with three sentences": lambda row: build_reasons(
            teller, row, model.explain_matrix(row).contributions, REASONS
        ),
        "shap's TreeExplainer": explainer.shap_values,
    }
    for row in rows[200:]:
        for one in work.values():
            one(row)
    took = [f"{name} {measure_median(one, rows[:200]):.3f} ms" for name, one in work.items()]
    print("one lead, median of 200: " + ", ".join(took))


def measure_median(work: Callable[[np.ndarray], object], rows: list[np.ndarray]) -> float:
    """Return the median milliseconds a call."""
    milliseconds = []
    for row in rows:
        started = time.perf_counter()
        work(row)
        milliseconds.append(1e3 * (time.perf_counter() - started))
    return statistics.median(milliseconds)


if __name__ == "__main__":
    main()
