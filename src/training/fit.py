"""From a history and an instant to a calibrated model, using only what was known before that instant."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import numpy as np
import optuna

from evaluation import summarize
from features import Context, Feature, build_context, declared_features
from history import DEFAULT_MATURITY_DAYS, History, Launch, LaunchError
from scoring import Calibration, Model, probabilities, stamped
from training.base import Parameters, fit_linear, fit_trees
from training.calibration import cross_fitted, fit_calibration
from training.examples import Examples, training_examples
from training.packages import package_versions
from training.selection import select_features
from training.tuning import tune
from training.windows import training_windows

#: Fewer buyers, or fewer who did not buy, teach a model nothing that can be trusted.
MIN_BUYERS = 10
_QUANTILES = np.linspace(0, 1, 1001)


@dataclass(frozen=True)
class Fitted:
    """A model and the study that chose its parameters."""

    model: Model
    study: optuna.Study


def fit_model(
    history: History,
    target: Launch,
    as_of: datetime,
    *,
    trials: int = 12,
    seed: int = 0,
    mature: bool = False,
    parameters: Parameters | None = None,
    on_trial: Callable[[int, float], None] = lambda trial, loss: None,
) -> Fitted:
    """A model for ``target``, trained and calibrated on windows that were over by ``as_of``.

    ``parameters`` given, none are tuned.

    Raises LaunchError where those windows hold too few buyers to learn from.
    """
    context = build_context(history, as_of)
    declared = declared_features(history, as_of)
    examples, notes = _examples(history, target, as_of, context, declared, mature)
    features, dropped = select_features(examples.table, declared)

    def fit(rows: Examples, parameters: Parameters) -> Model:
        return _fit_base(rows, features, parameters, seed, context)

    tuned, study = tune(examples, fit, trials=0 if parameters else trials, seed=seed, on_trial=on_trial)
    parameters = parameters or tuned
    logits = cross_fitted(examples, partial(fit, parameters=parameters))
    calibration = fit_calibration(logits, examples.label, examples.weight)
    unseen = probabilities(calibration.slope * logits + calibration.intercept)
    card = _card(examples, target, parameters, dropped, notes) | {
        "as_of": as_of.isoformat(),
        "label": "mature" if mature else "plain",
        "seed": seed,
        "trials": trials,
        "calibration": asdict(calibration),
        "quality_on_unseen_windows": _quality(examples, unseen),
    }
    model = replace(fit(examples, parameters), calibration=calibration, context=_reference(context, examples, unseen))
    return Fitted(stamped(replace(model, card=card)), study)


def _examples(
    history: History, target: Launch, as_of: datetime, context: Context, declared: tuple[Feature, ...], mature: bool
) -> tuple[Examples, list[str]]:
    """Rows to learn from, and what is to be said about them.

    Where captures name their launch, its leads are not those of a cut-off, who are everyone known: cut-offs then serve
    only where the launches teach too little. A product that has hardly been sold is learned from sales of any product.
    """
    settles = timedelta(days=DEFAULT_MATURITY_DAYS) if mature else timedelta(0)
    windows = training_windows(history, target, as_of - settles)
    launches = [window for window in windows if window.launch_id in history.launches]
    wider = [replace(window, product_id=None) for window in windows]
    anyone = "too few leads of earlier launches bought: trained on everyone known at earlier instants as well"
    any_product = "too few buyers of the launches' own products: trained on purchases of any product"
    choices = [(windows, []), (wider, [any_product])]
    if launches != windows and _captures_name(history, launches, as_of):
        choices = [(launches, []), (windows, [anyone]), (wider, [anyone, any_product])]
    for chosen, notes in choices:
        examples = training_examples(history, chosen, as_of, context, declared, mature=mature)
        if _teaches(examples):
            return examples, notes
    raise _too_little(examples, as_of)


def _captures_name(history: History, launches: list[Launch], as_of: datetime) -> bool:
    names = [launch.launch_id for launch in launches]
    sql = "SELECT count(*) FROM leads WHERE captured_at < $as_of AND list_contains($names, launch_id)"
    with history.connect() as con:
        return bool(names) and con.execute(sql, {"as_of": as_of, "names": names}).fetchall()[0][0] > 0


def _teaches(examples: Examples) -> bool:
    buyers = int(examples.label.sum())
    return min(buyers, len(examples.label) - buyers) >= MIN_BUYERS


def _too_little(examples: Examples, as_of: datetime) -> LaunchError:
    instant, buyers, leads = f"{as_of:%Y-%m-%d %H:%M}", int(examples.label.sum()), len(examples.label)
    if not examples.windows:
        reason = f"nothing to learn from: no launch and no cut-off of this length was over before {instant}"
        return LaunchError(reason, "nothing-earlier")
    return LaunchError(
        f"too little to learn from: {buyers} buyers among {leads} leads before {instant}; "
        f"at least {MIN_BUYERS} buyers and {MIN_BUYERS} others are needed",
        "one-class" if buyers in (0, leads) else "too-few-outcomes",
    )


def _fit_base(
    examples: Examples, features: tuple[Feature, ...], parameters: Parameters, seed: int, context: Context
) -> Model:
    linear = fit_linear(examples, features, parameters)
    trees = fit_trees(examples, features, parameters, seed)
    return Model(features, linear, trees, Calibration(), context, {})


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


def _card(
    examples: Examples, target: Launch, parameters: Parameters, dropped: dict[str, str], notes: list[str]
) -> dict[str, Any]:
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
        "features_dropped": dropped,
        "notes": notes,
        "packages": package_versions(),
    }
