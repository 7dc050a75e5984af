"""What tuning measures: matrices made once a fold, each part of the model fitted once for its own parameters.

In several processes the rows lie in one memory-mapped file, and this process works with the others. What is measured
does not depend on their number.
"""

import pickle
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import cache, partial
from itertools import islice
from pathlib import Path
from queue import SimpleQueue
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import xgboost as xgb
from numpy.typing import NDArray
from sklearn.metrics import log_loss

from ..features import Feature
from ..history.process_pool import start_process_pool
from ..scoring import compute_probabilities
from .base_models import ModelParameters, build_tree_matrix, fit_linear, fit_trees
from .calibration import split_folds
from .examples import Examples

#: Windows left out one by one, the latest ones; a trial's loss is the mean over them.
MAX_VALIDATION_FOLDS = 2
#: A fold with more rows to fit on is measured on about so many first.
_FIRST_ROWS = 10_000
#: Cells (rows x features x trials) from which on starting processes costs less than it brings.
_WORTH_PROCESSES = 40_000_000

Floats = NDArray[np.float64]


class Fold(NamedTuple):
    """Rows to fit on and rows to predict, as masks."""

    seen: NDArray[np.bool_]
    left_out: NDArray[np.bool_]


class HalvingPlan(NamedTuple):
    """The folds; by place, those that measure every trial first, and those whose mean loss is the objective."""

    folds: tuple[Fold, ...]
    first: tuple[int, ...]
    last: tuple[int, ...]


def plan_halving(examples: Examples) -> HalvingPlan:
    """First the latest fold, with a sample of the leads where there are many; then every fold. No folds: empty."""
    whole = tuple(Fold(*masks) for masks in islice(split_folds(examples), MAX_VALIDATION_FOLDS))
    first, last = (0,) if whole else (), tuple(range(len(whole)))
    if whole and (parts := -(-int(whole[0].seen.sum()) // _FIRST_ROWS)) > 1:
        seen = whole[0].seen & (examples.lead_numbers() < 2**32 // parts)
        if 0 < examples.label[seen].sum() < seen.sum():
            return HalvingPlan((*whole, Fold(seen, whole[0].left_out)), (len(whole),), last)
    return HalvingPlan(whole, first, last)


class _Task(NamedTuple):
    part: str
    fold: int
    parameters: ModelParameters


_Run = Callable[[Sequence[_Task]], Sequence[Floats]]


class TrialEvaluator:
    """The loss of each of several parameters on some folds; what was measured once is not measured again."""

    def __init__(self, label: NDArray[np.int64], folds: Sequence[Fold], run: _Run) -> None:
        self._label, self._folds, self._run = label, folds, run
        self._known: dict[_Task, Floats] = {}

    def __call__(self, places: Sequence[int], parameters: Sequence[ModelParameters]) -> list[float]:
        labels = [self._label[self._folds[place].left_out] for place in places]
        return [
            float(np.mean([log_loss(y, p, labels=[0, 1]) for y, p in zip(labels, each, strict=True)]))
            for each in self.predicted(places, parameters)
        ]

    def predicted(self, places: Sequence[int], parameters: Sequence[ModelParameters]) -> list[list[Floats]]:
        """For each of the parameters, and each of the folds, the probabilities of the rows left out."""
        wanted = [[_tasks(place, each) for place in places] for each in parameters]
        tasks = dict.fromkeys(task for each in wanted for both in each for task in both)
        fresh = [task for task in tasks if task not in self._known]
        self._known |= dict(zip(fresh, self._run(fresh), strict=True))
        return [
            [compute_probabilities(0.5 * self._known[linear] + 0.5 * self._known[trees]) for linear, trees in each]
            for each in wanted
        ]


def _tasks(fold: int, parameters: ModelParameters) -> tuple[_Task, _Task]:
    """The linear part and the trees, each with the parameters that are its own."""
    penalty = parameters.inverse_penalty
    return (
        _Task("linear", fold, ModelParameters(inverse_penalty=penalty)),
        _Task("trees", fold, replace(parameters, inverse_penalty=ModelParameters.inverse_penalty)),
    )


@contextmanager
def open_evaluator(
    examples: Examples,
    features: tuple[Feature, ...],
    folds: Sequence[Fold],
    *,
    trials: int,
    seed: int,
    processes: int,
) -> Iterator[TrialEvaluator]:
    """Measures several parameters on some folds; in ``processes`` of one thread each where it pays."""
    here = _Parts(examples, features, folds, seed).logits
    if processes <= 1 or len(examples.label) * len(features) * trials < _WORTH_PROCESSES:
        yield TrialEvaluator(examples.label, folds, lambda tasks: [here(task) for task in tasks])
        return
    with tempfile.TemporaryDirectory(prefix="hotleads-") as scratch, ExitStack() as stack:
        _share(Path(scratch), examples, features, folds, seed)
        seats = [here]
        for _ in range(processes - 1):
            pool = start_process_pool(1, _join, Path(scratch), scratch=Path(scratch))
            stack.callback(pool.shutdown, cancel_futures=True)
            seats.append(partial(_away, pool))
        yield TrialEvaluator(examples.label, folds, lambda tasks: _shared_out(seats, tasks))


def _shared_out(seats: Sequence[Callable[[_Task], Floats]], tasks: Sequence[_Task]) -> list[Floats]:
    """Each task's result, in order; a seat that is free takes the longest task that is left."""
    free: SimpleQueue[Callable[[_Task], Floats]] = SimpleQueue()
    for seat in seats:
        free.put(seat)

    def run(task: _Task) -> Floats:
        seat = free.get()
        try:
            return seat(task)
        finally:
            free.put(seat)

    longest_first = sorted(tasks, key=lambda task: -task.parameters.trees * task.parameters.max_depth)
    with ThreadPoolExecutor(len(seats)) as threads:
        found = dict(zip(longest_first, threads.map(run, longest_first), strict=True))
    return [found[task] for task in tasks]


class _Rows(NamedTuple):
    seen: Examples
    matrix: xgb.DMatrix
    left_out: Floats
    left_out_matrix: xgb.DMatrix


class _Parts:
    """Fits the parts of the model and predicts the rows left out."""

    def __init__(self, examples: Examples, features: tuple[Feature, ...], folds: Sequence[Fold], seed: int) -> None:
        self._features, self._seed = features, seed

        @cache
        def rows(fold: int) -> _Rows:
            seen = examples.take(folds[fold].seen)
            X = examples.table[[feature.name for feature in features]].to_numpy(np.float64)[folds[fold].left_out]
            return _Rows(seen, build_tree_matrix(seen, features), X, xgb.DMatrix(X, nthread=1))

        self._rows = rows

    def logits(self, task: _Task) -> Floats:
        rows = self._rows(task.fold)
        if task.part == "linear":
            linear = fit_linear(rows.seen, self._features, task.parameters)
            return np.asarray(linear.intercept + linear.compute_contributions(rows.left_out).sum(axis=1))
        trees = fit_trees(rows.seen, self._features, task.parameters, self._seed, rows.matrix)
        trees.set_param({"nthread": 1})
        return np.asarray(trees.predict(rows.left_out_matrix, output_margin=True), np.float64)


def _share(folder: Path, examples: Examples, features: tuple[Feature, ...], folds: Sequence[Fold], seed: int) -> None:
    names = [feature.name for feature in features]
    np.save(folder / "table.npy", examples.table[names].to_numpy(np.float64))
    rest = replace(examples, table=pd.DataFrame())
    (folder / "rest.pickle").write_bytes(pickle.dumps((rest, features, folds, seed)))


_PARTS: list[_Parts] = []


def _join(folder: Path) -> None:
    """In a process of the pool: the rows, seen through the file."""
    rest, features, folds, seed = pickle.loads((folder / "rest.pickle").read_bytes())  # noqa: S301 - written by _share
    table: Any = np.load(folder / "table.npy", mmap_mode="r")
    names = [feature.name for feature in features]
    _PARTS.append(_Parts(replace(rest, table=pd.DataFrame(table, columns=names, copy=False)), features, folds, seed))


def _away(pool: ProcessPoolExecutor, task: _Task) -> Floats:
    return pool.submit(_logits, task).result()


def _logits(task: _Task) -> Floats:
    return _PARTS[0].logits(task)
