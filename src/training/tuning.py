"""A short Optuna study by successive halving: which parameters predict the latest windows best from the others.

Trials come in batches. A batch is asked for, measured, halved between its stages, and told in order; its sampler is
seeded by (seed, batch). So neither the number of processes nor an interruption shows in the result.
"""

import hashlib
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import optuna
from optuna.trial import TrialState

from evaluation import log_loss, paired_differences
from features import Feature
from training.base import Parameters
from training.examples import Examples
from training.packages import code_version
from training.study_file import read_study, write_study
from training.trials import VALIDATED, Measure, Stage, measuring, stages

OBJECTIVE = "mean log loss over the latest two windows, each predicted from all others, before calibration"
BATCH = 8
#: Of the trials in a stage, this share goes on to the next one.
_GO_ON = (0.25, 0.5)
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
) -> tuple[Parameters, optuna.Study]:
    """The parameters with the least log loss on windows they were not fitted on, and the study.

    The defaults are the first trial and are never halved away. Others replace them only where the whole 90% interval
    of what they save, by lead, is above 0, as at the gate. ``trials`` = 0 gives the defaults. With ``cache``, a study
    that was stopped goes on after its last batch.
    """
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(direction="minimize")
    steps = stages(examples) if trials else []
    if not steps:
        return Parameters(), study
    file = cache / f"study-{_fingerprint(examples, features, trials, seed)}.log" if cache else None
    study.add_trials(read_study(file) if file else [])
    small = examples.label.sum() < _FEW_BUYERS
    with measuring(examples, features, steps, trials=trials, seed=seed, processes=processes) as measure:
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


def tuning_facts(study: optuna.Study, examples: Examples) -> dict[str, Any] | None:
    """What a model's card says of its tuning; None where nothing was tuned."""
    if not study.trials:
        return None
    latest = list(reversed(examples.windows))[:VALIDATED] if len(examples.windows) > 1 else ["two thirds of the leads"]
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
    steps: list[Stage],
    measure: Measure,
    small: bool,
    on_trial: Callable[[int, float], None],
) -> None:
    if not study.trials:
        study.enqueue_trial(asdict(Parameters()))
    asked = [study.ask() for _ in range(size)]
    parameters = [suggest(trial, small) for trial in asked]
    going: list[int] = list(range(size))
    losses: list[list[float]] = [[] for _ in asked]
    for stage in range(len(steps)):
        for place, loss in zip(going, measure(stage, [parameters[place] for place in going]), strict=True):
            losses[place].append(loss)
            asked[place].report(loss, stage)
        if stage + 1 < len(steps):
            going = _best(going, losses, asked, _GO_ON[stage])
    for place, trial in enumerate(asked):  # in the order asked, whichever was measured first
        if place in going:
            value = float(np.mean([loss for loss, step in zip(losses[place], steps, strict=True) if step.counts]))
            study.tell(trial, value)
        else:
            study.tell(trial, state=TrialState.PRUNED)
        on_trial(trial.number + 1, losses[place][-1])


def _best(going: list[int], losses: list[list[float]], asked: list[optuna.Trial], share: float) -> list[int]:
    ranked = sorted(going, key=lambda place: losses[place][-1])
    kept = ranked[: max(1, int(len(ranked) * share))]
    return [place for place in going if place in kept or asked[place].number == 0]


def _chosen(study: optuna.Study, examples: Examples, steps: list[Stage], measure: Measure, seed: int) -> Parameters:
    """The best trial's parameters where they save more than chance explains, else the defaults."""
    defaults, best = Parameters(), Parameters(**study.best_params)
    if best == defaults:
        return defaults
    counted = [stage for stage, step in enumerate(steps) if step.counts]
    p, q = (
        np.concatenate(each) for each in zip(*(measure.predicted(s, [defaults, best]) for s in counted), strict=True)
    )
    rows = np.concatenate([np.flatnonzero(steps[stage].left_out) for stage in counted])
    saved = paired_differences(
        {"log_loss": log_loss}, examples.label[rows], p, q, examples.lead_numbers()[rows], draws=_DRAWS, seed=seed
    )["log_loss"]
    return best if saved.low > 0 else defaults


def _stopped_paying(study: optuna.Study) -> bool:
    def best(until: int) -> float:
        done = [trial.value for trial in study.trials[:until] if trial.state == TrialState.COMPLETE]
        return min((value for value in done if value is not None), default=np.inf)

    earlier = len(study.trials) - _PATIENCE * BATCH
    return earlier > 0 and best(earlier) - best(len(study.trials)) < _WORTH


def suggest(trial: optuna.Trial, small: bool) -> Parameters:
    """What a trial may choose; ``small``: from too few buyers to tell deep trees, or many, from chance."""
    return Parameters(
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
    told = hashlib.sha256(repr((features, examples.windows, trials, seed, code_version())).encode())
    for array in (examples.table[names].to_numpy(np.float64), examples.label, examples.window, examples.lead_numbers()):
        told.update(np.ascontiguousarray(array).tobytes())
    return told.hexdigest()[:16]
