"""What tuning measures: matrices made once a fold, each part of the model fitted once for its own parameters.

In several processes the rows lie in one memory-mapped file. What is measured does not depend on their number.
"""

import pickle
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import xgboost as xgb
from numpy.typing import NDArray
from sklearn.metrics import log_loss

from features import Feature
from scoring import probabilities
from training.base import Parameters, fit_linear, fit_trees, tree_rows
from training.calibration import folds
from training.examples import Examples

#: Windows left out one by one, the latest ones; a trial's loss is the mean over them.
VALIDATED = 2
#: A fold with more rows to fit on is measured on about so many first.
_FIRST_ROWS = 10_000
#: Cells (rows x features x trials) from which on starting processes costs less than it brings.
_WORTH_PROCESSES = 40_000_000

Floats = NDArray[np.float64]


class Stage(NamedTuple):
    """Rows to fit on and rows to predict, as masks; ``counts`` where the loss is part of the objective."""

    seen: NDArray[np.bool_]
    left_out: NDArray[np.bool_]
    counts: bool


def stages(examples: Examples) -> list[Stage]:
    """What a trial goes through: the latest fold with a sample of the leads where there are many, then every fold."""
    found = [Stage(seen, left_out, True) for seen, left_out in islice(folds(examples), VALIDATED)]
    if found and (parts := -(-int(found[0].seen.sum()) // _FIRST_ROWS)) > 1:
        seen = found[0].seen & (examples.lead_numbers() < 2**32 // parts)
        if 0 < examples.label[seen].sum() < seen.sum():
            return [Stage(seen, found[0].left_out, False), *found]
    return found


class _Task(NamedTuple):
    part: str
    stage: int
    parameters: Parameters


class Measure:
    """The loss of each of several parameters at a stage. A linear part is fitted once for its stage and penalty."""

    def __init__(
        self,
        label: NDArray[np.int64],
        steps: list[Stage],
        run: Callable[[Callable[[_Task], Floats], Iterable[_Task]], Iterable[Floats]],
        logits: Callable[[_Task], Floats],
    ) -> None:
        self._label, self._steps, self._run, self._logits = label, steps, run, logits
        self._linear: dict[tuple[int, float], Floats] = {}

    def __call__(self, stage: int, parameters: Sequence[Parameters]) -> list[float]:
        label = self._label[self._steps[stage].left_out]
        return [float(log_loss(label, each, labels=[0, 1])) for each in self.predicted(stage, parameters)]

    def predicted(self, stage: int, parameters: Sequence[Parameters]) -> list[Floats]:
        """For each of the parameters the probabilities of the rows that the stage leaves out."""
        wanted = dict.fromkeys((stage, each.inverse_penalty) for each in parameters)
        fresh = [key for key in wanted if key not in self._linear]
        tasks = [_Task("linear", stage, Parameters(inverse_penalty=penalty)) for _, penalty in fresh]
        found = list(self._run(self._logits, [*tasks, *(_Task("trees", stage, each) for each in parameters)]))
        self._linear |= dict(zip(fresh, found[: len(fresh)], strict=True))
        return [
            probabilities(0.5 * self._linear[stage, each.inverse_penalty] + 0.5 * trees)
            for each, trees in zip(parameters, found[len(fresh) :], strict=True)
        ]


@contextmanager
def measuring(
    examples: Examples, features: tuple[Feature, ...], steps: list[Stage], *, trials: int, seed: int, processes: int
) -> Iterator[Measure]:
    """Measures several parameters at a stage; in ``processes`` of one thread each where it pays."""
    if processes <= 1 or len(examples.label) * len(features) * trials < _WORTH_PROCESSES:
        yield Measure(examples.label, steps, map, _Parts(examples, features, steps, seed).logits)
        return
    with tempfile.TemporaryDirectory(prefix="hotleads-") as scratch:
        _share(Path(scratch), examples, features, steps, seed)
        pool = ProcessPoolExecutor(processes, get_context("spawn"), _join, (Path(scratch),))
        try:
            yield Measure(examples.label, steps, pool.map, _logits)
        finally:
            pool.shutdown(cancel_futures=True)


class _Rows(NamedTuple):
    seen: Examples
    matrix: xgb.DMatrix
    left_out: Floats
    left_out_matrix: xgb.DMatrix


class _Parts:
    """Fits the parts of the model and predicts the rows left out."""

    def __init__(self, examples: Examples, features: tuple[Feature, ...], steps: list[Stage], seed: int) -> None:
        self._features, self._seed = features, seed

        @cache
        def rows(stage: int) -> _Rows:
            seen = examples.take(steps[stage].seen)
            X = examples.table[[feature.name for feature in features]].to_numpy(np.float64)[steps[stage].left_out]
            return _Rows(seen, tree_rows(seen, features), X, xgb.DMatrix(X, nthread=1))

        self._rows = rows

    def logits(self, task: _Task) -> Floats:
        rows = self._rows(task.stage)
        if task.part == "linear":
            linear = fit_linear(rows.seen, self._features, task.parameters)
            return np.asarray(linear.intercept + linear.contributions(rows.left_out).sum(axis=1))
        trees = fit_trees(rows.seen, self._features, task.parameters, self._seed, rows.matrix)
        trees.set_param({"nthread": 1})
        return np.asarray(trees.predict(rows.left_out_matrix, output_margin=True), np.float64)


def _share(folder: Path, examples: Examples, features: tuple[Feature, ...], steps: list[Stage], seed: int) -> None:
    names = [feature.name for feature in features]
    np.save(folder / "table.npy", examples.table[names].to_numpy(np.float64))
    rest = replace(examples, table=pd.DataFrame())
    (folder / "rest.pickle").write_bytes(pickle.dumps((rest, features, steps, seed)))


_PARTS: list[_Parts] = []


def _join(folder: Path) -> None:
    """In a process of the pool: the rows, seen through the file."""
    rest, features, steps, seed = pickle.loads((folder / "rest.pickle").read_bytes())  # noqa: S301 - written by _share
    table: Any = np.load(folder / "table.npy", mmap_mode="r")
    names = [feature.name for feature in features]
    _PARTS.append(_Parts(replace(rest, table=pd.DataFrame(table, columns=names, copy=False)), features, steps, seed))


def _logits(task: _Task) -> Floats:
    return _PARTS[0].logits(task)
