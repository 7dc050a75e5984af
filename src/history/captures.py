"""Which captures are known at a lead's ``as_of``, and what the latest of them filled in.

Known are the captures before ``as_of``, and of those at it the ones that make the lead part of the launch: those that
name the launch, and in a perpetual launch those that name none. A paid launch's leads are part of it by what they own,
so that no capture at ``as_of`` is known. Of two captures at one instant the later one in the file is the latest. The
rule is written twice, compiled for rows in memory and in SQL for whole histories; ``tests/history/test_captures.py``
holds the two against each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from .compilation import jit
from .launch import Launch
from .lead_rows import Categorical, encode, find_lead_offsets, times_to_microseconds
from .timestamps import to_microseconds

if TYPE_CHECKING:
    from .store import History

_LATEST = """
    SELECT cohort, lead_id, unnest(fields) FROM (
        SELECT cohort, lead_id, arg_max(struct_pack({fields}), file_row_number) AS fields
        FROM cohorts JOIN launches_of_cohorts AS launches USING (cohort)
            JOIN read_parquet('{path}', file_row_number = true) AS captures USING (lead_id)
        WHERE captured_at < as_of OR captured_at = as_of AND
            (captures.launch_id = launches.launch_id OR captures.launch_id IS NULL AND takes_unnamed)
        GROUP BY cohort, lead_id)
"""


def read_latest_captures(
    history: History, cohorts: Sequence[tuple[Launch, pd.DataFrame]], columns: Sequence[str]
) -> list[pd.DataFrame]:
    """Return what each lead's latest known capture filled in.

    Parameters
    ----------
    history : History
        The history to read.
    cohorts : sequence of (Launch, pandas.DataFrame)
        Launches, each with leads: ``lead_id`` and ``as_of``, each lead once.
    columns : sequence of str
        The columns of the captures to return, at least one.

    Returns
    -------
    list of pandas.DataFrame
        For each cohort the ``columns`` of its leads that have a known capture; index ``lead_id``, in no order.
    """
    if not cohorts:
        return []
    leads = [frame[["lead_id", "as_of"]].assign(cohort=number) for number, (_, frame) in enumerate(cohorts)]
    names = [_name_taken(launch) for launch, _ in cohorts]
    launches = pa.table(
        {
            "cohort": pa.array(range(len(cohorts)), pa.int64()),
            "launch_id": pa.array(names, pa.string()),
            "takes_unnamed": pa.array([_takes_unnamed(launch) for launch, _ in cohorts], pa.bool_()),
        }
    )
    quoted = ['"' + name.replace('"', '""') + '"' for name in columns]
    fields = ", ".join(f"{name} := captures.{name}" for name in quoted)
    path = str(history.folder / "leads.parquet").replace("'", "''")
    with history.connect() as con:
        con.register("cohorts", pd.concat(leads, ignore_index=True))
        con.register("launches_of_cohorts", launches)
        latest = con.sql(_LATEST.format(fields=fields, path=path)).to_arrow_table().to_pandas()
    by_cohort = [latest[latest["cohort"] == number] for number in range(len(cohorts))]
    return [rows.drop(columns="cohort").set_index("lead_id") for rows in by_cohort]


def select_known_captures(captures: pa.Table, launch: Launch, as_of: datetime) -> pa.Table:
    """Return the captures that are known at one instant, in their order.

    Parameters
    ----------
    captures : pyarrow.Table
        Rows of the history's ``leads`` table in its order, with ``lead_id``, ``captured_at`` and ``launch_id``.
    launch : Launch
        The launch whose leads they are.
    as_of : datetime
        The instant, for all leads the same.
    """
    _, offsets = find_lead_offsets(captures["lead_id"])
    times = times_to_microseconds(captures["captured_at"])
    instants = np.full(len(offsets) - 1, to_microseconds(as_of))
    positions, _, _ = find_known_captures(
        times, encode(captures["launch_id"]), launch, offsets[:-1], offsets[1:], instants
    )
    return captures.take(pa.array(positions))


def find_known_captures(
    times: NDArray[np.int64],
    launch_ids: Categorical,
    launch: Launch,
    starts: NDArray[np.int64],
    stops: NDArray[np.int64],
    as_of: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return the positions of the known captures, lead after lead, and where each lead's begin and end among them.

    Parameters
    ----------
    times : int64 array, one entry a capture
        Microseconds since 1970 (UTC), within a lead in the history's order.
    launch_ids : Categorical
        The launches that the captures name.
    launch : Launch
        The launch whose leads they are.
    starts, stops : int64 arrays, one entry a lead
        ``[start, stop)`` are the lead's captures.
    as_of : int64 array, one entry a lead
        Microseconds since 1970 (UTC).
    """
    code = launch_ids.get_code(_name_taken(launch))
    positions, out_starts, out_stops = _find_known(
        starts, stops, times, launch_ids.codes, code, _takes_unnamed(launch), as_of
    )
    return positions, out_starts, out_stops


def _name_taken(launch: Launch) -> str | None:
    """Return the launch that a capture at ``as_of`` must name to be known."""
    return launch.launch_id if launch.strategy != "paid" else None


def _takes_unnamed(launch: Launch) -> bool:
    """Return whether a capture at ``as_of`` that names no launch is known."""
    return launch.strategy == "perpetual"


@jit
def _find_known(starts: Any, stops: Any, times: Any, launches: Any, code: int, takes_unnamed: bool, as_of: Any) -> Any:
    positions = np.empty(np.sum(stops - starts), np.int64)
    out_starts, out_stops = np.empty_like(starts), np.empty_like(stops)
    k = 0
    for lead in range(len(starts)):
        out_starts[lead] = k
        for row in range(starts[lead], stops[lead]):
            makes_part = launches[row] == code or (takes_unnamed and launches[row] == -1)
            if times[row] < as_of[lead] or (times[row] == as_of[lead] and makes_part):
                positions[k] = row
                k += 1
        out_stops[lead] = k
    return positions[:k], out_starts, out_stops
