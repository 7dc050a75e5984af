"""A short Optuna study by successive halving: which parameters predict the latest windows best from the others.

Trials come in batches. All trials of a batch are measured on a part, its best on the whole; its
sampler is seeded by (seed, batch). So neither the number of processes nor an interruption changes the result.
"""

import hashlib
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import optuna
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend, JournalFileOpenLock
from optuna.trial import FrozenTrial, TrialState

from ..evaluation import BootstrapOptions, compute_paired_differences, log_loss
from ..features import Feature
from ..history.atomic import atomic_write
from ..language import Phrase, mark
from .examples import Examples
from .options import FitOptions, ModelParameters
from .trials import MAX_VALIDATION_FOLDS, HalvingPlan, TrialEvaluator, open_evaluator, plan_halving
from .versions import hash_code

OBJECTIVE = "mean log loss over the latest two windows, each predicted from all others, before calibration"
BATCH = 8
#: Of a batch, this share goes on from the first measure to the whole one.
_SURVIVING_SHARE = 0.25
#: Tuning stops once the last so many batches have not lowered the loss by this much.
_PATIENCE_BATCHES = 2
_MIN_IMPROVEMENT = 1e-4
#: Resamples behind the choice between the best trial and the defaults.
_DRAWS = 200
#: With fewer buyers the search keeps to shallow trees, and to fewer of them.
_FEW_BUYERS = 300
_STUDY_NAME = "tuning"


def tune(
    examples: Examples,
    features: tuple[Feature, ...],
    options: FitOptions,
    on_trial: Callable[[FrozenTrial], None] = lambda trial: None,
) -> tuple[ModelParameters, optuna.Study]:
    """Return the parameters with the least log loss on windows they were not fitted on, and the study.

    The defaults are the first trial and are never halved away. Others replace them only where the whole 90% interval
    of what they save, by lead, is above 0, as at the gate. Without trials, or with fixed parameters, the defaults are
    returned. With ``options.cache``, a study that was stopped resumes after its last batch.
    """
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(direction="minimize")
    plan = plan_halving(examples)
    if not options.trials or options.parameters or not plan.folds:
        return ModelParameters(), study
    file = options.cache / f"study-{_hash_inputs(examples, features, options)}.log" if options.cache else None
    study.add_trials(read_study(file) if file else [])
    small = examples.label.sum() < _FEW_BUYERS
    with open_evaluator(examples, features, plan.folds, options) as evaluator:
        while len(study.trials) < options.trials and not _has_stopped_improving(study):
            batch = len(study.trials) // BATCH
            study.sampler = optuna.samplers.TPESampler(seed=_seed_batch(options.seed, batch))
            size = min(BATCH, options.trials - len(study.trials))
            _run_batch(study, size, plan, evaluator, small, on_trial)
            if file:
                write_study(study, file)
        parameters = _choose_parameters(study, examples, plan, evaluator, options.seed)
    if file:
        file.unlink(missing_ok=True)
    return parameters, study


def describe_tuning(study: optuna.Study, examples: Examples) -> dict[str, Any] | None:
    """Return the card's entry on the tuning; None where nothing was tuned."""
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


def describe_trial(trial: FrozenTrial, trials: int) -> Phrase:
    """Return a line on a finished trial; it has Optuna's number, from 0, as in MLflow and in the study's log."""
    pattern = mark("trial {number} ({count} of at most {trials}): log loss {loss}")
    if trial.state == TrialState.PRUNED:
        pattern = mark(
            "trial {number} ({count} of at most {trials}): halved away, log loss {loss} at the first measure alone"
        )
    loss = Phrase("unknown") if trial.value is None else Phrase("{loss:.4f}", loss=trial.value)
    return Phrase(pattern, number=trial.number, count=trial.number + 1, trials=trials, loss=loss)


def _run_batch(
    study: optuna.Study,
    size: int,
    plan: HalvingPlan,
    evaluator: TrialEvaluator,
    small: bool,
    on_trial: Callable[[FrozenTrial], None],
) -> None:
    if not study.trials:
        study.enqueue_trial(asdict(ModelParameters()))
    trials = [study.ask() for _ in range(size)]
    parameters = [suggest_parameters(trial, small) for trial in trials]
    first_losses = evaluator.evaluate(plan.first, parameters)
    survivors = _select_survivors(first_losses, trials)
    last_losses = evaluator.evaluate(plan.last, [parameters[index] for index in survivors])
    losses = dict(zip(survivors, last_losses, strict=True))
    for index, trial in enumerate(trials):  # in the order of the batch, whichever was measured first
        trial.report(first_losses[index], 0)
        if index in losses:
            study.tell(trial, losses[index])
        else:
            study.tell(trial, state=TrialState.PRUNED)
        on_trial(study.trials[trial.number])


def _select_survivors(losses: list[float], trials: list[optuna.Trial]) -> list[int]:
    """Return the indexes of the trials that go on to the whole measure; the defaults always do."""
    ranked = sorted(range(len(losses)), key=lambda index: losses[index])
    best = ranked[: max(1, int(len(ranked) * _SURVIVING_SHARE))]
    return [index for index, trial in enumerate(trials) if index in best or trial.number == 0]


def _choose_parameters(
    study: optuna.Study, examples: Examples, plan: HalvingPlan, evaluator: TrialEvaluator, seed: int
) -> ModelParameters:
    """Return the best trial's parameters where they save more than chance explains, else the defaults."""
    defaults, best = ModelParameters(), ModelParameters(**study.best_params)
    if best == defaults:
        return defaults
    p, q = (np.concatenate(folds) for folds in evaluator.predict(plan.last, [defaults, best]))
    rows = np.concatenate([np.flatnonzero(plan.folds[index].left_out) for index in plan.last])
    bootstrap = BootstrapOptions(draws=_DRAWS, seed=seed)
    saved = compute_paired_differences(
        {"log_loss": log_loss}, examples.label[rows], p, q, examples.hash_leads()[rows], options=bootstrap
    )["log_loss"]
    return best if saved.low > 0 else defaults


def _has_stopped_improving(study: optuna.Study) -> bool:
    def find_best(until: int) -> float:
        done = [trial.value for trial in study.trials[:until] if trial.state == TrialState.COMPLETE]
        return min((value for value in done if value is not None), default=np.inf)

    earlier = len(study.trials) - _PATIENCE_BATCHES * BATCH
    return earlier > 0 and find_best(earlier) - find_best(len(study.trials)) < _MIN_IMPROVEMENT


def suggest_parameters(trial: optuna.Trial, small: bool) -> ModelParameters:
    """Suggest a trial's parameters; ``small``: too few buyers to tell deep trees, or many of them, from chance."""
    return ModelParameters(
        inverse_penalty=trial.suggest_categorical("inverse_penalty", [0.1, 0.3, 1.0, 2.0, 5.0, 10.0, 20.0]),
        trees=trial.suggest_int("trees", 50, 150 if small else 300, step=50),
        max_depth=trial.suggest_int("max_depth", 2, 3 if small else 4),
        learning_rate=trial.suggest_float("learning_rate", 0.03, 0.1, log=True),
        min_child_weight=trial.suggest_float("min_child_weight", 2.0, 100.0, log=True),
        l2=trial.suggest_float("l2", 1.0, 50.0, log=True),
        column_share=trial.suggest_float("column_share", 0.3, 1.0),
    )


def _seed_batch(seed: int, batch: int) -> int:
    return int(np.random.SeedSequence([seed, batch]).generate_state(1)[0])


def _hash_inputs(examples: Examples, features: tuple[Feature, ...], options: FitOptions) -> str:
    names = [feature.name for feature in features]
    inputs = (features, examples.windows, options.trials, options.seed, hash_code())
    digest = hashlib.sha256(repr(inputs).encode())
    for array in (examples.table[names].to_numpy(np.float64), examples.label, examples.window, examples.hash_leads()):
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()[:16]


def write_study(study: optuna.Study, file: Path) -> None:
    """Write the study's finished trials to ``file``, as Optuna's dashboard reads them; an earlier file is replaced."""
    with atomic_write(file) as scratch:
        copy = optuna.create_study(storage=_open_storage(scratch), study_name=_STUDY_NAME, direction="minimize")
        copy.add_trials(study.trials)


def read_study(file: Path) -> list[FrozenTrial]:
    """Return the trials that ``write_study`` wrote; none where there is no file."""
    return optuna.load_study(storage=_open_storage(file), study_name=_STUDY_NAME).trials if file.is_file() else []


def _open_storage(file: Path) -> JournalStorage:
    return JournalStorage(JournalFileBackend(str(file), lock_obj=JournalFileOpenLock(str(file))))
