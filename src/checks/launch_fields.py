"""What the leads of a launch had said and done by its ``as_of``, field by field."""

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..history import Launch
from ..history.importing.sources import quoted
from ..history.schema import ATTRIBUTE_PREFIX
from .context import CheckContext

_FIELDS = ("country", "language", "source", "utm_source", "utm_medium", "consent")

# The latest capture known at the lead's as_of, as features see it: before it, or the launch's own up to it; at one
# instant the last in the order of the file.
_LATEST = """
    SELECT lead_id, {fields} FROM leads JOIN asked USING (lead_id)
    WHERE captured_at < as_of OR (captured_at = as_of AND (launch_id = $launch_id OR $perpetual))
    GROUP BY lead_id
"""
_EVENTS = """
    SELECT DISTINCT lead_id, event_type FROM events JOIN asked USING (lead_id)
    WHERE occurred_at < as_of AND occurred_at >= as_of - INTERVAL 60 DAY
"""


class LaunchFields(NamedTuple):
    """Rows are leads whose label is known: ``fields`` as text (missing: not filled), ``events`` as flags.

    ``captured``: which of them have a capture at all.
    """

    launch: Launch
    label: NDArray[np.int64]
    captured: NDArray[np.bool_]
    fields: pd.DataFrame
    events: pd.DataFrame


def read_launch_fields(material: CheckContext, *, most: int = 8) -> list[LaunchFields]:
    """Those of the latest launches whose leads have captures, oldest first."""
    launches = [launch for launch in material.launches[-most:] if len(material.cohorts.get(launch.launch_id, ()))]
    return [_remembered(material, launch) for launch in launches]


def _remembered(material: CheckContext, launch: Launch) -> LaunchFields:
    """One launch at a time: which ones are asked for depends on the launch that is judged."""
    return material.history.get_or_compute(("checks", "fields", launch), lambda: _fields(material, launch))


def _fields(material: CheckContext, launch: Launch) -> LaunchFields:
    own = [name for name in material.history.list_columns("leads") if name.startswith(ATTRIBUTE_PREFIX)]
    fields = ", ".join(f"arg_max({quoted(name)}, leads) AS {quoted(name)}" for name in (*_FIELDS, *own))
    leads, perpetual = material.cohorts[launch.launch_id], launch.strategy == "perpetual"
    material.con.register("asked_frame", leads[["lead_id", "as_of"]])
    material.con.execute("CREATE OR REPLACE TEMP TABLE asked AS SELECT * FROM asked_frame")
    told = material.frame(_LATEST.format(fields=fields), launch_id=launch.launch_id, perpetual=perpetual)
    said = told.set_index("lead_id")
    label = leads["label"].to_numpy(np.int64)
    captured = leads["lead_id"].isin(said.index).to_numpy(np.bool_)
    return LaunchFields(launch, label, captured, said.reindex(leads["lead_id"]), _flags(material, leads["lead_id"]))


def _flags(material: CheckContext, lead_ids: pd.Series) -> pd.DataFrame:
    """Which event types each lead had."""
    did = material.frame(_EVENTS)
    kind, kinds = pd.factorize(did["event_type"], sort=True)
    flags = np.zeros((len(lead_ids), len(kinds)), bool)
    flags[pd.Index(lead_ids).get_indexer(did["lead_id"]), kind] = True
    return pd.DataFrame(flags, columns=kinds)
