"""Do reasons name what matters? Removing the top reason's signal beside removing a random one's, on the simulator.

    python benchmarks/deletion.py [--leads 20000] [--seed 7]

To remove a signal, the lead gets the values of 20 random others of its launch; the score moves by the mean change of
its log-odds. Once for features, once for families, whose members carry much the same information.
"""

import argparse
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import bootstrap

from hotleads import simulator
from hotleads.features import compute_features
from hotleads.history import build_cohort, open_history
from hotleads.scoring import Model, build_launch_context, sum_by_family
from hotleads.training import FitOptions, fit_model

DRAWS = 20
MOST_LEADS = 3_000


def main() -> None:
    """Simulate, train, remove signals and compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--leads", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    run(options.leads, options.seed)


def run(leads: int, seed: int) -> dict[str, tuple[float, float]]:
    """Return the intervals of how much further the top signal moves the score than a random one: features, families."""
    with tempfile.TemporaryDirectory() as folder:
        simulator.simulate(Path(folder), simulator.SimulationOptions(leads=leads, launches=9, seed=seed))
        history = open_history(folder)
        launch = list(history.launches.values())[-1]
        model = fit_model(history, launch, launch.as_of, FitOptions(trials=0)).model
        context = build_launch_context(history, launch, model)
        table = compute_features(history, launch, build_cohort(history, launch), context, model.features)
    table = table.sample(min(len(table), MOST_LEADS), random_state=seed)
    print(f"{launch.launch_id}: {len(table):,} leads, {len(model.features)} features, {leads:,} simulated leads")
    contributions = model.explain(table).contributions
    features = [[column] for column in range(len(model.features))]
    intervals = {"feature": report_difference("feature", model, table, contributions, features, seed)}
    groups = sum_by_family(model.features, contributions)
    families = [[i for i, one in enumerate(model.features) if one.family == family] for family in groups.columns]
    return intervals | {"family": report_difference("family", model, table, groups.to_numpy(), families, seed)}


def report_difference(
    what: str, model: Model, table: pd.DataFrame, contributions: np.ndarray, parts: list[list[int]], seed: int
) -> tuple[float, float]:
    """Print how far each moves the score; return the 95% interval of the difference over leads."""
    rng = np.random.default_rng(seed)
    top = np.abs(contributions).argmax(axis=1)
    other = (top + rng.integers(1, len(parts), len(table))) % len(parts)
    moved = [np.abs(measure_change(model, table, parts, chosen, rng)) for chosen in (top, other)]
    further = moved[0] - moved[1]
    interval = bootstrap((further,), np.mean, n_resamples=2000, method="percentile", rng=rng).confidence_interval
    print(
        f"without the top {what:7} the log-odds move by {moved[0].mean():.3f}, without a random one by "
        f"{moved[1].mean():.3f}: further by {further.mean():.3f} ({interval.low:.3f} to {interval.high:.3f}), "
        f"{moved[0].mean() / moved[1].mean():.1f} times; further for {(further > 0).mean():.0%} of the leads"
    )
    return float(interval.low), float(interval.high)


def measure_change(
    model: Model, table: pd.DataFrame, parts: list[list[int]], chosen: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Return the mean change of each lead's log-odds when its chosen part has the values of other leads."""
    X, before = table.to_numpy(), model.predict_logits(table)
    member = np.array([[column in part for column in range(X.shape[1])] for part in parts])
    change = np.zeros(len(X))
    for _ in range(DRAWS):
        others = X[rng.integers(0, len(X), len(X))]
        changed = pd.DataFrame(np.where(member[chosen], others, X), table.index, table.columns)
        change += (model.predict_logits(changed) - before) / DRAWS
    return change


if __name__ == "__main__":
    main()
