"""A launch's leads in the order of their probabilities, before any is told why: the first of scoring's two passes.

The second makes the rows block by block, hottest first, so that a million finished rows are never held at once.
"""

import os
import tempfile
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..features import Context, build_context, iter_feature_blocks, read_cohort_and_context
from ..history import History, Launch, build_cohort
from .launch_profile import LaunchProfile
from .launch_quantiles import LaunchQuantiles, compute_launch_quantiles
from .model import Model, compute_probabilities
from .tiers import TierPolicy, TierRule, tier_by_rate

#: Told what is being done, and for how many leads it is done.
ProgressCallback = Callable[[str, int], None]

#: A larger table of features is kept in a file, of which memory need not hold all.
_HELD_BYTES = 64 * 2**20


class LaunchPredictions(NamedTuple):
    """A launch's leads ordered by lead (``lead_id``, ``as_of``), each with its features as the model's matrix ``X``.

    ``order`` has the leads' places hottest first; those of one probability stay ordered by lead.
    """

    profile: LaunchProfile
    model: Model
    leads: pd.DataFrame
    X: NDArray[np.float64]
    probability: NDArray[np.float64]
    order: NDArray[np.int64]


def build_launch_context(history: History, launch: Launch, model: Model) -> Context:
    """What is known when the launch opens, with the model's currency and reference distribution."""
    return _referenced(build_context(history, launch.as_of, currency=model.context.currency), model)


def _referenced(context: Context, model: Model) -> Context:
    return context.with_reference(model.context.reference_rate, model.context.reference_quantiles)


def predict_launch(
    history: History,
    launch: Launch,
    model: Model,
    context: Context | None = None,
    *,
    tiers: TierPolicy | TierRule | None = None,
    progress: ProgressCallback = lambda stage, done: None,
) -> LaunchPredictions:
    """Every lead of the launch; ``context`` defaults to the launch's own, ``tiers`` to ``by_rate``.

    Raises LaunchError.
    """
    progress("reading", 0)
    if context is None:
        leads, known = read_cohort_and_context(history, launch, currency=model.context.currency)
        context = _referenced(known, model)
    else:
        leads = build_cohort(history, launch)[["lead_id", "as_of"]]
    X, probability = _passed(history, launch, leads, model, context, progress)
    progress("comparing", 0)
    policy = tiers(probability, context) if callable(tiers) else tiers or tier_by_rate(context)
    facts = LaunchProfile(launch, context, policy, _quantiles(launch, model, X))
    return LaunchPredictions(facts, model, leads, X, probability, np.argsort(-probability, kind="stable"))


def _quantiles(launch: Launch, model: Model, X: NDArray[np.float64]) -> LaunchQuantiles | None:
    if launch.strategy == "perpetual":  # a lead must not be compared with those who come after it
        return None
    names = [feature.name for feature in model.features]
    return compute_launch_quantiles(pd.DataFrame(X, columns=names, copy=False), model.features)


def _passed(
    history: History, launch: Launch, leads: pd.DataFrame, model: Model, context: Context, progress: ProgressCallback
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The leads' features and probabilities, block by block."""
    X, probability = _room(len(leads), len(model.features)), np.empty(len(leads))
    done = 0
    progress("features", done)
    for table in iter_feature_blocks(history, launch, leads, context, model.features):
        progress("model", done)
        block = slice(done, done + len(table))
        X[block] = model.to_matrix(table)
        probability[block] = compute_probabilities(model.predict_logits(table))
        done = block.stop
        progress("features", done)
    return X, probability


def _room(rows: int, columns: int) -> NDArray[np.float64]:
    size = rows * columns * 8
    if size <= _HELD_BYTES:
        return np.empty((rows, columns))
    with tempfile.TemporaryFile(prefix="hotleads-") as file:  # it has no name, and is gone with the array
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(file.fileno(), 0, size)  # a full disk is an error here, and a crash later
        return np.memmap(file, np.float64, "w+", shape=(rows, columns))
