"""From a history and an instant to a calibrated model, using only what was known before that instant."""

from dataclasses import asdict, dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

import numpy as np
import optuna
from numpy.typing import NDArray
from optuna.trial import FrozenTrial

from ..evaluation import summarize
from ..features import Context
from ..history import History, Launch
from ..history.progress import ProgressCallback, ignore_progress
from ..language import Phrase
from ..scoring import Calibration, Model, blend_models, compute_probabilities, with_content_version
from ..scoring.launch_levels import fit_launch_levels
from .calibration import cap_slope, compute_window_weights, cross_fit
from .combination import estimate_base_weights, fit_base_models
from .earned_calibration import fit_earned_calibration
from .examples import Examples
from .open_windows import describe_open_windows
from .options import FitOptions, ModelParameters
from .shrinkage import describe_prior, estimate_own_weight, shrink_to_prior
from .training_set import TrainingSet, build_training_set
from .tuning import describe_trial, describe_tuning, tune
from .versions import list_package_versions
from .windows import describe_maturity

_QUANTILES = np.linspace(0, 1, 1001)


@dataclass(frozen=True)
class FittedModel:
    """A model and how it was made.

    Attributes
    ----------
    model : Model
        The calibrated model.
    study : optuna.Study
        The study that chose its parameters; without trials where nothing was tuned.
    training_set : TrainingSet
        What it learned from.
    unseen : numpy.ndarray of float64
        For each row of the training set, the probability by base models that had not seen the row's window; NaN where
        none could be fitted.
    """

    model: Model
    study: optuna.Study
    training_set: TrainingSet
    unseen: NDArray[np.float64]


def fit_model(
    history: History,
    target: Launch,
    as_of: datetime,
    options: FitOptions = FitOptions(),  # noqa: B008 - frozen
    progress: ProgressCallback = ignore_progress,
) -> FittedModel:
    """Fit a model for a launch, trained and calibrated on windows that were over by ``as_of``.

    With a prior model in ``options``, the logits are shrunk to it, by as much as it predicts windows that the own
    model had not seen (``training.shrinkage``).

    Parameters
    ----------
    history : History
        What to learn from.
    target : Launch
        The launch that the model is for; windows like it are used.
    as_of : datetime.datetime
        Nothing that happened at or after it is used.
    options : FitOptions
        Trials, seed, labels, parameters, features and prior model.
    progress : callable
        Called with a line of text after each trial.

    Returns
    -------
    FittedModel
        The model, with its study and what it learned from.

    Raises
    ------
    LaunchError
        The windows hold too few buyers to learn from.

    Examples
    --------
    >>> launch = history.get_launch("2024-06")  # doctest: +SKIP
    >>> model = fit_model(history, launch, launch.as_of, FitOptions(trials=0)).model  # doctest: +SKIP
    """
    prior = options.prior
    training_set = build_training_set(
        history,
        target,
        as_of,
        mature=options.mature,
        features=options.features,
        required=prior.features if prior else (),
    )
    examples = training_set.examples

    def report_trial(trial: FrozenTrial) -> None:
        progress(
            Phrase("{launch_id}: {trial}", launch_id=target.launch_id, trial=describe_trial(trial, options.trials))
        )

    tuned, study = tune(examples, training_set.features, options, report_trial)
    parameters = options.parameters or tuned
    fit = partial(fit_base_models, features=training_set.features, parameters=parameters, seed=options.seed, like=prior)
    base_logits = cross_fit(examples, fit, (3,))
    weights = estimate_base_weights(base_logits, examples)
    logits = weights.sum_logits(base_logits)
    weight = 1.0
    if prior is not None:
        prior_logits = prior.predict_logits(examples.table)
        weight = estimate_own_weight(logits, prior_logits, examples)
        logits = shrink_to_prior(logits, prior_logits, weight)
    window_weights = weight * compute_window_weights(examples)
    own_window = _find_own_window(examples, target)
    earned = fit_earned_calibration(logits, examples, own_window, window_weights, weight)
    calibration = earned.line
    if "product-never-sold" in training_set.notes:
        calibration = cap_slope(calibration, logits)
    unseen = compute_probabilities(calibration.slope * logits + calibration.intercept)
    quality = _summarize_windows(examples, unseen)
    card = _build_card(training_set, target, parameters) | {
        "as_of": as_of.isoformat(),
        "label": "mature" if options.mature else "plain",
        "maturity": describe_maturity(history, target, as_of, examples.windows, mature=options.mature),
        "seed": options.seed,
        "trials": options.trials,
        "tuning": describe_tuning(study, examples),
        "base_weights": asdict(weights),
        "quality_on_unseen_windows": quality,
    }
    if prior is not None:
        card |= describe_prior(prior, weight, card)
    context = _add_reference(training_set.context, examples, unseen)
    base_models = fit(examples, with_free_trees=weights.free_trees > 0)
    model = Model(training_set.features, *base_models.combine(weights), Calibration(), training_set.context, {})
    model = model if prior is None else blend_models(model, prior, weight)
    model = replace(model, calibration=calibration, context=context)
    shift = 0.0
    if own_window is None:  # the launch itself, where it has begun, tells its level better than others' do
        card["open_windows"] = _describe_open_windows(history, target, as_of, model, training_set, options)
        shift = fit_launch_levels(quality, card["open_windows"]).shift
        model = replace(model, calibration=replace(calibration, intercept=calibration.intercept + shift))
    card["calibration"] = earned.describe() | asdict(model.calibration) | {"level_shift": shift}
    return FittedModel(with_content_version(replace(model, card=card)), study, training_set, unseen)


def _describe_open_windows(
    history: History, target: Launch, as_of: datetime, model: Model, training_set: TrainingSet, options: FitOptions
) -> dict[str, dict[str, float]]:
    """Describe the open windows where the model's labels are those of the target's sales, and no refund counts."""
    if options.mature or "product-never-sold" in training_set.notes:
        return {}
    return describe_open_windows(history, target, as_of, model, training_set.examples.windows)


def _find_own_window(examples: Examples, target: Launch) -> int | None:
    """Return the place of a perpetual launch's own earlier leads, where the model learns from them."""
    return examples.windows.index(target.launch_id) if target.launch_id in examples.windows else None


def _add_reference(context: Context, examples: Examples, unseen: NDArray[np.float64]) -> Context:
    """Rank scores among the latest window's leads, as scored by a model that had not seen them."""
    rate = float(np.average(examples.label, weights=examples.weight))
    latest = unseen[(examples.window == len(examples.windows) - 1) & ~np.isnan(unseen)]
    quantiles = np.quantile(latest, _QUANTILES, method="lower") if len(latest) else np.array([rate])
    return context.with_reference(rate, tuple(float(value) for value in quantiles))


def _summarize_windows(examples: Examples, unseen: NDArray[np.float64]) -> dict[str, Any]:
    return {
        name: summarize(examples.label[rows], unseen[rows])
        for index, name in enumerate(examples.windows)
        if (rows := (examples.window == index) & ~np.isnan(unseen)).any()
    }


def _build_card(training_set: TrainingSet, target: Launch, parameters: ModelParameters) -> dict[str, Any]:
    examples = training_set.examples
    single_window = ["single-training-window"] if len(examples.windows) == 1 else []
    return {
        "trained_for": {"launch_id": target.launch_id, "strategy": target.strategy, "product_id": target.product_id},
        "windows": [
            {
                "name": name,
                "rows": int((examples.window == index).sum()),
                "buyers": int(examples.label[examples.window == index].sum()),
            }
            for index, name in enumerate(examples.windows)
        ],
        "parameters": asdict(parameters),
        "features_dropped": training_set.dropped,
        "notes": list(training_set.notes.values()),
        "findings": sorted([*training_set.notes, *single_window]),
        "packages": list_package_versions(),
    }
