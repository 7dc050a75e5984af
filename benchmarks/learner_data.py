"""The sets that the learner is measured on, and one launch of one: what is learned from, and what is scored.

Real sets are imported from ../shared/data, simulated ones made; both are kept under out/learner/histories.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hotleads.features import compute_features
from hotleads.history import History, Launch, LaunchError, import_history, open_history
from hotleads.simulator import SimulationOptions, read_truth, simulate
from hotleads.training import FitOptions
from hotleads.training.baselines.methods import BASELINE_FEATURES
from hotleads.training.fit import FittedModel
from hotleads.training.launch_backtest import fit_before, read_evaluated_leads

ROOT = Path(__file__).parents[1]
OUT = ROOT / "out" / "learner"
DATA = ROOT.parent / "shared" / "data"
MOST_LAUNCHES = 3
REAL = ("cdnow", "online_retail", "bank_marketing", "hillstrom")
SEEDS, QUICK_SEEDS = 5, 2


@dataclass(frozen=True)
class LearnerSet:
    """A set: one history, or one a seed, of which the last launches are scored. Worlds are kept by their size."""

    name: str
    make: Callable[[Path, int], None]
    seeds: int = 1
    launches: int = MOST_LAUNCHES
    leads: int | None = None

    @property
    def key(self) -> str:
        """The name under which histories, results and predictions are kept."""
        return self.name if self.leads is None else f"{self.name}-{self.leads}-leads"

    def list_launches(self) -> Iterator[tuple[str, Path, str]]:
        """Yield the name of each launch in the results, its history's folder and its id, latest first."""
        for seed in range(self.seeds):
            folder = OUT / "histories" / (self.key if self.seeds == 1 else f"{self.key}-{seed}")
            if not (folder / "made").exists():
                self.make(folder, seed)
                (folder / "made").touch()
            for launch_id in reversed(list(open_history(folder).launches)):
                yield launch_id if self.seeds == 1 else f"{launch_id} of seed {seed}", folder, launch_id


@dataclass(frozen=True)
class LaunchCase:
    """A launch to score: the model of what was known before it, and its leads with what they did.

    ``table`` are the features of ``leads`` (``lead_id, as_of, label``), ``truth`` their true probabilities where known.
    """

    history: History
    launch: Launch
    fitted: FittedModel
    leads: pd.DataFrame
    table: pd.DataFrame
    truth: NDArray[np.float64] | None = field(default=None)


def list_sets(names: list[str] | None, quick: bool) -> list[LearnerSet]:
    """Return the sets of these names (None: all); ``SystemExit`` for an unknown one."""
    leads, seeds = (5_000, QUICK_SEEDS) if quick else (20_000, SEEDS)
    sets = [LearnerSet(name, _make_importer(name)) for name in REAL]
    sets.append(LearnerSet("sample", lambda folder, _: import_history(ROOT / "data" / "sample", folder)))
    for world, launches in (("creator", 6), ("resting", 6), ("annual", 3), ("annual-captures", 3)):
        options = SimulationOptions(leads, launches, 14, world)
        sets.append(LearnerSet(world, _make_simulator(options), leads=leads))
    options = SimulationOptions(leads, 4, 14, "cdnow")
    sets.append(LearnerSet("cdnow-world", _make_simulator(options), leads=leads))
    for launches in (1, 2, 3):
        for size in (100, 300, 1_000):
            options = SimulationOptions(launches * size, launches, 0, "small", level_spread=0.3)
            sets.append(LearnerSet(f"small-{launches}x{size}", _make_simulator(options), seeds, 1))
    for spread, drift in ((0.1, 0.0), (0.3, 0.0), (0.7, 0.0), (0.3, 0.15)):
        options = SimulationOptions(8_000, 8, 0, "small", level_spread=spread, level_drift=drift)
        name = f"levels-{spread}" + ("-drift" if drift else "")
        sets.append(LearnerSet(name, _make_simulator(options), QUICK_SEEDS, MOST_LAUNCHES))
    unknown = set(names or ()) - {one.name for one in sets}
    if unknown:
        raise SystemExit(f"unknown set {', '.join(sorted(unknown))}; choose from {', '.join(one.name for one in sets)}")
    return [one for one in sets if not names or one.name in names]


def prepare_launch(folder: Path, launch_id: str, trials: int) -> LaunchCase:
    """Fit the model for a launch, as the backtest does, and compute its leads' features. Raises LaunchError."""
    history = open_history(folder)
    launch = history.get_launch(launch_id)
    launch.check()
    options = FitOptions(trials=trials, reasons=0)
    leads, _ = read_evaluated_leads(history, launch, options, None)
    fitted, as_of = fit_before(history, launch, leads["as_of"].max(), options, lambda _: None)
    leads = leads[leads["as_of"] >= as_of].reset_index(drop=True)
    if leads["label"].nunique() < 2:
        raise LaunchError("all of its leads bought, or none", "single-class-labels")
    training = fitted.training_set
    features = {feature.name: feature for feature in (*fitted.model.features, *training.features, *BASELINE_FEATURES)}
    table = compute_features(history, launch, leads[["lead_id", "as_of"]], training.context, tuple(features.values()))
    return LaunchCase(history, launch, fitted, leads, table, _read_true_probabilities(folder, launch_id, leads))


def _read_true_probabilities(folder: Path, launch_id: str, leads: pd.DataFrame) -> NDArray[np.float64] | None:
    try:
        truth = read_truth(folder)
    except FileNotFoundError:
        return None
    truth = truth[truth["launch_id"] == launch_id].set_index("lead_id")["probability"]
    return truth.reindex(leads["lead_id"]).to_numpy(np.float64)


def _make_importer(name: str) -> Callable[[Path, int], None]:
    def make(folder: Path, _: int) -> None:
        import_history(DATA / name, folder, mapping=ROOT / "data" / "mappings" / f"{name}.toml")

    return make


def _make_simulator(options: SimulationOptions) -> Callable[[Path, int], None]:
    def make(folder: Path, seed: int) -> None:
        simulate(folder, replace(options, seed=options.seed + seed))

    return make
