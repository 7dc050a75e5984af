"""What each part of the model is worth on real purchases: base models, their blend, windows and calibration.

    python benchmarks/model_parts.py [--data ../shared/data]

Default parameters, seed 0. The first lines are uncalibrated; then the blend under several calibrations.
"""

import argparse
import tempfile
from pathlib import Path

import numpy as np
from real_purchases import MAPPINGS, SETS

from hotleads.evaluation import log_loss, roc_auc
from hotleads.features import FEATURES, build_context, compute_features
from hotleads.history import History, Launch, build_cohort, import_history, open_history
from hotleads.scoring import Calibration, Model, compute_probabilities
from hotleads.training.base_models import fit_linear, fit_trees
from hotleads.training.calibration import compute_window_weights, cross_fit, fit_calibration, fit_launch_calibration
from hotleads.training.examples import Examples, build_examples
from hotleads.training.options import ModelParameters
from hotleads.training.training_set import select_features
from hotleads.training.windows import select_training_windows


def main() -> None:
    """Print ROC AUC and log loss of each part on each launch."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path(__file__).parents[2] / "shared" / "data")
    options = parser.parse_args()
    for name, launches in SETS.items():
        with tempfile.TemporaryDirectory() as scratch:
            import_history(options.data / name, Path(scratch) / name, mapping=MAPPINGS / f"{name}.toml")
            history = open_history(Path(scratch) / name)
            for launch in launches:
                compare_parts(history, history.get_launch(launch))


def compare_parts(history: History, target: Launch) -> None:
    """Print the figures of every part on one launch."""
    closed_launches = [launch for launch in history.launches.values() if launch.closes_at <= target.as_of]
    fitted = select_training_windows(history, target, target.as_of)
    if [window.length for window in closed_launches] != [window.length for window in fitted]:
        evaluate(history, target, "windows of their own lengths", closed_launches)
    evaluate(history, target, "windows of the target's length", fitted)


def evaluate(history: History, target: Launch, title: str, windows: list[Launch]) -> None:
    """Fit on ``windows`` and print each part's figures on ``target``."""
    context = build_context(history, target.as_of)
    examples = build_examples(history, windows, target.as_of, context)
    features, _ = select_features(examples.table, FEATURES)
    leads = build_cohort(history, target)
    table, label = compute_features(history, target, leads, context, features), leads["label"].to_numpy()
    print(f"{history.name} {target.launch_id}: {title} {[w.launch_id for w in windows]}, {len(examples.label):,} rows")

    def fit_half(rows: Examples) -> Model:
        trees = fit_trees(rows, features, ModelParameters(), seed=0)
        return Model(features, fit_linear(rows, features, ModelParameters()), trees, Calibration(), context, {})

    model = fit_half(examples)
    X = table.to_numpy(np.float64)
    linear = model.linear.intercept + model.linear.compute_contributions(X).sum(axis=1)
    blended = model.predict_logits(table)
    print_figures("logistic regression alone", label, linear)
    print_figures("trees alone", label, 2 * blended - linear)
    print_figures("mean of their logits", label, blended)
    unseen = cross_fit(examples, fit_half)
    age = len(examples.windows) - 1 - examples.window
    lines = {
        name: fit_calibration(unseen, examples.label, weight)
        for name, weight in (
            ("calibrated on the latest window", (age == 0).astype(float)),
            ("calibrated, half weight a window", 0.5**age),
            ("calibrated, half weight two windows", examples.weight),
            ("calibrated, equal weights", np.ones(len(age))),
        )
    }
    window_weights = compute_window_weights(examples)
    lines["calibrated, a level a launch (ours)"] = fit_launch_calibration(
        unseen, examples.label, examples.window, window_weights=window_weights
    )
    for name, line in lines.items():
        print_figures(f"{name}: {line.slope:.2f} z {line.intercept:+.2f}", label, line.slope * blended + line.intercept)


def print_figures(name: str, label: np.ndarray, logits: np.ndarray) -> None:
    """Print one line of the table."""
    probability = compute_probabilities(np.ascontiguousarray(logits))
    print(
        f"  {name:56} ROC AUC {roc_auc(label, probability):.4f}  log loss {log_loss(label, probability):.4f}",
        flush=True,
    )


if __name__ == "__main__":
    main()
