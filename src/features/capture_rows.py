"""Captures as the kernel reads them: which are known, and what the form and the link said."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from features.context import Context
from features.kernel import KnownRows, Plan
from features.lead_slices import microseconds, places
from features.local_time import local_hour, local_weekday
from history import History, Launch


def capture_rows(history: History, launch: Launch, cohort: pd.DataFrame, context: Context, plan: Plan) -> KnownRows:
    """The captures known at ``as_of``: those before it, and the one at it that makes the lead part of the launch.

    Kinds: ``any``, and ``first_of_launch`` (the lead's first capture that names its launch). Measures: ``one``;
    ``hour`` and ``weekday`` where the lead lives; ``number:<column>``; ``level:<column>=<value>``;
    ``ratio:<column>``, how leads with the row's value converted before, over how all did (the context's).
    """
    table = history.read("leads", _needed(history, plan))
    times, as_of = microseconds(table["captured_at"]), microseconds(cohort["as_of"])
    place = places(table["lead_id"], cohort["lead_id"])
    own = _makes_part_of(launch, table["launch_id"])
    at = as_of[place] if len(as_of) else np.zeros(len(times), np.int64)
    known = (place >= 0) & ((times < at) | ((times == at) & own))
    stops = np.cumsum(np.bincount(place[known], minlength=len(cohort)))
    starts = np.concatenate(([0], stops[:-1])) if len(stops) else stops
    order = np.flatnonzero(known)[
        np.argsort(place[known], kind="stable")
    ]  # one lead's after another's, as the cohort's
    rows = table.take(pa.array(order))
    return KnownRows(times[order], _flags(rows, plan), _measures(rows, context, plan), starts, stops, as_of)


def _needed(history: History, plan: Plan) -> list[str]:
    """The columns that the plan's measures ask for, as far as this history's leads have them."""
    asked = {measure.partition(":")[2].partition("=")[0] for measure in plan.measures}
    needed = {"lead_id", "captured_at", "launch_id", "country", *asked}
    return [name for name in history.columns("leads") if name in needed]


def _makes_part_of(launch: Launch, names: pa.ChunkedArray) -> NDArray[np.bool_]:
    """Which captures can make their lead part of the launch; a paid one's leads are in it by what they own."""
    if launch.strategy == "paid":
        return np.zeros(len(names), bool)
    own = pc.fill_null(pc.equal(names, launch.launch_id), launch.strategy == "perpetual")
    return np.asarray(own.to_numpy(), bool)


def _flags(rows: pa.Table, plan: Plan) -> NDArray[np.int64]:
    found = np.zeros(len(rows), np.int64)
    for bit, kind in enumerate(plan.kinds):
        found |= (np.ones(len(rows), bool) if kind == "any" else _first_of_launch(rows)).astype(np.int64) << bit
    return found


def _first_of_launch(rows: pa.Table) -> NDArray[np.bool_]:
    named = pd.DataFrame({"lead": rows["lead_id"].to_pandas(), "launch": rows["launch_id"].to_pandas()})
    return np.asarray(named["launch"].notna() & ~named.duplicated(), bool)


def _measures(rows: pa.Table, context: Context, plan: Plan) -> NDArray[np.float64]:
    found = np.ones((len(plan.measures), len(rows)))
    for place, measure in enumerate(plan.measures):
        kind, _, rest = measure.partition(":")
        if kind == "hour":
            found[place] = local_hour(rows["captured_at"], rows["country"])
        elif kind == "weekday":
            found[place] = local_weekday(rows["captured_at"], rows["country"])
        elif kind == "number":
            found[place] = pd.to_numeric(_column(rows, rest), errors="coerce").to_numpy(np.float64, na_value=np.nan)
        elif kind == "level":
            column, _, level = rest.partition("=")
            values = _column(rows, column)
            found[place] = np.where(values.isna(), np.nan, (values == level).to_numpy(bool, na_value=False))
        elif kind == "ratio":
            ratios = context.ratios.get(rest, {})
            found[place] = _column(rows, rest).fillna("").map(ratios).astype(float).fillna(1.0).to_numpy()
    return found


def _column(rows: pa.Table, name: str) -> pd.Series:
    """A text column; empty where this history's leads have no such field."""
    if name not in rows.column_names:
        return pd.Series([None] * len(rows), dtype="str")
    values: pd.Series = rows[name].to_pandas().astype("str")
    return values
