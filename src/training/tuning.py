"""A short Optuna study by successive halving: which parameters predict the latest windows best from the others.

Trials come in batches. A batch is asked for, measured first on a part and its best on the whole, and told in order; its
sampler is seeded by (seed, batch). So neither the number of processes nor an interruption shows in the result.
"""

import hashlib
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import optuna
from optuna.trial import TrialState

from ..evaluation import BootstrapOptions, compute_paired_differences, log_loss
from ..features import Feature
from .base_models import ModelParameters
from .examples import Examples
from .packages import hash_code
from .study_file import read_study, write_study
from .trials import MAX_VALIDATION_FOLDS, HalvingPlan, TrialEvaluator, open_evaluator, plan_halving

OBJECTIVE = "mean log loss over the latest two windows, each predicted from all others, before calibration"
BATCH = 8
#: Of a batch, this share goes on from the first measure to the whole one.
_GO_ON = 0.25
#: Tuning stops once the last so many batches have not lowered the loss by this much.
_PATIENCE, _WORTH = 2, 1e-4
#: Resamples behind the choice between the best trial and the defaults.
_DRAWS = 200
#: With fewer buyers the search keeps to shallow trees, and to fewer of them.
_FEW_BUYERS = 300


def tune(
    examples: Examples,
    features: tuple[Feature, ...],
    *,
    trials: int,
    seed: int,
    processes: int = 1,
    cache: Path | None = None,
    on_trial: Callable[[int, float], None] = lambda trial, loss: None,
) -> tuple[ModelParameters, optuna.Study]:
    """The parameters with the least log loss on windows they were not fitted on, and the study.

    The defaults are the first trial and are never halved away. Others replace them only where the whole 90% interval
    of what they save, by lead, is above 0, as at the gate. ``trials`` = 0 gives the defaults. With ``cache``, a study
    that was stopped goes on after its last batch.
    """
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(direction="minimize")
    steps = plan_halving(examples)
    if not trials or not steps.folds:
        return ModelParameters(), study
    file = cache / f"study-{_fingerprint(examples, features, trials, seed)}.log" if cache else None
    study.add_trials(read_study(file) if file else [])
    small = examples.label.sum() < _FEW_BUYERS
    with open_evaluator(examples, features, steps.folds, trials=trials, seed=seed, processes=processes) as measure:
        while len(study.trials) < trials and not _stopped_paying(study):
            batch = len(study.trials) // BATCH
            study.sampler = optuna.samplers.TPESampler(seed=_batch_seed(seed, batch))
            size = min(BATCH, trials - len(study.trials))
            _run_batch(study, size, steps, measure, small, on_trial)
            if file:
                write_study(study, file)
        chosen = _chosen(study, examples, steps, measure, seed)
    if file:
        file.unlink(missing_ok=True)
    return chosen, study


def describe_tuning(study: optuna.Study, examples: Examples) -> dict[str, Any] | None:
    """What a model's card says of its tuning; None where nothing was tuned."""
    if not study.trials:
        return None
    latest = (
        list(reversed(examples.windows))[:MAX_VALIDATION_FOLDS]
        if len(examples.windows) > 1
        else ["two thirds of the leads"]
    )
    return {
        "objective": OBJECTIVE,
        "left_out": latest,
        "trials": len(study.trials),
        "halved_away": sum(trial.state == TrialState.PRUNED for trial in study.trials),
        "best_loss": study.best_value,
        "loss_of_the_defaults": study.trials[0].value,
    }


def _run_batch(
    study: optuna.Study,
    size: int,
    steps: HalvingPlan,
    measure: TrialEvaluator,
    small: bool,
    on_trial: Callable[[int, float], None],
) -> None:
    if not study.trials:
        study.enqueue_trial(asdict(ModelParameters()))
    asked = [study.ask() for _ in range(size)]
    parameters = [suggest_parameters(trial, small) for trial in asked]
    first = measure(steps.first, parameters)
    going = _best(first, asked)
    whole = dict(zip(going, measure(steps.last, [parameters[place] for place in going]), strict=True))
    for place, trial in enumerate(asked):  # in the order asked, whichever was measured first
        trial.report(first[place], 0)
        if place in whole:
            study.tell(trial, whole[place])
        else:
            study.tell(trial, state=TrialState.PRUNED)
        on_trial(trial.number + 1, whole.get(place, first[place]))


def _best(losses: list[float], asked: list[optuna.Trial]) -> list[int]:
    """The places of the trials that go on; the defaults always do."""
    ranked = sorted(range(len(losses)), key=lambda place: losses[place])
    kept = ranked[: max(1, int(len(ranked) * _GO_ON))]
    return [place for place, trial in enumerate(asked) if place in kept or trial.number == 0]


def _chosen(
    study: optuna.Study, examples: Examples, steps: HalvingPlan, measure: TrialEvaluator, seed: int
) -> ModelParameters:
    """The best trial's parameters where they save more than chance explains, else the defaults."""
    defaults, best = ModelParameters(), ModelParameters(**study.best_params)
    if best == defaults:
        return defaults
    p, q = (np.concatenate(each) for each in measure.predicted(steps.last, [defaults, best]))
    rows = np.concatenate([np.flatnonzero(steps.folds[place].left_out) for place in steps.last])
    saved = compute_paired_differences(
        {"log_loss": log_loss},
        examples.label[rows],
        p,
        q,
        examples.lead_numbers()[rows],
        options=BootstrapOptions(draws=_DRAWS, seed=seed),
    )["log_loss"]
    return best if saved.low > 0 else defaults


def _stopped_paying(study: optuna.Study) -> bool:
    def best(until: int) -> float:
        done = [trial.value for trial in study.trials[:until] if trial.state == TrialState.COMPLETE]
        return min((value for value in done if value is not None), default=np.inf)

    earlier = len(study.trials) - _PATIENCE * BATCH
    return earlier > 0 and best(earlier) - best(len(study.trials)) < _WORTH


def suggest_parameters(trial: optuna.Trial, small: bool) -> ModelParameters:
    """What a trial may choose; ``small``: from too few buyers to tell deep trees, or many, from chance."""
    return ModelParameters(
        inverse_penalty=trial.suggest_categorical("inverse_penalty", [0.1, 0.3, 1.0, 2.0, 5.0, 10.0, 20.0]),
        trees=trial.suggest_int("trees", 50, 150 if small else 300, step=50),
        max_depth=trial.suggest_int("max_depth", 2, 3 if small else 4),
        learning_rate=trial.suggest_float("learning_rate", 0.03, 0.1, log=True),
        min_child_weight=trial.suggest_float("min_child_weight", 2.0, 100.0, log=True),
        l2=trial.suggest_float("l2", 1.0, 50.0, log=True),
        column_share=trial.suggest_float("column_share", 0.3, 1.0),
    )


def _batch_seed(seed: int, batch: int) -> int:
    return int(np.random.SeedSequence([seed, batch]).generate_state(1)[0])


def _fingerprint(examples: Examples, features: tuple[Feature, ...], trials: int, seed: int) -> str:
    names = [feature.name for feature in features]
    told = hashlib.sha256(repr((features, examples.windows, trials, seed, hash_code())).encode())
    for array in (examples.table[names].to_numpy(np.float64), examples.label, examples.window, examples.lead_numbers()):
        told.update(np.ascontiguousarray(array).tobytes())
    return told.hexdigest()[:16]
