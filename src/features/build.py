"""From a history and a launch to the table that a model reads, lead range by lead range."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import pandas as pd
import pyarrow.compute as pc
from numpy.typing import NDArray

from ..history import History, Launch, build_cohort
from ..history.partitions import map_in_threads
from ..history.timestamps import series_to_microseconds
from .catalog import FEATURES
from .context import Context
from .declaration import Feature
from .inputs import read_launch_inputs
from .lead_row_reader import read_lead_rows, to_lead_ids
from .partition import split_cohorts
from .plan import FeaturePlan

_TABLES = {"purchases": "purchases", "captures": "leads", "events": "events"}
_Part = tuple[slice, ...]


def build_features(
    history: History,
    launch: Launch | str,
    *,
    context: Context | None = None,
    features: Sequence[Feature] | None = None,
) -> pd.DataFrame:
    """Return the features of a launch's leads.

    Parameters
    ----------
    history : History
        The history to read.
    launch : Launch or str
        The launch, or its id.
    context : Context, optional
        What the features need from other leads; by default the launch's own.
    features : sequence of Feature, optional
        By default all that are declared and those that the history brings.

    Returns
    -------
    pandas.DataFrame
        One row a lead, index ``lead_id``; one float64 column a feature, in its unit, NaN where it has no value.

    Raises
    ------
    HistoryError
        Where the history has no such launch.
    LaunchError
        Where the launch lacks a time.

    Examples
    --------
    >>> table = build_features(open_history("data/sample"), "2025-02-cake-course")  # doctest: +SKIP
    """
    launch = history.get_launch(launch) if isinstance(launch, str) else launch
    if features is not None and context is not None:  # nothing else is to be counted
        return compute_features(history, launch, build_cohort(history, launch), context, features)
    inputs = read_launch_inputs(history, launch)
    declared = inputs.features if features is None else features
    return compute_features(history, launch, inputs.leads, context or inputs.context, declared)


def compute_features(
    history: History, launch: Launch, leads: pd.DataFrame, context: Context, features: Sequence[Feature] = FEATURES
) -> pd.DataFrame:
    """Return the features of some leads of a launch.

    Parameters
    ----------
    history : History
        The history to read.
    launch : Launch
        The launch that the leads are scored in.
    leads : pandas.DataFrame
        ``lead_id`` and ``as_of``, each lead once, in any order.
    context : Context
        What the features need from other leads.
    features : sequence of Feature
        The columns of the table.

    Returns
    -------
    pandas.DataFrame
        As ``build_features``; the rows in the order of ``leads``.
    """
    return compute_features_of_launches(history, [(launch, leads, context)], features)[0]


def compute_features_of_launches(
    history: History,
    launches: Sequence[tuple[Launch, pd.DataFrame, Context]],
    features: Sequence[Feature] = FEATURES,
) -> list[pd.DataFrame]:
    """Return ``compute_features`` of several launches in one pass over the history's rows.

    Parameters
    ----------
    history : History
        The history to read.
    launches : sequence of (Launch, pandas.DataFrame, Context)
        Each with its leads and its context, as in ``compute_features``.
    features : sequence of Feature
        The columns of every table.
    """
    cohorts = [_PlannedCohort(FeaturePlan(features, launch, context), leads) for launch, leads, context in launches]
    tables = [np.empty((len(leads), len(features))) for _, leads, _ in launches]

    def allocate(part: _Part) -> list[NDArray[np.float64]]:
        return [table[rows] for table, rows in zip(tables, part, strict=True)]

    for _ in _compute_blocks(history, cohorts, _split(history, cohorts), allocate):
        pass
    ordered = [_restore_order(table, cohort.order) for table, cohort in zip(tables, cohorts, strict=True)]
    return [_build_frame(table, leads, features) for table, (_, leads, _) in zip(ordered, launches, strict=True)]


def iter_feature_blocks(
    history: History,
    launch: Launch,
    leads: pd.DataFrame,
    context: Context,
    features: Sequence[Feature] = FEATURES,
    *,
    first: int = 0,
    by_column: bool = False,
) -> Iterator[pd.DataFrame]:
    """Yield the rows of ``compute_features`` in blocks of bounded size, for a cohort too large for one table.

    Called again with the same arguments it yields the same blocks, so that work can go on at block ``first``.

    Parameters
    ----------
    history : History
        The history to read.
    launch : Launch
        The launch that the leads are scored in.
    leads : pandas.DataFrame
        ``lead_id`` and ``as_of``, ordered by ``lead_id`` as ``hotleads.history.cohort`` returns them.
    context : Context
        What the features need from other leads.
    features : sequence of Feature
        The columns of every block.
    first : int
        The number of blocks to skip.
    by_column : bool
        Store a feature's values side by side, as files do, not a lead's.

    Yields
    ------
    pandas.DataFrame
        As ``build_features``; at least one block.

    Raises
    ------
    ValueError
        Where ``leads`` is not ordered.
    """
    cohort = _PlannedCohort(FeaturePlan(features, launch, context), leads)
    if cohort.order is not None:
        raise ValueError("blocks of features need a cohort that is ordered by lead_id")
    parts = _split(history, [cohort])[first:]

    def allocate(part: _Part) -> list[NDArray[np.float64]]:
        shape = part[0].stop - part[0].start, len(features)
        return [np.empty(shape, order="F" if by_column else "C")]

    for part, (block,) in zip(parts, _compute_blocks(history, [cohort], parts, allocate), strict=True):
        yield _build_frame(block, leads.iloc[part[0]], features)


def _build_frame(values: NDArray[np.float64], leads: pd.DataFrame, features: Sequence[Feature]) -> pd.DataFrame:
    names = [feature.name for feature in features]
    return pd.DataFrame(values, index=pd.Index(leads["lead_id"], name="lead_id"), columns=names, copy=False)


class _PlannedCohort:
    """A plan and the leads that it is for, in the order of their ids.

    ``order`` gives their positions in a cohort that has them in another order.
    """

    def __init__(self, plan: FeaturePlan, leads: pd.DataFrame) -> None:
        self.plan = plan
        self.ids = to_lead_ids(leads["lead_id"])
        self.as_of = series_to_microseconds(leads["as_of"])
        self.order: NDArray[np.int64] | None = None
        if len(leads) > 1 and not pc.all(pc.less_equal(self.ids[:-1], self.ids[1:])).as_py():
            order = pc.sort_indices(self.ids)
            self.ids, self.order = self.ids.take(order), order.to_numpy().astype(np.int64)
            self.as_of = self.as_of[self.order]


def _restore_order(values: NDArray[np.float64], order: NDArray[np.int64] | None) -> NDArray[np.float64]:
    if order is None:
        return values
    restored = np.empty_like(values)
    restored[order] = values
    return restored


def _split(history: History, cohorts: Sequence[_PlannedCohort]) -> list[_Part]:
    tables = [_TABLES[source] for source in cohorts[0].plan.sources]
    return split_cohorts(history, tables, [cohort.ids for cohort in cohorts])


def _compute_blocks(
    history: History,
    cohorts: Sequence[_PlannedCohort],
    parts: Sequence[_Part],
    allocate: Callable[[_Part], list[NDArray[np.float64]]],
) -> Iterator[list[NDArray[np.float64]]]:
    """Yield the features of each cohort part by part, in the order of their ids, in arrays from ``allocate``."""
    plan = cohorts[0].plan  # all cohorts have the same features

    def compute_part(part: _Part) -> list[NDArray[np.float64]]:
        ids = [cohort.ids[leads] for cohort, leads in zip(cohorts, part, strict=True)]
        lead_rows = read_lead_rows(history, ids, plan.sources, plan.capture_fields)
        return [
            cohort.plan.compute(rows, cohort.as_of[leads], out)
            for cohort, rows, leads, out in zip(cohorts, lead_rows, part, allocate(part), strict=True)
        ]

    return map_in_threads(parts, compute_part)
