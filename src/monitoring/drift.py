"""Input, prediction and target drift, and how far each feature's drift moves the scores."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ..features import Feature
from .distances import approximate_distances, compute_distances, find_furthest
from .launch_rows import LaunchRows
from .signals import Prior, fit_control_limit

if TYPE_CHECKING:
    from evidently.core.report import Snapshot

#: From so many known values on both sides a distance is used: a test would find any difference.
_MIN_DISTANCE_ROWS = 1_000
_SIGNIFICANCE_LEVEL = 0.05
#: A distance below this is of no consequence, however little the earlier launches differed.
_MIN_DISTANCE = 0.1
_PRIOR = Prior(0.05, 0.03)
#: Rows of each side that are compared; they give a distance to a few hundredths.
MAX_ROWS = 5_000
#: Evidently draws two plots a column, which takes most of its time and of its page: so many columns are drawn.
MAX_PLOTTED_COLUMNS = 25

PREDICTION, TARGET = "prediction · probability", "target · label"


@dataclass(frozen=True)
class DriftReport:
    """A launch against one reference.

    ``table`` has a row a column, ``plotted`` those rows of it that are drawn, ``now`` and ``before`` the rows of both
    sides that were compared.
    """

    reference: str
    launch: LaunchRows
    table: pd.DataFrame
    plotted: pd.DataFrame
    now: pd.DataFrame
    before: pd.DataFrame

    @cached_property
    def snapshot(self) -> "Snapshot":
        """Evidently's report, made when it is first asked for: Evidently takes seconds to import and to draw."""
        from .drift_snapshot import draw_drift

        return draw_drift(self)


def measure_drift(
    launch: LaunchRows, reference: Sequence[LaunchRows], features: Sequence[Feature], name: str
) -> DriftReport:
    """Compare a launch's features, probabilities and (where known) labels with those of the ``reference`` launches.

    ``table``: ``column`` (family · feature), ``family``, ``feature``, ``method``, ``distance``, ``limit``, ``drifted``
    and ``score_shift``, the mean log-odds that the feature now adds beyond what it added in the reference.

    Every column is in ``table``; Evidently draws at most ``MAX_PLOTTED_COLUMNS`` of them, and compares the same rows.
    Small samples get a test (Kolmogorov-Smirnov or z, Bonferroni's level), large ones a distance (Wasserstein in
    standard deviations or Jensen-Shannon) with the limit that the reference launches set among themselves. Columns
    without a value on one side, or whose limit no launch could pass, have no method: they are not judged.
    """
    shift = launch.contributions.mean(axis=0) - np.mean([rows.contributions.mean(axis=0) for rows in reference], axis=0)
    table = pd.DataFrame(
        {
            "column": [f"{feature.family} · {feature.name}" for feature in features],
            "family": [feature.family for feature in features],
            "feature": [feature.name for feature in features],
            "flag": [feature.unit == "flag" for feature in features],
            "score_shift": shift,
        }
    )
    table = pd.concat([table, _list_outcomes(launch)], ignore_index=True)
    now, references = _select_columns(launch, table), [_select_columns(rows, table) for rows in reference]
    past = _measure_past_distances(references, table["flag"].to_numpy(np.bool_))
    now, before = _thin(now), _thin(pd.concat(references))
    table = _choose_methods(table, now, before, past)
    table["distance"] = compute_distances(now[table["column"]], before[table["column"]], list(table["method"]))
    is_test = table["method"].isin(["ks", "z"])
    table["drifted"] = np.where(is_test, table["distance"] < table["limit"], table["distance"] > table["limit"])
    return DriftReport(name, launch, table.drop(columns="flag"), _select_plotted(table), now, before)


def _select_plotted(table: pd.DataFrame) -> pd.DataFrame:
    """Select both outcomes, then what drifted, then what moves the scores most, in that order."""
    compared = table[table["method"].notna()]
    shift = compared["score_shift"].abs().fillna(np.inf)
    first = compared.assign(outcome=np.isinf(shift), shift=shift).sort_values(["outcome", "drifted", "shift"])
    return first.tail(MAX_PLOTTED_COLUMNS).iloc[::-1]


def _select_columns(rows: LaunchRows, table: pd.DataFrame) -> pd.DataFrame:
    named = rows.table.rename(columns=dict(zip(table["feature"], table["column"], strict=True)))
    return named.assign(**{PREDICTION: rows.probability, TARGET: _get_label(rows)})[list(table["column"])]


def _get_label(rows: LaunchRows) -> np.ndarray:
    return rows.leads["label"].astype("Float64").to_numpy(np.float64, na_value=np.nan)


def _list_outcomes(launch: LaunchRows) -> pd.DataFrame:
    names = [PREDICTION, TARGET] if np.isfinite(_get_label(launch)).any() else [PREDICTION]
    return pd.DataFrame({"column": names, "family": [name.split(" · ")[0] for name in names]}).assign(
        feature=[name.split(" · ")[1] for name in names], flag=[name == TARGET for name in names], score_shift=np.nan
    )


def _thin(table: pd.DataFrame) -> pd.DataFrame:
    """Keep every n-th row: rows are ordered by lead id, which is unrelated to their values."""
    return table.iloc[:: -(-len(table) // MAX_ROWS)].reset_index(drop=True)


def _measure_past_distances(tables: Sequence[pd.DataFrame], flag: np.ndarray) -> list[np.ndarray]:
    """Measure each reference launch's distances to the others, a value a column."""
    pairs = [(table, [other for other in tables if other is not table]) for table in tables]
    return [approximate_distances(table, pd.concat(rest), flag) for table, rest in pairs if rest]


def _choose_methods(
    table: pd.DataFrame, now: pd.DataFrame, before: pd.DataFrame, past: list[np.ndarray]
) -> pd.DataFrame:
    rows = np.asarray(np.minimum(now[table["column"]].notna().sum(), before[table["column"]].notna().sum()))
    flag, small = table["flag"].to_numpy(np.bool_), rows < _MIN_DISTANCE_ROWS
    levels = before[table["column"]].nunique() + now[table["column"]].nunique()
    varies = np.asarray(levels) > 2
    method = np.select([small & flag, small, flag], ["z", "ks", "jensenshannon"], "wasserstein").astype(object)
    method[(rows == 0) | ~varies] = None
    limits = np.array([_fit_distance_limit([distance[column] for distance in past]) for column in range(len(table))])
    limit = np.where(small, _SIGNIFICANCE_LEVEL / len(table), limits)
    sizes = (side[table["column"]].notna().sum().to_numpy() for side in (now, before))
    furthest = [find_furthest(*row) for row in zip(method, *sizes, strict=True)]
    method[np.where(small, furthest >= limit, furthest <= limit)] = None
    return table.assign(method=method, limit=np.where(pd.isna(method), np.nan, limit))


def _fit_distance_limit(past: Sequence[float]) -> float:
    return max(fit_control_limit([distance for distance in past if np.isfinite(distance)], _PRIOR).high, _MIN_DISTANCE)
