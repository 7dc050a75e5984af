"""What each part of the model is worth: the whole recipe with one part changed at a time, on launches it has not seen.

    python benchmarks/ablation.py [--data ../shared/data] [--rows 10000] [--sets cdnow,simulated] [--parts blend,trees]

Default parameters, seed 0. `fit_model` fits and calibrates every variant on the same leads, at most about ``--rows``
rows. A cell says what the change costs in log loss over the set's launches, with its paired 90% interval by lead
(above 0: the unchanged model is better), then in ROC AUC, as the mean over launches.
"""

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple
from unittest.mock import patch

import numpy as np
import pandas as pd
from real_purchases import MAPPINGS

from hotleads.evaluation import BootstrapOptions, compute_paired_differences, log_loss, roc_auc
from hotleads.features import FEATURES, Feature, compute_features
from hotleads.history import History, Launch, build_cohort, import_history, open_history
from hotleads.scoring import Calibration, compute_probabilities
from hotleads.simulator import SimulationOptions, simulate
from hotleads.training import FitOptions, fit_model
from hotleads.training.base_models import RFM_FEATURES
from hotleads.training.baselines.methods import BASELINE_FEATURES
from hotleads.training.baselines.pareto_nbd import fit_pareto_nbd
from hotleads.training.baselines.rfm_summary import build_rfm_summary
from hotleads.training.calibration import fit_launch_calibration
from hotleads.training.combination import BaseWeights
from hotleads.training.earned_calibration import EarnedCalibration
from hotleads.training.options import ModelParameters
from hotleads.training.training_set import TrainingSet, build_training_set

ROOT = Path(__file__).parents[1]
LAUNCHES = {
    "cdnow": ["1998-H1"],
    "online_retail": ["2011-09", "2011-10", "2011-11"],
    "bank_marketing": ["2010-05", "2010-07", "2010-09", "2010-11"],
}


class Case(NamedTuple):
    """One launch: its training set and the features of the leads to score."""

    training_set: TrainingSet
    scored: pd.DataFrame
    launch: Launch


class Part(NamedTuple):
    """A change to the recipe: to the training set, or by names patched during the fit or while rows are read."""

    name: str
    change: Callable[[Case], Case | None] = lambda case: case
    fitting: Mapping[str, Any] = MappingProxyType({})
    reading: Mapping[str, Any] = MappingProxyType({})


def main() -> None:
    """Print the table, line by line as each data set is done."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--rows", type=int, default=3_000)
    parser.add_argument("--sets", default="cdnow,online_retail,bank_marketing,simulated,sample")
    parser.add_argument("--parts", default="", help="only those whose names hold one of these words")
    options = parser.parse_args()
    words = options.parts.split(",")
    parts = [part for part in PARTS if any(word in part.name for word in words)]
    for name in options.sets.split(","):
        started = time.process_time()
        with tempfile.TemporaryDirectory() as scratch:
            history, launches = open_purchases(name, options.data, Path(scratch))
            print(f"{name}: {', '.join(launches)}", flush=True)
            for line in list_rows(history, launches, parts, options.rows):
                print(f"| {line} |", flush=True)
        print(f"{name}: {time.process_time() - started:.0f} s of CPU\n", flush=True)


def open_purchases(name: str, data: Path, scratch: Path) -> tuple[History, list[str]]:
    """Open a data set, and return its history and the launches to evaluate on."""
    if name == "sample":
        history = open_history(ROOT / "data" / "sample")
        return history, [launch for launch in history.launches if "2024-08" <= launch < "2025-06"]
    if name == "simulated":
        simulate(scratch / name, SimulationOptions(leads=20_000, launches=8, seed=1))
        history = open_history(scratch / name)
        classic = [launch.launch_id for launch in history.launches.values() if launch.strategy == "classic"]
        return history, classic[2:5]  # the last is yet to come, and the first have little to learn from
    import_history(data / name, scratch / name, mapping=MAPPINGS / f"{name}.toml")
    return open_history(scratch / name), LAUNCHES[name]


def list_rows(history: History, launches: list[str], parts: list[Part], rows: int) -> Iterator[str]:
    """Yield one line of the table for each part."""
    truth = [build_cohort(history, history.get_launch(name)) for name in launches]
    ours = [predict_scores(history, name, AS_IT_IS, rows) for name in launches]
    figures = [
        (roc_auc(t["label"], p), log_loss(t["label"], p)) for t, p in zip(truth, ours, strict=True) if p is not None
    ]
    auc, loss = np.mean(figures, axis=0)
    yield f"as it is | {loss:.4f} | {auc:.4f}"
    for part in parts:
        changed = [predict_scores(history, name, part, rows) for name in launches]
        scored_launches = [
            scores
            for scores in zip(truth, ours, changed, strict=True)
            if scores[1] is not None and scores[2] is not None
        ]
        yield f"{part.name} | " + (render_cost(scored_launches) if scored_launches else "nothing to change |")


def render_cost(scored_launches: list[tuple[pd.DataFrame, Any, Any]]) -> str:
    """Return what the change costs in log loss, with its interval, and in ROC AUC."""
    aucs = [roc_auc(t["label"], p) - roc_auc(t["label"], q) for t, p, q in scored_launches]
    label, p, q = (
        np.concatenate(parts) for parts in zip(*((t["label"], p, q) for t, p, q in scored_launches), strict=True)
    )
    leads = pd.concat([t["lead_id"] for t, _, _ in scored_launches])
    gap = compute_paired_differences({"log_loss": log_loss}, label, q, p, leads, options=BootstrapOptions(draws=200))[
        "log_loss"
    ]
    return f"{gap.estimate:+.4f} ({gap.low:+.4f} to {gap.high:+.4f}) | {np.mean(aucs):+.4f}"


def predict_scores(history: History, name: str, part: Part, rows: int) -> Any:
    """Return the launch's probabilities under the changed recipe; None where there is nothing to change."""
    launch = history.get_launch(name)
    with patch_names(part.reading):
        training_set = build_training_set(history, launch, launch.as_of)
    keep = training_set.examples.hash_leads() < min(rows / len(training_set.examples.label), 1) * 2**32
    training_set = replace(training_set, examples=training_set.examples.take(keep))
    features = list(dict.fromkeys((*training_set.features, *BASELINE_FEATURES)))
    leads = build_cohort(history, launch)[["lead_id", "as_of"]]
    case = part.change(
        Case(training_set, compute_features(history, launch, leads, training_set.context, features), launch)
    )
    if case is None:
        return None
    with patch_names({**part.fitting, "hotleads.training.fit.build_training_set": lambda *_, **__: case.training_set}):
        model = fit_model(history, launch, launch.as_of, FitOptions(parameters=ModelParameters())).model
        return compute_probabilities(model.predict_logits(case.scored))


def patch_names(names: Mapping[str, Any]) -> ExitStack:
    """Patch all of these names while the context is open."""
    stack = ExitStack()
    for name, value in names.items():
        stack.enter_context(patch(name, value))
    return stack


def drop_features(*words: str) -> Callable[[Case], Case | None]:
    """Return a change that leaves out the features whose names hold one of these words."""

    def change(case: Case) -> Case | None:
        remaining = tuple(
            feature for feature in case.training_set.features if not any(word in feature.name for word in words)
        )
        return with_features(case, remaining) if len(remaining) < len(case.training_set.features) else None

    return change


def with_features(case: Case, features: tuple[Feature, ...]) -> Case:
    return case._replace(training_set=replace(case.training_set, features=features))


def drop_signs(case: Case) -> Case:
    """Let the trees bend either way."""
    return with_features(case, tuple(replace(feature, direction=0) for feature in case.training_set.features))


def fill_missing(case: Case) -> Case:
    """Fill missing values with the feature's median over the training set."""
    examples = case.training_set.examples
    medians = examples.table.median()
    filled = replace(case.training_set, examples=replace(examples, table=examples.table.fillna(medians)))
    return case._replace(training_set=filled, scored=case.scored.fillna(medians))


def add_purchase_forecasts(case: Case) -> Case | None:
    """Add Pareto/NBD's expected purchases in the window and P(alive), fitted to each window's leads."""
    examples, days = case.training_set.examples, case.launch.length.total_seconds() / 86_400
    if not case.scored["purchase_days"].max() > 0:
        return None
    tables = [examples.table[examples.window == window] for window in np.unique(examples.window)]
    with_bought = pd.concat([forecast_purchases(table, days) for table in tables])
    added = replace(examples, table=with_bought)
    features = (*case.training_set.features, *BOUGHT)
    return case._replace(
        training_set=replace(case.training_set, examples=added, features=features),
        scored=forecast_purchases(case.scored, days),
    )


def forecast_purchases(table: pd.DataFrame, days: float) -> pd.DataFrame:
    """Add the two outputs of Pareto/NBD; purchases are in thousandths, since the linear part takes logs of 1 + x."""
    buyers = build_rfm_summary(table)
    if not np.isfinite(buyers.T).any():
        return table.assign(**{feature.name: np.nan for feature in BOUGHT})
    model = fit_pareto_nbd(buyers)
    outputs = (1000 * model.expected_purchases(buyers, days), model.probability_alive(buyers))
    return table.assign(**{feature.name: values for feature, values in zip(BOUGHT, outputs, strict=True)})


def weigh_own_product(examples: Any) -> np.ndarray:
    """Return weights by age, doubled for windows of the latest window's product."""
    ages = 0.5 ** ((len(examples.windows) - 1 - examples.window) / 2)
    products = np.array([name.split("-", 2)[-1] for name in examples.windows])
    return ages * np.where(products == products[-1], 2.0, 1.0)[examples.window]


def fit_whole_line(logits: np.ndarray, examples: Any, own_window: int | None, shares: np.ndarray, _: float) -> Any:
    """Return the launches' line, earned or not."""
    return EarnedCalibration(fit_launch_calibration(logits, examples.label, examples.window, own_window, shares))


BOUGHT = tuple(
    replace(FEATURES[0], name=name, family="recency", direction=1) for name in ("expected_purchases", "probably_alive")
)
AS_IT_IS = Part("as it is")
_WEIGHT, _LEARNED = "hotleads.training.examples.Examples.weight", "hotleads.training.fit.estimate_base_weights"
_EARNED = "hotleads.training.fit.fit_earned_calibration"
PARTS = (
    Part("linear part alone", fitting={_LEARNED: lambda *_: BaseWeights(1.0, 0.0)}),
    Part("trees alone", fitting={_LEARNED: lambda *_: BaseWeights(0.0, 1.0)}),
    Part("half and half, whatever windows left out say", fitting={_LEARNED: lambda *_: BaseWeights()}),
    Part("trees without the domain's signs", change=drop_signs),
    Part(
        "each weight's own prior, whatever their number",
        fitting={"hotleads.training.base_models._share_prior_variance": lambda f: np.full(len(f), 0.05)},
    ),
    Part("all windows weigh the same", fitting={"hotleads.training.examples._HALF_LIFE_LAUNCHES": np.inf}),
    Part("half weight every window back", fitting={"hotleads.training.examples._HALF_LIFE_LAUNCHES": 1.0}),
    Part(
        "launches of the same product weigh double",
        change=lambda case: case if case.launch.product_id else None,
        fitting={_WEIGHT: property(weigh_own_product)},
    ),
    Part("cut-offs up to six windows", reading={"hotleads.training.windows._ENOUGH_WINDOWS": 6}),
    Part(
        "buy-till-you-die outputs as features",
        change=add_purchase_forecasts,
        fitting={"hotleads.training.base_models.RFM_FEATURES": RFM_FEATURES | {f.name for f in BOUGHT}},
    ),
    Part("no levels of words as features", change=drop_features("=")),
    Part("no conversion ratios of levels", change=drop_features("_conversion_ratio")),
    Part("missing filled with the median", change=fill_missing),
    Part("no calibration", fitting={_EARNED: lambda *_: EarnedCalibration(Calibration())}),
    Part("the launches' whole line", fitting={_EARNED: fit_whole_line}),
)

if __name__ == "__main__":
    main()
