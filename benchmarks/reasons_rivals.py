"""How fast exact reasons are beside WOODELF and FastTreeSHAP, on the same trees and rows as ``reasons.py``.

    python -m venv rivals && rivals/bin/pip install --no-deps woodelf-explainer fasttreeshap
    python benchmarks/reasons_rivals.py rivals/lib/python3.13/site-packages [--leads 100000] [--depth 4]

The folder is searched after the project's own packages, so that numpy, XGBoost and shap are the same on all sides. CPU
time is of all threads; WOODELF's includes what it does with the trees before the first row, at each call, as it offers
no other way.
"""

import argparse
import sys
from collections.abc import Callable
from importlib.metadata import version

import numpy as np
import pandas as pd
import shap
from reasons import Took, attribute_all, draw_values, fit_random_model, measure_best

from hotleads.scoring.treeshap.forest import read_forest
from hotleads.scoring.treeshap.tables import build_shap_tables

FEW = 1_000


def main() -> None:
    """Print a line for each method that runs, and why another one does not."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("packages", help="folder of the rivals' packages")
    parser.add_argument("--leads", type=int, default=100_000)
    parser.add_argument("--depth", type=int, default=4)
    options = parser.parse_args()
    sys.path.append(options.packages)
    model, X = fit_random_model(options.depth), draw_values(options.leads, seed=1)
    tables, few = build_shap_tables(read_forest(model.trees)), X[:FEW]
    exact = attribute_all(tables, few)
    ours = measure_best(lambda: attribute_all(tables, X), 3)
    print(f"depth {options.depth}, {options.leads:,} leads")
    print(f"ours: {options.leads / ours.cpu:,.0f} leads a CPU second")
    explain = shap.TreeExplainer(model.trees).shap_values
    print_rival("shap", explain, few, exact, ours.cpu / options.leads)
    try:
        from woodelf import WoodelfExplainer

        woodelf = WoodelfExplainer(model.trees)
        frame = pd.DataFrame(X, columns=[feature.name for feature in model.features])
        print_rival(
            "woodelf-explainer",
            lambda rows: np.asarray(woodelf.shap_values(frame.iloc[: len(rows)], verbose=False)),
            X,
            exact,
            ours.cpu / options.leads,
        )
    except (ImportError, AttributeError, ValueError) as error:
        print(f"woodelf-explainer: failed: {error}")
    try:
        import fasttreeshap

        explain = fasttreeshap.TreeExplainer(model.trees).shap_values
        print_rival("fasttreeshap", explain, few, exact, ours.cpu / options.leads)
    except (ImportError, AttributeError, ValueError) as error:
        print(f"fasttreeshap: failed: {error}")


def print_rival(
    name: str, explain: Callable[[np.ndarray], np.ndarray], rows: np.ndarray, exact: np.ndarray, seconds: float
) -> None:
    """Print a rival's speed, how many times slower it is than ``seconds`` a lead, and its largest difference."""
    took: Took = measure_best(lambda: explain(rows), 2)
    difference = np.abs(explain(rows[: len(exact)]) - exact).max()
    ratio = took.cpu / len(rows) / seconds
    print(
        f"{name} {version(name)}: {len(rows) / took.cpu:,.0f} leads a CPU second, {ratio:.1f} times ours in CPU, "
        f"largest difference {difference:.1e}"
    )


if __name__ == "__main__":
    main()
