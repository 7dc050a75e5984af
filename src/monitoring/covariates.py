"""Are the leads others than before, beyond what another mix of campaigns explains?"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from ..evaluation import roc_auc
from ..features import Feature
from .campaign_mix import label_origins
from .control_limits import Prior, fit_control_limit
from .launch_rows import LaunchRows
from .signals import DriftSignal, build_unknown_signal

_BELIEF = Prior(0.55, 0.03)
_MEASURE = "ROC AUC of telling this launch's new leads from earlier launches'"
_FOLDS, _RIDGE, _CLIP = 5, 200.0, 4.0
_MOST_ROWS = 4_000
_LEAST_LEADS = 40
#: A mix that changed is undone by weights up to this.
_MOST_WEIGHT = 10.0

FloatArray = NDArray[np.float64]


def measure_covariates(launch: LaunchRows, earlier: Sequence[LaunchRows], features: Sequence[Feature]) -> DriftSignal:
    """A classifier two-sample test (Lopez-Paz and Oquab, 2017): how well can the launch's leads be told from others?

    Only new leads are compared, since old ones grow older from launch to launch whatever happens; where too few are
    new, all are. Compared is what differs from lead to lead in every launch: what came once only tells that launch from
    the others, and what stopped coming is tracking. Features of the campaign are left out, and the others' leads are
    weighted to this launch's mix. The limit comes from the same figure of each earlier launch against the others.
    """
    kept = _compared(features, (launch, *earlier))
    groups = [_design(rows, kept) for rows in (launch, *earlier)]
    if min(len(groups[0]), sum(map(len, groups[1:]))) < _LEAST_LEADS or not kept:
        return build_unknown_signal("covariate", _MEASURE, "too few leads to compare")
    value, weight = _told_apart(groups[0], groups[1:])
    others = [each for each in groups[1:] if len(each) >= _LEAST_LEADS]
    pairs = [(each, [other for other in others if other is not each]) for each in others]
    past = [_told_apart(each, rest)[0] for each, rest in pairs if rest]
    noise = float(np.sqrt(1 / (12 * len(groups[0])) + 1 / (12 * sum(map(len, groups[1:])))))
    limit = fit_control_limit(past, _BELIEF, noise)
    alarm = value > limit.high
    names = [features[place].name for place in kept]
    top = sorted(zip(names, weight[: len(names)], strict=True), key=lambda pair: -abs(pair[1]))[:5]
    told = ", ".join(f"{name} {'up' if one > 0 else 'down'}" for name, one in top)
    evidence = (
        f"new leads are told from earlier ones with a ROC AUC of {value:.2f} (usual {limit.usual:.2f}, limit "
        f"{limit.high:.2f}); what tells them apart: {told}"
    )
    details = {"past": [round(each, 4) for each in past], "weights": {name: round(float(one), 4) for name, one in top}}
    return DriftSignal("covariate", _MEASURE, value, limit.usual, limit.high, alarm, evidence, details)


def _compared(features: Sequence[Feature], launches: Sequence[LaunchRows]) -> list[int]:
    varies = np.all([(rows.table.nunique(dropna=False) > 1).to_numpy() for rows in launches], axis=0)
    return [place for place, feature in enumerate(features) if varies[place] and _is_covariate(feature)]


def _is_covariate(feature: Feature) -> bool:
    """Not the campaign's own fields, which are the mix, nor what is relative to earlier launches, nor sums over events
    of all types, into which goes what came once; their parts are compared."""
    is_sum = feature.source == "events" and feature.rows == "any"
    return not (feature.name.startswith("utm_") or is_sum or feature.measure.startswith("ratio:"))


def _design(rows: LaunchRows, kept: list[int]) -> pd.DataFrame:
    """Log-scaled values with 0 for missing, then which are missing; the column ``cell`` is the lead's origin."""
    new = rows.is_new
    mask = new if new.sum() >= _LEAST_LEADS else np.ones(len(new), np.bool_)
    X = rows.table.to_numpy(np.float64)[mask][:, kept][:_MOST_ROWS]
    missing = np.isnan(X)
    values = np.where(missing, 0.0, np.copysign(np.log1p(np.abs(X)), X))
    cell = label_origins(rows).reindex(rows.table.index[mask][:_MOST_ROWS]).fillna("-").to_numpy()
    return pd.DataFrame(np.hstack([values, missing])).assign(cell=cell)


def _told_apart(group: pd.DataFrame, others: Sequence[pd.DataFrame]) -> tuple[float, FloatArray]:
    """Cross-fitted AUC of the group against the others, and the coefficients of a fit on all.

    The classifier is Fisher's linear discriminant with a ridge. Each fold's sums of squares are made once, and the fit
    that leaves a fold out has the others' sums: so many fits cost as little as one.
    """
    rest = pd.concat(others, ignore_index=True)
    y = np.r_[np.ones(len(group)), -np.ones(len(rest))]
    weight = np.r_[np.ones(len(group)), _to_mix(rest["cell"], group["cell"])]
    weight[y < 0] *= len(group) / weight[y < 0].sum()
    X = pd.concat([group, rest], ignore_index=True).drop(columns="cell").to_numpy(np.float64)
    X = np.clip((X - X.mean(axis=0)) / (X.std(axis=0) + 1e-9), -_CLIP, _CLIP)
    Z = np.column_stack([np.ones(len(y)), X])
    fold = np.random.default_rng(0).integers(0, _FOLDS, len(y))
    with threadpool_limits(1):
        parts = [_sums(Z[fold == part], y[fold == part], weight[fold == part]) for part in range(_FOLDS)]
        whole = np.sum(parts, axis=0)
        score = np.empty(len(y))
        for part in range(_FOLDS):
            score[fold == part] = Z[fold == part] @ _fit(whole - parts[part])
        return roc_auc(y > 0, score, weight), _fit(whole)[1:]


def _sums(Z: FloatArray, y: FloatArray, weight: FloatArray) -> FloatArray:
    """The weighted sums of squares and, as the last column, of products with ``y``."""
    weighted = Z * weight[:, None]
    return np.column_stack([weighted.T @ Z, weighted.T @ y])


def _fit(sums: FloatArray) -> FloatArray:
    ridge = np.diag(np.r_[0.0, np.full(len(sums) - 1, _RIDGE)])
    return np.asarray(np.linalg.solve(sums[:, :-1] + ridge, sums[:, -1]))


def _to_mix(cell: pd.Series, target: pd.Series) -> FloatArray:
    """Weights that give the rows of ``cell`` the shares of ``target``."""
    ratio = target.value_counts(normalize=True) / cell.value_counts(normalize=True)
    return np.asarray(np.clip(cell.map(ratio).fillna(0.0).astype(np.float64), 0.0, _MOST_WEIGHT))
