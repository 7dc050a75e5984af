"""Estimators of one's own in a backtest: fitted to the rows that the model learned from, asked about the same leads.

An estimator has scikit-learn's ``fit`` and ``predict_proba``. It gets our features, or makes its own from raw rows
where it has a method ``features(history, leads, as_of)``.
"""

import inspect
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from datetime import datetime
from typing import Any, Protocol, runtime_checkable

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import clone

from ..features import compute_features
from ..history import History, HistoryError, Launch
from ..history.failures import describe_failure
from .baselines.comparison import BASELINE_NAMES
from .training_set import TrainingSet

Values = NDArray[np.float64]


class Estimator(Protocol):
    """Whatever learns from rows and gives probabilities, as scikit-learn's classifiers do."""

    def fit(self, X: pd.DataFrame, y: Any, *args: Any, **options: Any) -> Any:
        """Learn from rows and their labels, 0 or 1."""

    def predict_proba(self, X: pd.DataFrame) -> Any:
        """Return for each row the probabilities of label 0 and of label 1."""


@runtime_checkable
class FeatureMaker(Protocol):
    """An estimator that makes its features from raw rows."""

    def features(self, history: History, leads: pd.DataFrame, as_of: datetime) -> pd.DataFrame:
        """Return a row for each lead of ``leads`` (``lead_id, as_of``), with ``lead_id`` as column or index."""


def predict_own_models(
    models: Mapping[str, Estimator], history: History, launch: Launch, training_set: TrainingSet, leads: pd.DataFrame
) -> dict[str, Values]:
    """Fit estimators to a training set, and return their probabilities of a launch's leads.

    Parameters
    ----------
    models : mapping of str to Estimator
        By their names. The estimators stay as they are: copies are fitted.
    history : History
        Where raw rows lie.
    launch : Launch
        The launch that the leads are scored for.
    training_set : TrainingSet
        What the model learned from.
    leads : pandas.DataFrame
        ``lead_id`` and ``as_of``, each lead once.

    Returns
    -------
    dict of str to numpy.ndarray of float64
        Probabilities by name, in the order of ``leads``.

    Raises
    ------
    HistoryError
        An estimator lacks a lead, or gives no probabilities.
    """
    asked = leads[["lead_id", "as_of"]].reset_index(drop=True)
    ours: pd.DataFrame | None = None
    predictions = {}
    for name, model in models.items():
        examples = training_set.examples
        if isinstance(model, FeatureMaker):
            X, X_asked = (
                _make_training_rows(name, model, history, training_set),
                _make_rows(name, model, history, asked),
            )
        else:
            if ours is None:
                ours = compute_features(history, launch, asked, training_set.context, training_set.features)
            X = examples.table[[feature.name for feature in training_set.features]]
            X_asked = ours
        fitted = clone(model) if hasattr(model, "get_params") else deepcopy(model)
        weight = {"sample_weight": examples.weight} if _takes_weight(fitted) else {}
        with _name_failures(name):
            fitted.fit(X, examples.label, **weight)
            probabilities = fitted.predict_proba(X_asked)
        predictions[name] = _read_probabilities(name, probabilities, len(asked))
    return predictions


def check_model_names(models: Mapping[str, Estimator]) -> None:
    """Raise HistoryError for a name that a baseline has, and for what is no estimator."""
    taken = sorted(set(models) & {*BASELINE_NAMES, "hotleads"})
    if taken:
        raise HistoryError(f"{taken[0]} is the name of a method that is compared anyhow; give the model another")
    for name, model in models.items():
        if not (callable(getattr(model, "fit", None)) and callable(getattr(model, "predict_proba", None))):
            raise HistoryError(f"{name} is no estimator: it needs the methods fit and predict_proba")


def _make_training_rows(name: str, model: FeatureMaker, history: History, training_set: TrainingSet) -> pd.DataFrame:
    """Return the model's own features of the rows to learn from, each window as it was known when it opened."""
    examples = training_set.examples
    parts = []
    for window in range(len(examples.windows)):
        rows = examples.window == window
        as_of = pd.to_datetime(examples.as_of[rows], unit="us", utc=True)
        leads = pd.DataFrame({"lead_id": examples.table.index[rows], "as_of": as_of})
        parts.append(_make_rows(name, model, history, leads))
    return pd.concat(parts, ignore_index=True)


def _make_rows(name: str, model: FeatureMaker, history: History, leads: pd.DataFrame) -> pd.DataFrame:
    with _name_failures(name):
        table = model.features(history, leads.copy(), leads["as_of"].min().to_pydatetime())
    if "lead_id" in table.columns:
        table = table.set_index("lead_id")
    missing = ~leads["lead_id"].isin(table.index)
    if missing.any() or table.index.has_duplicates:
        raise HistoryError(
            f"the features of {name} need one row for each of the leads; {int(missing.sum()):,} of {len(leads):,} are "
            f"missing{', others come twice' if table.index.has_duplicates else ''}"
        )
    return table.loc[leads["lead_id"]].reset_index(drop=True)


@contextmanager
def _name_failures(name: str) -> Iterator[None]:
    """Raise HistoryError for whatever goes wrong in an estimator."""
    try:
        yield
    except Exception as error:
        raise HistoryError(f"{name} failed with {describe_failure(error)}; run it on its own") from error


def _takes_weight(model: Estimator) -> bool:
    try:
        return "sample_weight" in inspect.signature(model.fit).parameters
    except ValueError:  # compiled, and it does not say what it takes
        return False


def _read_probabilities(name: str, values: object, rows: int) -> Values:
    matrix = np.asarray(values, np.float64)
    probabilities = matrix[:, -1] if matrix.ndim == 2 and matrix.shape[1] else matrix
    if probabilities.shape != (rows,) or not ((probabilities >= 0) & (probabilities <= 1)).all():
        raise HistoryError(f"{name} gave no probability from 0 to 1 for each of the {rows:,} leads")
    return probabilities
