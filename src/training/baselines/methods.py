"""The simple methods that a model must beat, each as probabilities examples from the model's own training rows."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit, logit
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from ...features import FEATURES
from ..base_models import RFM_FEATURES, fit_linear
from ..examples import Examples
from ..options import ModelParameters
from .bg_nbd import fit_bg_nbd
from .pareto_nbd import fit_pareto_nbd
from .rfm_summary import RfmSummary, build_rfm_summary

Values = NDArray[np.float64]

_BUYERS = ("purchase_days", "days_from_first_to_last_purchase", "days_since_first_purchase")
#: The first of these that is filled is a history's recency.
_RECENCY = ("days_since_last_purchase", "days_since_last_event", "days_since_last_capture")
_RFM = (("days_since_last_purchase", -1.0), ("purchases", 1.0), ("spend", 1.0))
_REGRESSION_FEATURES = tuple(feature for feature in FEATURES if feature.name in RFM_FEATURES)
#: Every feature that a baseline reads by its name.
BASELINE_FEATURES = tuple(
    feature for feature in FEATURES if feature in _REGRESSION_FEATURES or feature.name in (*_BUYERS, *_RECENCY)
)
#: A cell of quintiles is worth this many average rows before any row of its own.
_PRIOR_CELL_ROWS = 10.0
_MIN_PROBABILITY = 1e-9
#: As many bins as scikit-learn's boosting makes of a feature with more distinct values.
_MAX_BINS = 255


class ScoringSet(NamedTuple):
    """The leads to score.

    Attributes
    ----------
    table : pandas.DataFrame
        Their features.
    horizon_days : float
        How many days each has to buy.
    """

    table: pd.DataFrame
    horizon_days: float


Baseline = Callable[[Examples, ScoringSet], Values]


def predict_base_rate(examples: Examples, scoring_set: ScoringSet) -> Values:
    """Predict the share of buyers so far for everyone."""
    return np.full(len(scoring_set.table), _average_label(examples))


def predict_by_recency(examples: Examples, scoring_set: ScoringSet) -> Values:
    """Predict by the last purchase, the later the better; where nobody bought, by the last event or else capture."""
    filled = [name for name in _RECENCY if examples.table[name].notna().any()]
    if not filled:
        return predict_base_rate(examples, scoring_set)
    return calibrate_scores(
        examples, *(-np.log1p(table[filled[0]].to_numpy()) for table in (examples.table, scoring_set.table))
    )


def predict_by_rfm_quintiles(examples: Examples, scoring_set: ScoringSet) -> Values:
    """Cut recency, frequency and spend into fifths, and predict the rate of buyers of the cell so far."""
    edges = [_find_quintiles(sign * examples.table[name].to_numpy()) for name, sign in _RFM]
    cells = [_number_cells(table, edges) for table in (examples.table, scoring_set.table)]
    rows = np.bincount(cells[0], examples.weight, minlength=6**3)
    buyers = np.bincount(cells[0], examples.weight * examples.label, minlength=6**3)
    rates = (buyers + _PRIOR_CELL_ROWS * _average_label(examples)) / (rows + _PRIOR_CELL_ROWS)
    return np.asarray(rates[cells[1]])


def predict_by_rfm_regression(examples: Examples, scoring_set: ScoringSet) -> Values:
    """Predict by a regularised logistic regression on recency, frequency, spend and their like."""
    linear = fit_linear(examples, _REGRESSION_FEATURES, ModelParameters())
    X = scoring_set.table[[feature.name for feature in _REGRESSION_FEATURES]].to_numpy(np.float64)
    return np.asarray(expit(linear.intercept + linear.compute_contributions(X).sum(axis=1)))


def predict_by_bg_nbd(examples: Examples, scoring_set: ScoringSet) -> Values:
    """Predict by a BG/NBD model fitted to what the leads bought before they are scored."""
    model = fit_bg_nbd(build_rfm_summary(scoring_set.table))
    return _calibrate_purchase_model(model.probability_of_purchase, examples, scoring_set)


def predict_by_pareto_nbd(examples: Examples, scoring_set: ScoringSet) -> Values:
    """Predict by a Pareto/NBD model fitted to what the leads bought before they are scored."""
    model = fit_pareto_nbd(build_rfm_summary(scoring_set.table))
    return _calibrate_purchase_model(model.probability_of_purchase, examples, scoring_set)


def predict_by_boosting(examples: Examples, scoring_set: ScoringSet) -> Values:
    """Predict by histogram gradient boosting with scikit-learn's defaults, on every feature."""
    model = HistGradientBoostingClassifier(random_state=0)
    filled = [name for name in scoring_set.table if examples.table[name].notna().any()]
    columns = [_bin_by_quantiles(examples.table[name], examples.weight, scoring_set.table[name]) for name in filled]
    X, new_X = (np.column_stack(values) for values in zip(*columns, strict=True))
    with threadpool_limits(1):
        probabilities: Values = model.fit(X, examples.label, examples.weight).predict_proba(new_X)[:, 1]
    return probabilities


def calibrate_scores(examples: Examples, scores: Values, new_scores: Values) -> Values:
    """Return probabilities of any scores (NaN: none) by a logistic regression of the label on the score."""
    missing = np.isnan(scores)
    center, scale = (
        float(statistic(scores[~missing])) if not missing.all() else 0.0 for statistic in (np.mean, np.std)
    )

    def build_design(values: Values) -> Values:
        z = (values - center) / (scale or 1.0)
        return np.column_stack([np.nan_to_num(z), np.isnan(values)])

    model = LogisticRegression(C=1.0).fit(build_design(scores), examples.label, examples.weight)
    probabilities: Values = model.predict_proba(build_design(new_scores))[:, 1]
    return probabilities


def _calibrate_purchase_model(
    predict: Callable[[RfmSummary, float], Values], examples: Examples, scoring_set: ScoringSet
) -> Values:
    chances = [
        predict(build_rfm_summary(table), scoring_set.horizon_days) for table in (examples.table, scoring_set.table)
    ]
    return calibrate_scores(
        examples, *(logit(np.clip(probabilities, _MIN_PROBABILITY, 1 - _MIN_PROBABILITY)) for probabilities in chances)
    )


def _average_label(examples: Examples) -> float:
    return float(np.average(examples.label, weights=examples.weight))


def _bin_by_quantiles(column: pd.Series, weight: Values, new_column: pd.Series) -> tuple[Values, Values]:
    """Return a feature of both tables as the numbers of its bins; as it is, where it has few distinct values.

    The bins end at the weighted quantiles where scikit-learn ends its own, so that up to 10,000 rows, of which it keeps
    none back, the trees are the same. Given weights, it would sort the feature again for each bin, which takes several
    times as long as the trees.
    """
    values, new_values = column.to_numpy(np.float64), new_column.to_numpy(np.float64)
    filled = np.flatnonzero(~np.isnan(values))
    order = filled[np.argsort(values[filled])]
    ordered = values[order]
    if len(np.unique(ordered)) <= _MAX_BINS:
        return values, new_values
    cumulative = np.cumsum(weight[order])
    below = np.linspace(0, 100, _MAX_BINS + 1)[1:-1] / 100 * cumulative[-1]
    at = np.minimum(np.searchsorted(cumulative, below), len(order) - 1)
    exact = cumulative[at] - below <= np.finfo(np.float64).eps
    edges = np.unique((ordered[at] + ordered[np.minimum(at + exact, len(order) - 1)]) / 2)
    edges = edges[np.unique(np.searchsorted(edges, ordered))[:-1]]  # an average may end a bin without a row
    first, second = (np.where(np.isnan(rows), np.nan, np.searchsorted(edges, rows)) for rows in (values, new_values))
    return first, second


def _find_quintiles(values: Values) -> Values:
    return np.asarray(np.nanquantile(values, [0.2, 0.4, 0.6, 0.8])) if np.isfinite(values).any() else np.zeros(4)


def _number_cells(table: pd.DataFrame, edges: list[Values]) -> NDArray[np.int64]:
    """Return each lead's cell, a number below 6^3: the fifth of each figure, 5 where it is missing."""
    cell = np.zeros(len(table), np.int64)
    for (name, sign), cuts in zip(_RFM, edges, strict=True):
        values = sign * table[name].to_numpy()
        cell = 6 * cell + np.where(np.isnan(values), 5, np.searchsorted(cuts, values, side="right"))
    return cell
