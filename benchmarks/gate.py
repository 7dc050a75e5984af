"""Does the gate let truly better recipes pass, and truly worse ones not? Simulated histories, a planted handicap.

    python benchmarks/gate.py [--repetitions 100] [--leads 8000] [--processes 2]

In each repetition the default recipe and a handicapped one (five trees, a linear part that hardly learns) meet at the
gate twice: once the handicapped one challenges, once it is the champion. The simulator's truth says which is better:
the mean log loss of each recipe's probabilities under the true purchase probabilities, not under the labels drawn.
"""

import argparse
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

import numpy as np

from hotleads.history import History, Launch, open_history
from hotleads.scoring import ScoringOptions, score_launch
from hotleads.simulator import SimulationOptions, read_truth, simulate
from hotleads.training import FitOptions, fit_model
from hotleads.training.gate import compare_recipes
from hotleads.training.options import ModelParameters

GOOD = ModelParameters()
HANDICAPPED = ModelParameters(trees=5, inverse_penalty=0.02)


class Repetition(NamedTuple):
    """One simulated history; ``advantage`` is the expected log loss that the default recipe saves at the gate."""

    worse_promoted: bool
    better_promoted: bool
    advantage: float


def main() -> None:
    """Print how often each recipe was promoted."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repetitions", type=int, default=100)
    parser.add_argument("--leads", type=int, default=8000)
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args()
    started = time.perf_counter()
    results = list(repeat_gate(options.repetitions, options.leads, options.processes))
    advantage = np.array([result.advantage for result in results])
    print(f"{len(results)} repetitions of {options.leads:,} people, {time.perf_counter() - started:.0f} s")
    print(f"a truly worse challenger promoted: {sum(result.worse_promoted for result in results)}")
    print(f"a truly better challenger promoted: {sum(result.better_promoted for result in results)}")
    low, middle, high = np.quantile(advantage, [0.1, 0.5, 0.9])
    print(
        f"true advantage: median {middle:.4f} of log loss, 80% of them from {low:.4f} to {high:.4f}; "
        f"in {(advantage > 0).sum()} of {len(advantage)} the handicapped recipe is truly worse"
    )


def repeat_gate(count: int, leads: int, processes: int) -> Iterator[Repetition]:
    """Yield one result for each seed, each computed in a process."""
    with ProcessPoolExecutor(processes, get_context("spawn")) as pool:
        yield from pool.map(run_gate, range(count), [leads] * count)


def run_gate(seed: int, leads: int) -> Repetition:
    """Simulate one marketplace, and run both recipes as the challenger."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "history"
        simulate(folder, SimulationOptions(leads=leads, launches=4, seed=seed))
        history = open_history(folder)
        target, until = list(history.launches.values())[-1], history.observed_until
        if until is None:
            raise RuntimeError("the simulator wrote no rows")
        settings = FitOptions(seed=seed)
        worse = compare_recipes(history, target, until, GOOD, lambda gate: HANDICAPPED, settings)
        better = compare_recipes(history, target, until, HANDICAPPED, lambda gate: GOOD, settings)
        gate = history.get_launch(str(better.gate_launch))
        losses = [compute_true_loss(folder, history, gate, parameters, seed) for parameters in (HANDICAPPED, GOOD)]
    return Repetition(worse.promoted, better.promoted, losses[0] - losses[1])


def compute_true_loss(folder: Path, history: History, gate: Launch, recipe: ModelParameters, seed: int) -> float:
    """Return the recipe's expected log loss on the gate launch under the true probabilities."""
    model = fit_model(history, gate, gate.as_of, FitOptions(parameters=recipe, seed=seed)).model
    scored = score_launch(history, gate, model, model.context, options=ScoringOptions(reasons=0))[
        ["lead_id", "probability"]
    ]
    truth = read_truth(folder)
    truth = truth.loc[truth["launch_id"] == gate.launch_id, ["lead_id", "probability"]]
    both = scored.merge(truth, on="lead_id", suffixes=("", "_true"))
    p, q = both["probability"].to_numpy(), both["probability_true"].to_numpy()
    return float(-np.mean(q * np.log(p) + (1 - q) * np.log1p(-p)))


if __name__ == "__main__":
    main()
