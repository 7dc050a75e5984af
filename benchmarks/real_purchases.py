"""Quality on real purchases, beside every baseline and a plain RFM logistic regression, in one run.

    python benchmarks/real_purchases.py [--data ../shared/data] [--trials 12]

The baselines are trained on the model's training rows; the regression is trained on the earlier launches themselves.
For ROC AUC, average precision and log loss the model is compared with the best baseline: it keeps up where it is at
most .002 worse or the paired 90% interval holds 0.
"""

import argparse
import platform
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from hotleads.evaluation import summarize
from hotleads.features import build_features
from hotleads.history import History, build_cohort, import_history, open_history
from hotleads.training import FitOptions, backtest
from hotleads.training.baselines.comparison import COMPARED_METRICS, MARGIN

MAPPINGS = Path(__file__).parents[1] / "data" / "mappings"
SETS = {"cdnow": ["1998-H1"], "online_retail": ["2011-09", "2011-10", "2011-11"]}
FIGURES = ("roc_auc", "average_precision", "lift_10", "log_loss", "ece")
RFM = ["days_since_last_purchase", "days_since_first_purchase", "purchases", "spend", "mean_purchase_amount"]


def main() -> None:
    """Print one line for each launch and method, and the means."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path(__file__).parents[2] / "shared" / "data")
    parser.add_argument("--trials", type=int, default=12)
    options = parser.parse_args()
    print(f"Python {platform.python_version()}, {platform.machine()}, {options.trials} trials, seed 0")
    print(f"{'set':14} {'launch':8} {'method':24} " + " ".join(f"{name:>17}" for name in FIGURES))
    for name, launches in SETS.items():
        with tempfile.TemporaryDirectory() as scratch:
            import_history(options.data / name, Path(scratch) / name, mapping=MAPPINGS / f"{name}.toml")
            compare(open_history(Path(scratch) / name), launches, options.trials)


def compare(history: History, launches: list[str], trials: int) -> None:
    """Backtest one data set, then run the rival on the launches that closed before each."""
    started = time.perf_counter()
    _, report = backtest(history, FitOptions(trials=trials), launches)
    seconds = time.perf_counter() - started
    ours = [entry["metrics"] for entry in report["launches"]]
    rival = [fit_rfm_regression(history, launch) for launch in launches]
    baselines = [
        {baseline["baseline"]: baseline["metrics"] for baseline in entry["baselines"]} for entry in report["launches"]
    ]
    methods = {"hotleads": ours} | {
        name: [launch_metrics[name] for launch_metrics in baselines] for name in baselines[0]
    }
    for method, metrics_of_launches in (methods | {"RFM regression, as it is": rival}).items():
        for launch, metrics in zip(launches, metrics_of_launches, strict=True):
            print_line(history.name, launch, method, metrics)
        if len(launches) > 1:
            print_line(
                history.name,
                "mean",
                method,
                {name: float(np.mean([m[name] for m in metrics_of_launches])) for name in FIGURES},
            )
    for entry in report["launches"]:
        for figure in COMPARED_METRICS:
            print(f"{history.name:14} {entry['launch_id']:8} {compare_with_best(entry['baselines'], figure)}")
    print(f"{history.name}: {seconds:.0f} s for {len(launches)} launches")


def compare_with_best(baselines: list[dict[str, Any]], figure: str) -> str:
    """Return whether the model keeps up with the launch's best baseline, and the difference."""
    sign = COMPARED_METRICS[figure][1]
    best = min(baselines, key=lambda baseline: sign * baseline["difference"][figure][0])
    gap, low, high = best["difference"][figure]
    keeps_up = sign * gap >= -MARGIN or low <= 0 <= high
    interval = f"{gap:+.4f} ({low:+.4f} to {high:+.4f})"
    return f"{figure} against the best baseline, {best['baseline']}: {interval}, {'keeps up' if keeps_up else 'LOSES'}"


def fit_rfm_regression(history: History, launch_id: str) -> dict[str, float]:
    """Fit the rival (log-scaled RFM, standardised, C = 0.1) on the launches that closed before this one opened."""
    target = history.get_launch(launch_id)
    earlier = [launch for launch in history.launches.values() if launch.closes_at <= target.as_of]
    rows = [build_rfm_table(history, launch.launch_id) for launch in earlier]
    X, y = pd.concat([table for table, _ in rows]), np.concatenate([label for _, label in rows])
    model = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=1000)).fit(X, y)
    table, label = build_rfm_table(history, launch_id)
    return summarize(label, model.predict_proba(table)[:, 1])


def build_rfm_table(history: History, launch_id: str) -> tuple[pd.DataFrame, np.ndarray]:
    """Return log-scaled RFM and the label of one launch."""
    table = build_features(history, launch_id)[RFM].fillna(0)
    table["recency_over_age"] = table["days_since_last_purchase"] / (table["days_since_first_purchase"] + 1)
    return np.sign(table) * np.log1p(table.abs()), build_cohort(history, history.get_launch(launch_id))[
        "label"
    ].to_numpy()


def print_line(history: str, launch: str, method: str, metrics: dict[str, float]) -> None:
    """Print one line of the table."""
    print(f"{history:14} {launch:8} {method:24} " + " ".join(f"{metrics[name]:17.4f}" for name in FIGURES), flush=True)


if __name__ == "__main__":
    main()
