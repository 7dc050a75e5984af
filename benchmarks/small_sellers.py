"""Is a small seller's model that is shrunk to another seller's never worse than either alone? Simulated sellers.

    python benchmarks/small_sellers.py [--seeds 100] [--worlds 4] [--leads 20000] [--processes 2]

A world is a simulated creator. A small seller is a part of its people, drawn at random so that about 50, 200 or 500 of
them bought at the launches that are over. Three models score the world's last launch: its own, the prior model, and
its own shrunk to the prior. There are two priors: the model of a similar creator (another seed, so other campaigns),
and that of a shop of another kind, CDNOW's simulated customers, of whom only purchases are known. The measure is the
expected Brier score under the true probabilities, which has no sampling noise.
"""

import argparse
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pandas as pd

from hotleads.features import Feature, compute_features
from hotleads.history import build_cohort, open_history
from hotleads.scoring import Calibration, Model, compute_probabilities
from hotleads.simulator import SimulationOptions, read_truth, simulate
from hotleads.training import FitOptions, fit_model
from hotleads.training.base_models import fit_linear, fit_trees
from hotleads.training.calibration import compute_window_weights, cross_fit, fit_launch_calibration
from hotleads.training.examples import Examples
from hotleads.training.options import ModelParameters
from hotleads.training.shrinkage import estimate_own_weight
from hotleads.training.training_set import TrainingSet, build_training_set, select_features

BUYERS = (50, 200, 500)
PRIOR_SEED = 1_000
PRIORS = {"like": "creator", "unlike": "cdnow"}


def main() -> None:
    """Print each method's mean score, and the difference of the shrunk model from the better of the other two."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=100)
    parser.add_argument("--worlds", type=int, default=4)
    parser.add_argument("--leads", type=int, default=20_000)
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args()
    started = time.perf_counter()
    rows = study_sellers(options.seeds, options.worlds, options.leads, options.processes)
    print(f"{options.seeds} sellers a size from {options.worlds} worlds of {options.leads:,} people")
    print(summarize_sellers(rows).to_string(index=False))
    print(f"{time.perf_counter() - started:.0f} s")


def study_sellers(
    seeds: int, worlds: int, leads: int, processes: int = 1, buyers: tuple[int, ...] = BUYERS
) -> pd.DataFrame:
    """Return one row for each seller and prior: ``buyers, seed, prior``, expected Brier scores, and the own weight."""
    priors = {name: fit_prior(kind, leads) for name, kind in PRIORS.items()}
    seeds_of = [list(range(world, seeds, worlds)) for world in range(worlds)]
    work = partial(study_world, leads=leads, priors=priors, buyers=buyers)
    if processes == 1:
        return pd.concat([work(world, world_seeds) for world, world_seeds in enumerate(seeds_of)], ignore_index=True)
    with ProcessPoolExecutor(processes, get_context("spawn")) as pool:
        return pd.concat(pool.map(work, range(worlds), seeds_of), ignore_index=True)


def summarize_sellers(rows: pd.DataFrame) -> pd.DataFrame:
    """Return means by prior and size; ``difference`` from the better of own and prior, with its upper 95% bound."""
    summaries = []
    for (prior, buyers), part in rows.groupby(["prior", "buyers"]):
        better = min(("own", "pooled"), key=lambda name: part[name].mean())
        gap = part["shrunk"] - part[better]
        summaries.append(
            {"prior": prior, "buyers": buyers, "sellers": len(part)}
            | {name: round(part[name].mean(), 5) for name in ("own", "pooled", "shrunk")}
            | {"better": better, "difference": round(gap.mean(), 5)}
            | {"upper": round(gap.mean() + 1.645 * gap.std(ddof=1) / np.sqrt(len(gap)), 5)}
            | {"own_share": round(part["own_share"].mean(), 2)}
        )
    return pd.DataFrame(summaries)


def fit_prior(world: str, leads: int) -> Model:
    """Fit another seller's model to everything before its last launch."""
    with tempfile.TemporaryDirectory() as scratch:
        simulate(Path(scratch) / "history", SimulationOptions(leads=leads, launches=6, seed=PRIOR_SEED, world=world))
        history = open_history(Path(scratch) / "history")
        target = list(history.launches.values())[-1]
        return fit_model(history, target, target.as_of, FitOptions(trials=0)).model


def study_world(
    world: int, seeds: list[int], leads: int, priors: dict[str, Model], buyers: tuple[int, ...]
) -> pd.DataFrame:
    """Return the rows of one world's sellers."""
    prior_features = tuple({f.name: f for prior in priors.values() for f in prior.features}.values())
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "history"
        simulate(folder, SimulationOptions(leads=leads, launches=6, seed=world))
        history = open_history(folder)
        target = list(history.launches.values())[-1]
        training_set = build_training_set(history, target, target.as_of, required=prior_features)
        scored = build_cohort(history, target)
        named = {feature.name: feature for feature in (*training_set.features, *prior_features)}
        table = compute_features(history, target, scored, training_set.context, tuple(named.values()))
        truth = read_truth(folder)
    truth = truth[truth["launch_id"] == target.launch_id].set_index("lead_id")["probability"]
    chance = truth.reindex(table.index).to_numpy()

    def compute_brier(logits: np.ndarray) -> float:
        p = compute_probabilities(np.ascontiguousarray(logits))
        return float(np.mean((p - chance) ** 2 + chance * (1 - chance)))

    pooled = {name: prior.predict_logits(table) for name, prior in priors.items()}
    rows = []
    for seed in seeds:
        for size in buyers:
            seller_rows = take_some_people(training_set, size, seed, tuple(named.values()))
            examples, fit = seller_rows.examples, partial(fit_base, seller_rows)
            unseen, logits = cross_fit(examples, fit), fit(examples).predict_logits(table)
            alone = compute_brier(calibrate(unseen, logits, examples))
            for name, prior in priors.items():
                prior_logits = prior.predict_logits(examples.table)
                share = estimate_own_weight(unseen, prior_logits, examples)
                blended = share * unseen + (1 - share) * prior_logits, share * logits + (1 - share) * pooled[name]
                shrunk = calibrate(*blended, examples, share)
                scores = {"own": alone, "pooled": compute_brier(pooled[name]), "shrunk": compute_brier(shrunk)}
                rows.append({"buyers": size, "seed": seed, "prior": name, **scores, "own_share": share})
    return pd.DataFrame(rows)


def fit_base(training_set: TrainingSet, rows: Examples) -> Model:
    """Fit the seller's own model to some of its rows, not calibrated."""
    linear = fit_linear(rows, training_set.features, ModelParameters())
    return Model(
        training_set.features,
        linear,
        fit_trees(rows, training_set.features, ModelParameters(), 0),
        Calibration(),
        training_set.context,
        {},
    )


def calibrate(unseen: np.ndarray, logits: np.ndarray, examples: Examples, share: float = 1.0) -> np.ndarray:
    """Return the last launch's logits, calibrated on closed windows; ``share`` of them is the seller's own."""
    line = fit_launch_calibration(
        unseen, examples.label, examples.window, window_weights=share * compute_window_weights(examples)
    )
    return line.slope * logits + line.intercept


def take_some_people(training_set: TrainingSet, buyers: int, seed: int, declared: tuple[Feature, ...]) -> TrainingSet:
    """Return the rows of a random part of the people, with about so many buyers among them."""
    people = training_set.examples.table.index.unique()
    share = min(buyers / int(training_set.examples.label.sum()), 1.0)
    chosen = people[np.random.default_rng([seed, buyers]).random(len(people)) < share]
    examples = training_set.examples.take(training_set.examples.table.index.isin(chosen))
    features, dropped = select_features(examples.table, declared)
    return TrainingSet(examples, features, training_set.context, dropped, training_set.notes)


if __name__ == "__main__":
    main()
