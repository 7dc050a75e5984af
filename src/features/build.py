"""From a history and a launch to the table that a model sees, lead range by lead range."""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from features.catalog import FEATURES, declared_features
from features.context import Context, build_context
from features.declaration import Feature
from features.parts import in_threads, parts_of
from features.plan import FeaturePlan, compute
from features.read_columns import instants, lead_ids, read_columns
from history import History, Launch, cohort

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
    leads = cohort(history, launch)
    if features is None:
        features = declared_features(history, launch.as_of)
    return features_of(history, launch, leads, context or build_context(history, launch.as_of), features)


def features_of(
    history: History, launch: Launch, leads: pd.DataFrame, context: Context, features: Sequence[Feature] = FEATURES
) -> pd.DataFrame:
    """The features of a cohort at hand (``lead_id``, ``as_of``, each lead once), in its order, whichever that is."""
    values, done = np.empty((len(leads), len(features))), 0
    ids, order = _ordered(leads)
    for block in _blocks(history, FeaturePlan(features, launch, context), ids, instants(leads["as_of"])[order]):
        values[order[done : done + len(block)]] = block
        done += len(block)
    return _table(values, leads, features)


def feature_blocks(
    history: History, launch: Launch, leads: pd.DataFrame, context: Context, features: Sequence[Feature] = FEATURES
) -> Iterator[pd.DataFrame]:
    """The rows of ``features_of`` in blocks that never hold many leads, for a cohort too large for one table.

    ``leads`` must be ordered by ``lead_id``, as ``history.cohort`` gives them; raises ValueError where they are not.
    """
    ids, order = _ordered(leads)
    if len(order) and (np.diff(order) < 0).any():
        raise ValueError("blocks of features need a cohort that is ordered by lead_id")
    done = 0
    for block in _blocks(history, FeaturePlan(features, launch, context), ids, instants(leads["as_of"])):
        yield _table(block, leads.iloc[done : done + len(block)], features)
        done += len(block)


def _table(values: NDArray[np.float64], leads: pd.DataFrame, features: Sequence[Feature]) -> pd.DataFrame:
    names = [feature.name for feature in features]
    return pd.DataFrame(values, index=pd.Index(leads["lead_id"], name="lead_id"), columns=names)


def _ordered(leads: pd.DataFrame) -> tuple[pa.Array, NDArray[np.int64]]:
    """The leads' ids in order, and the places where they came from."""
    ids = lead_ids(leads["lead_id"])
    if len(ids) < 2 or pc.all(pc.less_equal(ids[:-1], ids[1:])).as_py():
        return ids, np.arange(len(ids))
    order = pc.sort_indices(ids)
    return ids.take(order), order.to_numpy().astype(np.int64)


def _blocks(
    history: History, plan: FeaturePlan, ids: pa.Array, as_of: NDArray[np.int64]
) -> Iterator[NDArray[np.float64]]:
    """The features of ``ids`` part by part, in their order."""

    def work(part: slice) -> NDArray[np.float64]:
        rows = read_columns(history, ids[part.start : part.stop], plan.sources, plan.said)
        return compute(plan, rows, as_of[part])

    tables = [_TABLES[source] for source in plan.sources]
    return in_threads(parts_of(history, tables, ids), work)
