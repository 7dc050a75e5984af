"""Evaluation of trials: matrices built once a fold, each base model fitted once for its own parameters.

With several processes the rows lie in one memory-mapped file, and this process works as well. No loss depends on their
number.
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
from .base_models import build_tree_matrix, fit_linear, fit_trees
from .calibration import split_folds
from .examples import Examples
from .options import FitOptions, ModelParameters

#: Windows left out one by one, the latest ones; a trial's loss is the mean over them.
MAX_VALIDATION_FOLDS = 2
#: A fold with more rows to fit on is measured on about so many first.
_MAX_FIRST_ROWS = 10_000
#: Cells (rows x features x trials) from which on starting processes costs less than it brings.
_MIN_CELLS_FOR_PROCESSES = 40_000_000

Floats = NDArray[np.float64]


class Fold(NamedTuple):
    """Rows to fit on and rows to predict, as masks."""

    seen: NDArray[np.bool_]
    left_out: NDArray[np.bool_]


class HalvingPlan(NamedTuple):
    """The folds; by index, those that measure every trial first, and those whose mean loss is the objective."""

    folds: tuple[Fold, ...]
    first: tuple[int, ...]
    last: tuple[int, ...]


def plan_halving(examples: Examples) -> HalvingPlan:
    """Plan the latest fold first, with a sample of the leads where there are many; then every fold."""
    folds = tuple(Fold(*masks) for masks in islice(split_folds(examples), MAX_VALIDATION_FOLDS))
    first, last = (0,) if folds else (), tuple(range(len(folds)))
    if folds and (parts := -(-int(folds[0].seen.sum()) // _MAX_FIRST_ROWS)) > 1:
        seen = folds[0].seen & (examples.hash_leads() < 2**32 // parts)
        if 0 < examples.label[seen].sum() < seen.sum():
            return HalvingPlan((*folds, Fold(seen, folds[0].left_out)), (len(folds),), last)
    return HalvingPlan(folds, first, last)


class _Task(NamedTuple):
    part: str
    fold: int
    parameters: ModelParameters


_RunTasks = Callable[[Sequence[_Task]], Sequence[Floats]]


class TrialEvaluator:
    """Evaluates several parameters on some folds; what was fitted once is not fitted again."""

    def __init__(self, label: NDArray[np.int64], folds: Sequence[Fold], run_tasks: _RunTasks) -> None:
        self._label, self._folds, self._run_tasks = label, folds, run_tasks
        self._logits: dict[_Task, Floats] = {}

    def evaluate(self, folds: Sequence[int], parameters: Sequence[ModelParameters]) -> list[float]:
        """Return the mean log loss over the folds (by index) of each of the parameters."""
        labels = [self._label[self._folds[fold].left_out] for fold in folds]
        return [
            float(np.mean([log_loss(y, p, labels=[0, 1]) for y, p in zip(labels, predictions, strict=True)]))
            for predictions in self.predict(folds, parameters)
        ]

    def predict(self, folds: Sequence[int], parameters: Sequence[ModelParameters]) -> list[list[Floats]]:
        """Return, for each of the parameters and each of the folds, the probabilities of the rows left out."""
        pairs = [[_split_tasks(fold, candidate) for fold in folds] for candidate in parameters]
        tasks = dict.fromkeys(task for row in pairs for pair in row for task in pair)
        new_tasks = [task for task in tasks if task not in self._logits]
        self._logits |= dict(zip(new_tasks, self._run_tasks(new_tasks), strict=True))
        return [
            [compute_probabilities(0.5 * self._logits[linear] + 0.5 * self._logits[trees]) for linear, trees in row]
            for row in pairs
        ]


def _split_tasks(fold: int, parameters: ModelParameters) -> tuple[_Task, _Task]:
    """Return the tasks of the linear model and of the trees, each with the parameters that are its own."""
    penalty = parameters.inverse_penalty
    return (
        _Task("linear", fold, ModelParameters(inverse_penalty=penalty)),
        _Task("trees", fold, replace(parameters, inverse_penalty=ModelParameters.inverse_penalty)),
    )


@contextmanager
def open_evaluator(
    examples: Examples, features: tuple[Feature, ...], folds: Sequence[Fold], options: FitOptions
) -> Iterator[TrialEvaluator]:
    """Open an evaluator of parameters; in ``options.processes`` of one thread each where it pays."""
    run_here = _TaskRunner(examples, features, folds, options.seed).predict_logits
    cells = len(examples.label) * len(features) * options.trials
    if options.processes <= 1 or cells < _MIN_CELLS_FOR_PROCESSES:
        yield TrialEvaluator(examples.label, folds, lambda tasks: [run_here(task) for task in tasks])
        return
    with tempfile.TemporaryDirectory(prefix="hotleads-") as scratch, ExitStack() as stack:
        _write_rows(Path(scratch), examples, features, folds, options.seed)
        workers = [run_here]
        for _ in range(options.processes - 1):
            pool = start_process_pool(1, _read_rows, Path(scratch), scratch=Path(scratch))
            stack.callback(pool.shutdown, cancel_futures=True)
            workers.append(partial(_run_in_pool, pool))
        yield TrialEvaluator(examples.label, folds, lambda tasks: _distribute(workers, tasks))


def _distribute(workers: Sequence[Callable[[_Task], Floats]], tasks: Sequence[_Task]) -> list[Floats]:
    """Return each task's result, in order; a free worker takes the longest task that is left."""
    free: SimpleQueue[Callable[[_Task], Floats]] = SimpleQueue()
    for worker in workers:
        free.put(worker)

    def run(task: _Task) -> Floats:
        worker = free.get()
        try:
            return worker(task)
        finally:
            free.put(worker)

    longest_first = sorted(tasks, key=lambda task: -task.parameters.trees * task.parameters.max_depth)
    with ThreadPoolExecutor(len(workers)) as threads:
        results = dict(zip(longest_first, threads.map(run, longest_first), strict=True))
    return [results[task] for task in tasks]


class _FoldRows(NamedTuple):
    seen: Examples
    seen_matrix: xgb.DMatrix
    left_out: Floats
    left_out_matrix: xgb.DMatrix


class _TaskRunner:
    """Fits one base model and predicts the rows left out."""

    def __init__(self, examples: Examples, features: tuple[Feature, ...], folds: Sequence[Fold], seed: int) -> None:
        self._features, self._seed = features, seed

        @cache
        def build_rows(fold: int) -> _FoldRows:
            seen = examples.take(folds[fold].seen)
            X = examples.table[[feature.name for feature in features]].to_numpy(np.float64)[folds[fold].left_out]
            return _FoldRows(seen, build_tree_matrix(seen, features), X, xgb.DMatrix(X, nthread=1))

        self._build_rows = build_rows

    def predict_logits(self, task: _Task) -> Floats:
        rows = self._build_rows(task.fold)
        if task.part == "linear":
            linear = fit_linear(rows.seen, self._features, task.parameters)
            return np.asarray(linear.intercept + linear.compute_contributions(rows.left_out).sum(axis=1))
        trees = fit_trees(rows.seen, self._features, task.parameters, self._seed, rows.seen_matrix)
        trees.set_param({"nthread": 1})
        return np.asarray(trees.predict(rows.left_out_matrix, output_margin=True), np.float64)


def _write_rows(
    folder: Path, examples: Examples, features: tuple[Feature, ...], folds: Sequence[Fold], seed: int
) -> None:
    names = [feature.name for feature in features]
    np.save(folder / "table.npy", examples.table[names].to_numpy(np.float64))
    rest = replace(examples, table=pd.DataFrame())
    (folder / "rest.pickle").write_bytes(pickle.dumps((rest, features, folds, seed)))


#: In a process of the pool: its one runner.
_RUNNERS: list[_TaskRunner] = []


def _read_rows(folder: Path) -> None:
    """Open the rows in a process of the pool, memory-mapped."""
    rest, features, folds, seed = pickle.loads((folder / "rest.pickle").read_bytes())  # noqa: S301 - by _write_rows
    values: Any = np.load(folder / "table.npy", mmap_mode="r")
    table = pd.DataFrame(values, columns=[feature.name for feature in features], copy=False)
    _RUNNERS.append(_TaskRunner(replace(rest, table=table), features, folds, seed))


def _run_in_pool(pool: ProcessPoolExecutor, task: _Task) -> Floats:
    return pool.submit(_predict_logits, task).result()


def _predict_logits(task: _Task) -> Floats:
    return _RUNNERS[0].predict_logits(task)
