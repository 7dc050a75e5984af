"""The simple methods that a model must beat, each as probabilities learned from the model's own training rows."""

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
from ..base_models import RFM_FEATURES, ModelParameters, fit_linear
from ..examples import Examples
from .bg_nbd import fit_bg_nbd
from .pareto_nbd import fit_pareto_nbd
from .rfm_summary import RfmSummary, build_rfm_summary

Values = NDArray[np.float64]

_BUYERS = ("purchase_days", "days_from_first_to_last_purchase", "days_since_first_purchase")
#: The first of these that says anything about a history is its recency.
_RECENCY = ("days_since_last_purchase", "days_since_last_event", "days_since_last_capture")
_RFM = (("days_since_last_purchase", -1.0), ("purchases", 1.0), ("spend", 1.0))
_PLAIN = tuple(feature for feature in FEATURES if feature.name in RFM_FEATURES)
#: Every feature that a baseline reads by its name.
BASELINE_FEATURES = tuple(feature for feature in FEATURES if feature in _PLAIN or feature.name in (*_BUYERS, *_RECENCY))
#: A cell of quintiles is worth this many average rows before any row of its own.
_CELL_ROWS = 10.0
_NEARLY = 1e-9


class ScoringSet(NamedTuple):
    """The leads to score: their features, and how many days each has to buy."""

    table: pd.DataFrame
    days: float


Baseline = Callable[[Examples, ScoringSet], Values]


def predict_base_rate(learned: Examples, launched: ScoringSet) -> Values:
    """Everyone at the share of buyers so far."""
    return np.full(len(launched.table), _rate(learned))


def predict_by_recency(learned: Examples, launched: ScoringSet) -> Values:
    """The later a lead last bought, the better; where nobody bought, last did something or was captured."""
    known = [name for name in _RECENCY if learned.table[name].notna().any()]
    if not known:
        return predict_base_rate(learned, launched)
    return calibrate_scores(
        learned, *(-np.log1p(table[known[0]].to_numpy()) for table in (learned.table, launched.table))
    )


def predict_by_rfm_quintiles(learned: Examples, launched: ScoringSet) -> Values:
    """Recency, frequency and spend cut into fifths: everyone at the rate of buyers of their cell so far."""
    edges = [_fifths(sign * learned.table[name].to_numpy()) for name, sign in _RFM]
    cells = [_cell(table, edges) for table in (learned.table, launched.table)]
    rows = np.bincount(cells[0], learned.weight, minlength=6**3)
    buyers = np.bincount(cells[0], learned.weight * learned.label, minlength=6**3)
    rates = (buyers + _CELL_ROWS * _rate(learned)) / (rows + _CELL_ROWS)
    return np.asarray(rates[cells[1]])


def predict_by_rfm_regression(learned: Examples, launched: ScoringSet) -> Values:
    """A regularised logistic regression on recency, frequency, spend and their like."""
    linear = fit_linear(learned, _PLAIN, ModelParameters())
    X = launched.table[[feature.name for feature in _PLAIN]].to_numpy(np.float64)
    return np.asarray(expit(linear.intercept + linear.compute_contributions(X).sum(axis=1)))


def predict_by_bg_nbd(learned: Examples, launched: ScoringSet) -> Values:
    """BG/NBD's chance of a purchase in the window, as fitted to what the leads bought before they are scored."""
    model = fit_bg_nbd(build_rfm_summary(launched.table))
    return _buy_till_you_die(model.buys_within, learned, launched)


def predict_by_pareto_nbd(learned: Examples, launched: ScoringSet) -> Values:
    """Pareto/NBD's chance of a purchase in the window, as fitted to what the leads bought before they are scored."""
    model = fit_pareto_nbd(build_rfm_summary(launched.table))
    return _buy_till_you_die(model.buys_within, learned, launched)


def predict_by_boosting(learned: Examples, launched: ScoringSet) -> Values:
    """Histogram gradient boosting with scikit-learn's defaults, on every feature."""
    model = HistGradientBoostingClassifier(random_state=0)
    said = [name for name in launched.table if learned.table[name].notna().any()]
    with threadpool_limits(1):
        model.fit(learned.table[said].to_numpy(np.float64), learned.label, learned.weight)
        found: Values = model.predict_proba(launched.table[said].to_numpy(np.float64))[:, 1]
    return found


def calibrate_scores(learned: Examples, scores: Values, launched_scores: Values) -> Values:
    """Probabilities of any scores, NaN where there is none: a logistic regression of the label on the score."""
    missing = np.isnan(scores)
    center, scale = (float(each(scores[~missing])) if not missing.all() else 0.0 for each in (np.mean, np.std))

    def design(values: Values) -> Values:
        z = (values - center) / (scale or 1.0)
        return np.column_stack([np.nan_to_num(z), np.isnan(values)])

    model = LogisticRegression(C=1.0).fit(design(scores), learned.label, learned.weight)
    found: Values = model.predict_proba(design(launched_scores))[:, 1]
    return found


def _buy_till_you_die(
    buys_within: Callable[[RfmSummary, float], Values], learned: Examples, launched: ScoringSet
) -> Values:
    chances = [buys_within(build_rfm_summary(table), launched.days) for table in (learned.table, launched.table)]
    return calibrate_scores(learned, *(logit(np.clip(each, _NEARLY, 1 - _NEARLY)) for each in chances))


def _rate(learned: Examples) -> float:
    return float(np.average(learned.label, weights=learned.weight))


def _fifths(values: Values) -> Values:
    return np.asarray(np.nanquantile(values, [0.2, 0.4, 0.6, 0.8])) if np.isfinite(values).any() else np.zeros(4)


def _cell(table: pd.DataFrame, edges: list[Values]) -> NDArray[np.int64]:
    """A number below 6^3 a lead: the fifth of each figure, 5 where it is missing."""
    cell = np.zeros(len(table), np.int64)
    for (name, sign), cuts in zip(_RFM, edges, strict=True):
        values = sign * table[name].to_numpy()
        cell = 6 * cell + np.where(np.isnan(values), 5, np.searchsorted(cuts, values, side="right"))
    return cell
