"""Events as the kernel reads them: each event type is a kind of row."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from features.context import Context
from features.kernel import KnownRows, Plan, known_stops
from features.lead_slices import microseconds, slices
from history import History, Launch

ANY_EVENT = "any"


def event_rows(history: History, launch: Launch, cohort: pd.DataFrame, context: Context, plan: Plan) -> KnownRows:
    """The events before ``as_of``. Kinds: ``any`` and each event type. Measures: ``one`` and ``value``."""
    table = history.read("events", ["lead_id", "occurred_at", "event_type", "value"])
    times, as_of = microseconds(table["occurred_at"]), microseconds(cohort["as_of"])
    starts, ends = slices(table["lead_id"], cohort["lead_id"])
    flags = np.zeros(len(times), np.int64)
    for bit, kind in enumerate(plan.kinds):
        is_kind = np.ones(len(times), bool) if kind == ANY_EVENT else pc.equal(table["event_type"], kind).to_numpy()
        flags |= np.asarray(is_kind, np.int64) << bit
    measures = np.ones((len(plan.measures), len(times)))
    for place, measure in enumerate(plan.measures):
        if measure == "value":
            measures[place] = pc.fill_null(pc.cast(table["value"], pa.float64()), np.nan).to_numpy()
    return KnownRows(times, flags, measures, starts, known_stops(times, starts, ends, as_of), as_of)
