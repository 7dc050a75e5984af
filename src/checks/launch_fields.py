"""The capture fields and events of a launch's leads, as known at their ``as_of``."""

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..history import Launch
from ..history.captures import read_latest_captures
from ..history.schema import ATTRIBUTE_PREFIX
from .context import CheckContext

_FIELDS = ("country", "language", "source", "utm_source", "utm_medium", "consent")

_EVENTS = """
    SELECT DISTINCT lead_id, event_type FROM events JOIN asked USING (lead_id)
    WHERE occurred_at < as_of AND occurred_at >= as_of - INTERVAL 60 DAY
"""


class LaunchFields(NamedTuple):
    """What is known of a launch's leads, a row a lead whose label is observed.

    ``captured`` marks the leads that have a capture, ``fields`` are the capture's values (missing: not filled in), and
    ``events`` flags by event type.
    """

    launch: Launch
    label: NDArray[np.int64]
    captured: NDArray[np.bool_]
    fields: pd.DataFrame
    events: pd.DataFrame


def read_launch_fields(context: CheckContext, *, max_launches: int = 8) -> list[LaunchFields]:
    """Return the fields of the latest launches whose labels can be observed, oldest first."""
    launches = [launch for launch in context.launches[-max_launches:] if len(context.cohorts.get(launch.launch_id, ()))]
    return [_read_cached(context, launch) for launch in launches]


def _read_cached(context: CheckContext, launch: Launch) -> LaunchFields:
    """Cache each launch apart: which ones are read depends on the launch that is judged."""
    return context.history.get_or_compute(("checks", "fields", launch), lambda: _read_fields(context, launch))


def _read_fields(context: CheckContext, launch: Launch) -> LaunchFields:
    attributes = [name for name in context.history.list_columns("leads") if name.startswith(ATTRIBUTE_PREFIX)]
    leads = context.cohorts[launch.launch_id]
    (captures,) = read_latest_captures(context.history, [(launch, leads)], [*_FIELDS, *attributes])
    label = leads["label"].to_numpy(np.int64)
    captured = leads["lead_id"].isin(captures.index).to_numpy(np.bool_)
    return LaunchFields(launch, label, captured, captures.reindex(leads["lead_id"]), _flag_events(context, leads))


def _flag_events(context: CheckContext, leads: pd.DataFrame) -> pd.DataFrame:
    """Return a flag a lead and event type: whether the lead had such an event."""
    context.con.register("asked_frame", leads[["lead_id", "as_of"]])
    context.con.execute("CREATE OR REPLACE TEMP TABLE asked AS SELECT * FROM asked_frame")
    events = context.query_frame(_EVENTS)
    codes, event_types = pd.factorize(events["event_type"], sort=True)
    flags = np.zeros((len(leads), len(event_types)), bool)
    flags[pd.Index(leads["lead_id"]).get_indexer(events["lead_id"]), codes] = True
    return pd.DataFrame(flags, columns=event_types)
