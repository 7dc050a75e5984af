"""A short Optuna study: which parameters predict the latest windows best from the others."""

from collections.abc import Callable
from dataclasses import asdict
from itertools import islice

import numpy as np
import optuna
from sklearn.metrics import log_loss

from scoring import Model, probabilities
from training.base import Parameters
from training.calibration import folds
from training.examples import Examples

#: Windows left out one by one in each trial, the latest ones.
_VALIDATED = 2


def tune(
    examples: Examples,
    fit: Callable[[Examples, Parameters], Model],
    *,
    trials: int,
    seed: int,
    on_trial: Callable[[int, float], None] = lambda trial, loss: None,
) -> tuple[Parameters, optuna.Study]:
    """The parameters with the least log loss on windows they were not fitted on, and the study.

    The defaults are the first trial, so that tuning never ends below them on its own measure. ``trials`` = 0 gives
    the defaults.
    """
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(direction="minimize", sampler=optuna.samplers.TPESampler(seed=seed))

    def objective(trial: optuna.Trial) -> float:
        loss = validation_loss(examples, fit, _suggest(trial))
        on_trial(trial.number + 1, loss)
        return loss

    if not trials or not any(True for _ in folds(examples)):
        return Parameters(), study
    study.enqueue_trial(asdict(Parameters()))
    study.optimize(objective, n_trials=trials)
    return Parameters(**study.best_params), study


def validation_loss(examples: Examples, fit: Callable[[Examples, Parameters], Model], parameters: Parameters) -> float:
    """Mean log loss over the latest windows, each predicted from all others."""
    losses = []
    for seen, left_out in islice(folds(examples), _VALIDATED):
        predicted = probabilities(fit(examples.take(seen), parameters).logits(examples.table[left_out]))
        losses.append(log_loss(examples.label[left_out], predicted, labels=[0, 1]))
    return float(np.mean(losses))


def _suggest(trial: optuna.Trial) -> Parameters:
    return Parameters(
        inverse_penalty=trial.suggest_float("inverse_penalty", 0.003, 3.0, log=True),
        trees=trial.suggest_int("trees", 50, 300, step=50),
        max_depth=trial.suggest_int("max_depth", 2, 4),
        learning_rate=trial.suggest_float("learning_rate", 0.03, 0.1, log=True),
        min_child_weight=trial.suggest_float("min_child_weight", 5.0, 100.0, log=True),
        l2=trial.suggest_float("l2", 1.0, 50.0, log=True),
        column_share=trial.suggest_float("column_share", 0.3, 1.0),
    )
