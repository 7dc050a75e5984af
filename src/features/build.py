"""From a history and a launch to the table that a model sees, lead range by lead range."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import pandas as pd
import pyarrow.compute as pc
from numpy.typing import NDArray

from ..history import History, Launch, cohort
from ..history.parts import in_threads
from ..history.timestamps import series_to_microseconds
from .catalog import FEATURES
from .context import Context
from .declaration import Feature
from .known import known_at
from .parts import parts_of
from .plan import FeaturePlan, compute
from .read_columns import lead_ids, read_columns

_TABLES = {"purchases": "purchases", "captures": "leads", "events": "events"}


def build_features(
    history: History,
    launch: Launch | str,
    *,
    context: Context | None = None,
    features: Sequence[Feature] | None = None,
) -> pd.DataFrame:
    """One row a lead of the launch, one float64 column a feature; index ``lead_id``, NaN where there is no value.

    ``features`` default to all that are declared and that the history brings itself, and ``context`` to the launch's
    own. Raises HistoryError or LaunchError.
    """
    launch = history.launch(launch) if isinstance(launch, str) else launch
    if features is not None and context is not None:  # nothing else is to be counted
        return features_of(history, launch, cohort(history, launch), context, features)
    known = known_at(history, launch)
    asked = known.features if features is None else features
    return features_of(history, launch, known.leads, context or known.context, asked)


def features_of(
    history: History, launch: Launch, leads: pd.DataFrame, context: Context, features: Sequence[Feature] = FEATURES
) -> pd.DataFrame:
    """The features of a cohort at hand (``lead_id``, ``as_of``, each lead once), in its order, whichever that is."""
    return features_of_launches(history, [(launch, leads, context)], features)[0]


def features_of_launches(
    history: History,
    launches: Sequence[tuple[Launch, pd.DataFrame, Context]],
    features: Sequence[Feature] = FEATURES,
) -> list[pd.DataFrame]:
    """``features_of`` several launches, each with its cohort and context, in one pass over the history's rows."""
    asked = [_Asked(FeaturePlan(features, launch, context), leads) for launch, leads, context in launches]
    values = [np.empty((len(leads), len(features))) for _, leads, _ in launches]

    def room(part: tuple[slice, ...]) -> list[NDArray[np.float64]]:
        return [table[at] for table, at in zip(values, part, strict=True)]

    for _ in _blocks(history, asked, _parts(history, asked), room):
        pass
    found = [_in_cohort_order(table, one.order) for table, one in zip(values, asked, strict=True)]
    return [_table(table, leads, features) for table, (_, leads, _) in zip(found, launches, strict=True)]


def _in_cohort_order(values: NDArray[np.float64], order: NDArray[np.int64] | None) -> NDArray[np.float64]:
    if order is None:
        return values
    found = np.empty_like(values)
    found[order] = values
    return found


def feature_blocks(
    history: History,
    launch: Launch,
    leads: pd.DataFrame,
    context: Context,
    features: Sequence[Feature] = FEATURES,
    *,
    first: int = 0,
    by_column: bool = False,
) -> Iterator[pd.DataFrame]:
    """The rows of ``features_of`` in blocks that never hold many leads, for a cohort too large for one table.

    There is at least one, and asked again for the same they are the same, so that work can go on at block ``first``.
    ``by_column`` lays a feature's values side by side, as files have them, not a lead's. ``leads`` must be ordered by
    ``lead_id``, as ``hotleads.history.cohort`` gives them; raises ValueError where they are not.
    """
    asked = _Asked(FeaturePlan(features, launch, context), leads)
    if asked.order is not None:
        raise ValueError("blocks of features need a cohort that is ordered by lead_id")
    parts = _parts(history, [asked])[first:]

    def room(part: tuple[slice, ...]) -> list[NDArray[np.float64]]:
        shape = part[0].stop - part[0].start, len(features)
        return [np.empty(shape, order="F" if by_column else "C")]

    for part, (block,) in zip(parts, _blocks(history, [asked], parts, room), strict=True):
        yield _table(block, leads.iloc[part[0]], features)


def _table(values: NDArray[np.float64], leads: pd.DataFrame, features: Sequence[Feature]) -> pd.DataFrame:
    names = [feature.name for feature in features]
    return pd.DataFrame(values, index=pd.Index(leads["lead_id"], name="lead_id"), columns=names, copy=False)


class _Asked:
    """A plan and the leads that it is for, in the order of their ids.

    ``order`` gives their places in a cohort that has them in another.
    """

    def __init__(self, plan: FeaturePlan, leads: pd.DataFrame) -> None:
        self.plan, self.ids, self.as_of = plan, lead_ids(leads["lead_id"]), series_to_microseconds(leads["as_of"])
        self.order: NDArray[np.int64] | None = None
        if len(leads) > 1 and not pc.all(pc.less_equal(self.ids[:-1], self.ids[1:])).as_py():
            order = pc.sort_indices(self.ids)
            self.ids, self.order = self.ids.take(order), order.to_numpy().astype(np.int64)
            self.as_of = self.as_of[self.order]


def _parts(history: History, asked: Sequence[_Asked]) -> list[tuple[slice, ...]]:
    return parts_of(history, [_TABLES[source] for source in asked[0].plan.sources], [one.ids for one in asked])


def _blocks(
    history: History,
    asked: Sequence[_Asked],
    parts: Sequence[tuple[slice, ...]],
    room: Callable[[tuple[slice, ...]], list[NDArray[np.float64]]],
) -> Iterator[list[NDArray[np.float64]]]:
    """The features of each of ``asked`` part by part, in the order of their ids, where ``room`` has them written."""
    plan = asked[0].plan  # all are of the same features

    def work(part: tuple[slice, ...]) -> list[NDArray[np.float64]]:
        ids = [one.ids[at] for one, at in zip(asked, part, strict=True)]
        found = read_columns(history, ids, plan.sources, plan.said)
        return [
            compute(one.plan, rows, one.as_of[at], out)
            for one, rows, at, out in zip(asked, found, part, room(part), strict=True)
        ]

    return in_threads(parts, work)
