"""From a history and an instant to a calibrated model, using only what was known before that instant."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import optuna
from numpy.typing import NDArray

from ..evaluation import summarize
from ..features import Context, Feature
from ..history import History, Launch
from ..scoring import Calibration, Model, blend_models, compute_probabilities, with_content_version
from .base_models import ModelParameters, fit_linear, fit_trees
from .calibration import cap_slope, compute_window_weights, cross_fit, fit_launch_calibration
from .examples import Examples
from .maturity import describe_maturity
from .packages import list_package_versions
from .shrinkage import describe_prior, estimate_own_weight
from .training_set import TrainingSet, build_training_set
from .tuning import describe_tuning, tune

_QUANTILES = np.linspace(0, 1, 1001)


@dataclass(frozen=True)
class FittedModel:
    """A model, the study that chose its parameters, what it learned from, and for each of those rows the probability
    by base models that had not seen its window (NaN where none could be fitted).
    """

    model: Model
    study: optuna.Study
    learned: TrainingSet
    unseen: NDArray[np.float64]


def fit_model(
    history: History,
    target: Launch,
    as_of: datetime,
    *,
    trials: int = 12,
    seed: int = 0,
    mature: bool = False,
    parameters: ModelParameters | None = None,
    features: Sequence[Feature] | None = None,
    prior: Model | None = None,
    processes: int = 1,
    cache: Path | None = None,
    on_trial: Callable[[int, float], None] = lambda trial, loss: None,
) -> FittedModel:
    """A model for ``target``, trained and calibrated on windows that were over by ``as_of``.

    ``parameters`` given, none are tuned. ``features`` are a notebook's own declarations in place of all that are known;
    the model keeps them, and whoever scores with it needs nothing else. ``prior`` is a model made from another
    history: the seller's own is drawn to it, by as much as it tells of windows that the own one had not seen
    (``training.prior``). Neither ``processes`` nor ``cache`` (a folder from which a stopped tuning goes on) changes
    the model.

    Raises LaunchError where those windows hold too few buyers to learn from.
    """
    asked = prior.features if prior else ()
    learned = build_training_set(history, target, as_of, mature=mature, features=features, asked=asked)
    examples = learned.examples

    def fit(rows: Examples, parameters: ModelParameters) -> Model:
        return _fit_base(rows, learned, parameters, seed, prior)

    tuned, study = tune(
        examples,
        learned.features,
        trials=0 if parameters else trials,
        seed=seed,
        processes=processes,
        cache=cache,
        on_trial=on_trial,
    )
    parameters = parameters or tuned
    logits = cross_fit(examples, partial(fit, parameters=parameters))
    share = 1.0
    if prior is not None:
        theirs = prior.predict_logits(examples.table)
        share = estimate_own_weight(logits, theirs, examples)
        logits = share * logits + (1 - share) * theirs
    told = share * compute_window_weights(examples)
    calibration = fit_launch_calibration(logits, examples.label, examples.window, _own_window(examples, target), told)
    if "product-never-sold" in learned.notes:
        calibration = cap_slope(calibration, logits)
    unseen = compute_probabilities(calibration.slope * logits + calibration.intercept)
    card = _card(learned, target, parameters) | {
        "as_of": as_of.isoformat(),
        "label": "mature" if mature else "plain",
        "maturity": describe_maturity(history, target, as_of, examples.windows, mature=mature),
        "seed": seed,
        "trials": trials,
        "tuning": describe_tuning(study, examples),
        "calibration": asdict(calibration),
        "quality_on_unseen_windows": _quality(examples, unseen),
    }
    if prior is not None:
        card |= describe_prior(prior, share, card)
    reference = _reference(learned.context, examples, unseen)
    model = fit(examples, parameters) if prior is None else blend_models(fit(examples, parameters), prior, share)
    model = replace(model, calibration=calibration, context=reference)
    return FittedModel(with_content_version(replace(model, card=card)), study, learned, unseen)


def _own_window(examples: Examples, target: Launch) -> int | None:
    """Where a perpetual launch's own earlier leads are learned from."""
    return examples.windows.index(target.launch_id) if target.launch_id in examples.windows else None


def _fit_base(
    examples: Examples, learned: TrainingSet, parameters: ModelParameters, seed: int, prior: Model | None
) -> Model:
    linear = fit_linear(examples, learned.features, parameters, prior)
    trees = fit_trees(examples, learned.features, parameters, seed)
    return Model(learned.features, linear, trees, Calibration(), learned.context, {})


def _reference(context: Context, examples: Examples, unseen: np.ndarray) -> Context:
    """Scores are ranked among the latest window's leads as a model that had not seen them saw them."""
    rate = float(np.average(examples.label, weights=examples.weight))
    latest = unseen[(examples.window == len(examples.windows) - 1) & ~np.isnan(unseen)]
    quantiles = np.quantile(latest, _QUANTILES, method="lower") if len(latest) else np.array([rate])
    return context.with_reference(rate, tuple(float(value) for value in quantiles))


def _quality(examples: Examples, unseen: np.ndarray) -> dict[str, Any]:
    return {
        name: summarize(examples.label[known], unseen[known])
        for place, name in enumerate(examples.windows)
        if (known := (examples.window == place) & ~np.isnan(unseen)).any()
    }


def _card(learned: TrainingSet, target: Launch, parameters: ModelParameters) -> dict[str, Any]:
    examples = learned.examples
    return {
        "trained_for": {"launch_id": target.launch_id, "strategy": target.strategy, "product_id": target.product_id},
        "windows": [
            {
                "name": name,
                "rows": int((examples.window == place).sum()),
                "buyers": int(examples.label[examples.window == place].sum()),
            }
            for place, name in enumerate(examples.windows)
        ],
        "parameters": asdict(parameters),
        "features_dropped": learned.dropped,
        "notes": list(learned.notes.values()),
        "findings": sorted([*learned.notes, *(["single-training-window"] if len(examples.windows) == 1 else [])]),
        "packages": list_package_versions(),
    }
