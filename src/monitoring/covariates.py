"""The covariate signal: do the leads differ from before, beyond what another mix of campaigns explains?"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from ..evaluation import roc_auc
from ..features import Feature
from ..language import Phrase
from .campaign_mix import label_origins
from .launch_rows import LaunchRows
from .signals import NO_LIMIT, DriftSignal, Prior, build_unknown_signal, fit_control_limit

_PRIOR = Prior(0.55, 0.03)
_MEASURE = "ROC AUC of telling this launch's new leads from earlier launches'"
_FOLDS, _RIDGE, _CLIP = 5, 200.0, 4.0
_MAX_ROWS = 4_000
_MIN_LEADS = 40
#: The largest weight that undoes a changed mix.
_MAX_WEIGHT = 10.0

FloatArray = NDArray[np.float64]


def measure_covariates(launch: LaunchRows, earlier: Sequence[LaunchRows], features: Sequence[Feature]) -> DriftSignal:
    """Run a classifier two-sample test (Lopez-Paz and Oquab, 2017): how well are the launch's leads told from others?

    Only new leads are compared, since old ones grow older from launch to launch whatever happens; where too few are
    new, all are. Compared is what differs from lead to lead in every launch: what came once only tells that launch from
    the others, and what stopped coming is attribution. Features of the campaign are left out, and the others' leads are
    weighted to this launch's mix. The limit comes from the same figure of each earlier launch against the others.
    """
    columns = _select_columns(features, (launch, *earlier))
    groups = [_build_design(rows, columns) for rows in (launch, *earlier)]
    if min(len(groups[0]), sum(map(len, groups[1:]))) < _MIN_LEADS or not columns:
        return build_unknown_signal("covariate", _MEASURE, Phrase("too few leads to compare"))
    value, weight = _discriminate(groups[0], groups[1:])
    others = [group for group in groups[1:] if len(group) >= _MIN_LEADS]
    pairs = [(group, [other for other in others if other is not group]) for group in others]
    past = [_discriminate(group, rest)[0] for group, rest in pairs if rest]
    noise = float(np.sqrt(1 / (12 * len(groups[0])) + 1 / (12 * sum(map(len, groups[1:])))))
    limit = fit_control_limit(past, _PRIOR, noise)
    if limit.high >= 1:  # no ROC AUC is larger
        evidence = Phrase(
            "of a new lead and one of earlier launches, which is which can be told {value:.0%} of the time; {why}",
            value=value,
            why=NO_LIMIT,
        )
        return build_unknown_signal("covariate", _MEASURE, evidence)
    alarm = value > limit.high
    names = [features[column].name for column in columns]
    top = sorted(zip(names, weight[: len(names)], strict=True), key=lambda pair: -abs(pair[1]))[:5]
    higher, lower = (tuple(name for name, weighs in top if (weighs > 0) == is_high) for is_high in (True, False))
    parts = [Phrase("higher: {names}", names=higher)] if higher else []
    parts += [Phrase("lower: {names}", names=lower)] if lower else []
    evidence = Phrase(
        "of a new lead and one of earlier launches, which is which can be told {value:.0%} of the time (a coin: 50%, "
        "common: {usual:.0%}, up to {limit:.0%} usual); what differs most: {parts}",
        value=value,
        usual=limit.usual,
        limit=limit.high,
        parts=tuple(parts),
    )
    weights = {name: round(float(coefficient), 4) for name, coefficient in top}
    details = {"past": [round(auc, 4) for auc in past], "weights": weights}
    return DriftSignal("covariate", _MEASURE, value, limit.usual, limit.high, alarm, evidence, details)


def _select_columns(features: Sequence[Feature], launches: Sequence[LaunchRows]) -> list[int]:
    varies = np.all([(rows.table.nunique(dropna=False) > 1).to_numpy() for rows in launches], axis=0)
    return [column for column, feature in enumerate(features) if varies[column] and _is_covariate(feature)]


def _is_covariate(feature: Feature) -> bool:
    """Return whether a feature is compared.

    The campaign's own fields are the mix; some features are relative to earlier launches; sums over events of all types
    include what came once, so their parts are compared instead.
    """
    is_sum = feature.source == "events" and feature.rows == "any"
    return not (feature.name.startswith("utm_") or is_sum or feature.measure.startswith("ratio:"))


def _build_design(rows: LaunchRows, columns: list[int]) -> pd.DataFrame:
    """Return log-scaled values with 0 for missing, then which are missing, and the lead's origin as ``cell``."""
    new = rows.is_new
    mask = new if new.sum() >= _MIN_LEADS else np.ones(len(new), np.bool_)
    X = rows.table.to_numpy(np.float64)[mask][:, columns][:_MAX_ROWS]
    missing = np.isnan(X)
    values = np.where(missing, 0.0, np.copysign(np.log1p(np.abs(X)), X))
    cell = label_origins(rows).reindex(rows.table.index[mask][:_MAX_ROWS]).fillna("-").to_numpy()
    return pd.DataFrame(np.hstack([values, missing])).assign(cell=cell)


def _discriminate(group: pd.DataFrame, others: Sequence[pd.DataFrame]) -> tuple[float, FloatArray]:
    """Return the cross-fitted AUC of the group against the others, and the coefficients of a fit on all.

    The classifier is Fisher's linear discriminant with a ridge. Each fold's sums of squares are made once, and the fit
    that leaves a fold out has the others' sums: so many fits cost as little as one.
    """
    rest = pd.concat(others, ignore_index=True)
    y = np.r_[np.ones(len(group)), -np.ones(len(rest))]
    weight = np.r_[np.ones(len(group)), _weight_to_mix(rest["cell"], group["cell"])]
    weight[y < 0] *= len(group) / weight[y < 0].sum()
    X = pd.concat([group, rest], ignore_index=True).drop(columns="cell").to_numpy(np.float64)
    X = np.clip((X - X.mean(axis=0)) / (X.std(axis=0) + 1e-9), -_CLIP, _CLIP)
    Z = np.column_stack([np.ones(len(y)), X])
    fold = np.random.default_rng(0).integers(0, _FOLDS, len(y))
    with threadpool_limits(1):
        parts = [_sum_squares(Z[fold == part], y[fold == part], weight[fold == part]) for part in range(_FOLDS)]
        total = np.sum(parts, axis=0)
        score = np.empty(len(y))
        for part in range(_FOLDS):
            score[fold == part] = Z[fold == part] @ _fit(total - parts[part])
        return roc_auc(y > 0, score, weight), _fit(total)[1:]


def _sum_squares(Z: FloatArray, y: FloatArray, weight: FloatArray) -> FloatArray:
    """Return the weighted sums of squares and, as the last column, of products with ``y``."""
    weighted = Z * weight[:, None]
    return np.column_stack([weighted.T @ Z, weighted.T @ y])


def _fit(sums: FloatArray) -> FloatArray:
    ridge = np.diag(np.r_[0.0, np.full(len(sums) - 1, _RIDGE)])
    return np.asarray(np.linalg.solve(sums[:, :-1] + ridge, sums[:, -1]))


def _weight_to_mix(cell: pd.Series, target: pd.Series) -> FloatArray:
    """Return weights that give the rows of ``cell`` the shares of ``target``."""
    ratio = target.value_counts(normalize=True) / cell.value_counts(normalize=True)
    return np.asarray(np.clip(cell.map(ratio).fillna(0.0).astype(np.float64), 0.0, _MAX_WEIGHT))
