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

from features import FEATURES, Context
from scoring import Calibration, Linear, Model, Wording, launch_quantiles, top_reasons
from scoring.attribution import attribute
from scoring.forest import read_forest
from scoring.reasons import top_features
from scoring.tables import tabulate

COLUMNS, TREES, REASONS, ROUNDS = 40, 300, 3, 5


class Took(NamedTuple):
    wall: float
    cpu: float


def main() -> None:
    """Print a table a depth."""
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
    """One depth: leads a second, ratios, differences, one lead at a time."""
    X = values(leads, seed=1)
    model = fitted(depth)
    table = pd.DataFrame(X, columns=[feature.name for feature in model.features])
    started = time.process_time()
    tables = tabulate(read_forest(model.trees))
    print(f"\ndepth {depth}: tables of {sum(np.asarray(part).nbytes for part in tables) / 1e6:.1f} MB", end=" ")
    print(f"made from the booster in {1e3 * (time.process_time() - started):.0f} ms of CPU")
    explainer = shap.TreeExplainer(model.trees)
    few = X[:rival_leads]
    rival = best(lambda: top_features(explainer.shap_values(few), REASONS), 2)
    ours = {
        "trees alone: contributions and their top 3": best(lambda: top_features(attribute(tables, X)[1], REASONS)),
        "model: logits, contributions, top 3": best(lambda: top_features(model.explain(table).contributions, REASONS)),
        "model: and three sentences each": best(lambda: told(model, table, quantiles), 2),
    }
    line("shap's TreeExplainer: top 3", rival, rival_leads, rival, rival_leads)
    for name, took in ours.items():
        line(name, took, leads, rival, rival_leads)
    agreement(attribute(tables, few)[1], explainer.shap_values(few))
    one_lead(model, table, explainer)


def fitted(depth: int) -> Model:
    """A model of both halves on random outcomes of a few interactions."""
    X, rng = values(20_000, seed=0), np.random.default_rng(0)
    known = np.nan_to_num(np.log1p(X))
    logit = (known - known.mean(axis=0)) @ rng.normal(0, 0.3, COLUMNS) + known[:, 0] * known[:, 1] - 2
    y = rng.random(len(X)) < 1 / (1 + np.exp(-logit))
    told = {"objective": "binary:logistic", "max_depth": depth, "eta": 0.05, "min_child_weight": 5, "nthread": 1}
    trees = xgb.train(told | {"colsample_bytree": 0.5}, xgb.DMatrix(X, y), TREES)
    linear = Linear(-1.0, *(rng.normal(size=COLUMNS) ** 2 + 0.1 for _ in range(4)), np.full(COLUMNS, 0.1))
    context = Context(pd.Timestamp("2025-01-01", tz="UTC").to_pydatetime(), "BRL")
    return Model(FEATURES[:COLUMNS], linear, trees, Calibration(0.9, 0.1), context, {})


def values(leads: int, seed: int) -> np.ndarray:
    """Positive, skewed, some counts, a tenth missing."""
    rng = np.random.default_rng(seed)
    X = rng.lognormal(2, 1, (leads, COLUMNS))
    X[:, ::3] = np.round(X[:, ::3])
    X[rng.random(X.shape) < 0.1] = np.nan
    return X


def told(model: Model, table: pd.DataFrame, language: str = "en") -> object:
    """Reasons in words, beside the launch's leads."""
    wording = Wording("en", "BRL", launch_quantiles(table, model.features))
    return top_reasons(model.features, table.to_numpy(), model.explain(table).contributions, REASONS, wording)


def best(work: Callable[[], object], rounds: int = ROUNDS) -> Took:
    """The quickest of some rounds, warm."""
    work()
    found = []
    for _ in range(rounds):
        wall, cpu = time.perf_counter(), time.process_time()
        work()
        found.append(Took(time.perf_counter() - wall, time.process_time() - cpu))
    return Took(min(took.wall for took in found), min(took.cpu for took in found))
