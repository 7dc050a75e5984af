"""The first pass of batch scoring: the probability of every lead of a launch, hottest first.

The second pass (``scored_rows``) adds reasons block by block, so that a million finished rows are never held at once.
"""

import os
import tempfile
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..features import Context, build_context, iter_feature_blocks, read_cohort_and_context
from ..history import History, Launch, build_cohort
from ..history.progress import StageCallback
from .launch_profile import LaunchProfile
from .launch_quantiles import LaunchQuantiles, compute_launch_quantiles
from .model import Model, compute_probabilities
from .tiers import TierPolicy, TierRule, choose_policy

#: Called with the stage that begins and the number of leads that it has done.
#: A larger feature matrix is held in a file, which need not fit into memory.
_MAX_MATRIX_BYTES = 64 * 2**20


class LaunchPredictions(NamedTuple):
    """A launch's leads with their features and probabilities, ordered by lead.

    Attributes
    ----------
    profile : LaunchProfile
        The launch with its context, the thresholds of its tiers and its leads' quantiles.
    model : Model
    leads : DataFrame
        One row a lead: ``lead_id``, ``as_of``.
    X : array of float, shape (leads, features)
        The model's matrix.
    probability : array of float, shape (leads,)
    order : array of int, shape (leads,)
        The row numbers, hottest lead first; leads of one probability stay ordered by lead.
    """

    profile: LaunchProfile
    model: Model
    leads: pd.DataFrame
    X: NDArray[np.float64]
    probability: NDArray[np.float64]
    order: NDArray[np.int64]


def build_launch_context(history: History, launch: Launch, model: Model) -> Context:
    """Return what is known when the launch opens, with the model's currency and reference distribution.

    Parameters
    ----------
    history : History
    launch : Launch
    model : Model

    Returns
    -------
    Context
    """
    return _add_reference(build_context(history, launch.as_of, currency=model.context.currency), model)


def predict_launch(
    history: History,
    launch: Launch,
    model: Model,
    context: Context | None = None,
    *,
    tiers: TierPolicy | TierRule | None = None,
    progress: StageCallback = lambda stage, done: None,
) -> LaunchPredictions:
    """Predict the purchase probability of every lead of a launch.

    Parameters
    ----------
    history : History
    launch : Launch
    model : Model
    context : Context, optional
        By default that of the launch (``build_launch_context``).
    tiers : TierPolicy or TierRule, optional
        By default ``tier_by_rate``.
    progress : callable, optional
        Called with each stage and the number of leads done.

    Returns
    -------
    LaunchPredictions

    Raises
    ------
    LaunchError
        The launch lacks what its cohort needs.
    """
    progress("reading", 0)
    if context is None:
        leads, launch_context = read_cohort_and_context(history, launch, currency=model.context.currency)
        context = _add_reference(launch_context, model)
    else:
        leads = build_cohort(history, launch)[["lead_id", "as_of"]]
    X, probability = _predict_blocks(history, launch, leads, model, context, progress)
    progress("comparing", 0)
    policy = choose_policy(tiers, probability, context)
    profile = LaunchProfile(launch, context, policy, _compute_quantiles(launch, model, X))
    return LaunchPredictions(profile, model, leads, X, probability, np.argsort(-probability, kind="stable"))


def _add_reference(context: Context, model: Model) -> Context:
    return context.with_reference(model.context.reference_rate, model.context.reference_quantiles)


def _compute_quantiles(launch: Launch, model: Model, X: NDArray[np.float64]) -> LaunchQuantiles | None:
    if launch.strategy == "perpetual":  # a lead must not be compared with those who come after it
        return None
    names = [feature.name for feature in model.features]
    return compute_launch_quantiles(pd.DataFrame(X, columns=names, copy=False), model.features)


def _predict_blocks(
    history: History, launch: Launch, leads: pd.DataFrame, model: Model, context: Context, progress: StageCallback
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Compute the leads' features and probabilities, block by block."""
    X = _allocate_matrix(len(leads), len(model.features))
    probability = np.empty(len(leads))
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


def _allocate_matrix(rows: int, columns: int) -> NDArray[np.float64]:
    """Return an empty matrix, in a temporary file where it is large."""
    size = rows * columns * 8
    if size <= _MAX_MATRIX_BYTES:
        return np.empty((rows, columns))
    with tempfile.TemporaryFile(prefix="hotleads-") as file:  # it has no name, and is gone with the array
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(file.fileno(), 0, size)  # a full disk is an error here, and a crash later
        return np.memmap(file, np.float64, "w+", shape=(rows, columns))
