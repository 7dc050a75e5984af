"""Did a field or an event that always came stop coming?"""

from collections.abc import Sequence

import pandas as pd

from ..history import History
from .capture_fields import query_cohorts
from .launch_rows import LaunchRows
from .signals import DriftSignal

#: Gone: below this share of the least that any earlier launch had.
_FIELD_GONE, _EVENT_GONE = 0.5, 0.2
#: Nothing is said of a field that was filled less often, nor of an event that would be expected less often.
_LEAST_FILLED, _LEAST_EVENTS = 0.1, 20

_EVENTS = """
    SELECT place, event_type, count(*) AS n FROM events JOIN cohorts USING (lead_id)
    WHERE occurred_at >= as_of - span AND occurred_at < as_of GROUP BY ALL
"""


def measure_attribution(history: History, launch: LaunchRows, earlier: Sequence[LaunchRows]) -> DriftSignal:
    """The worst of the fields' filled shares and of the events a lead, each over the least of the earlier launches.

    An event counts where it happened before each earlier launch too, so that a class that was held once is not missed.
    """
    remaining = _fields(launch, earlier) | _events(history, launch, earlier)
    if not remaining:
        return DriftSignal(
            "attribution", "share left", None, None, None, False, "no field or event came in every earlier launch"
        )
    gone = {name: share for name, (share, limit) in remaining.items() if share < limit}
    worst = min(remaining, key=lambda name: remaining[name][0] / remaining[name][1])
    share, limit = remaining[worst]
    told = ", ".join(f"{name} ({share:.0%} left)" for name, share in sorted(gone.items(), key=lambda each: each[1])[:6])
    evidence = f"gone: {told}" if gone else f"all there; the least is {worst}, with {share:.0%} of its usual minimum"
    details = {"gone": {name: round(share, 4) for name, share in gone.items()}}
    return DriftSignal("attribution", f"share left of {worst}", share, 1.0, limit, bool(gone), evidence, details)


def compute_filled_shares(rows: LaunchRows) -> dict[str, float]:
    """For each field of a capture, the share of the launch's leads whose latest capture has it."""
    return {str(column): float(share) for column, share in rows.capture_fields.notna().mean().items()}


def compute_event_rates(history: History, launches: Sequence[LaunchRows]) -> list[dict[str, float]]:
    """For each launch the events a lead in its ``capture_span`` before ``as_of``, by type."""
    cohorts = [rows.leads[["lead_id", "as_of"]].assign(span=rows.capture_span) for rows in launches]
    counts = zip(query_cohorts(history, cohorts, _EVENTS), launches, strict=True)
    return [dict(zip(found["event_type"], found["n"] / len(rows.leads), strict=True)) for found, rows in counts]


def _fields(launch: LaunchRows, earlier: Sequence[LaunchRows]) -> dict[str, tuple[float, float]]:
    now, before = compute_filled_shares(launch), pd.DataFrame([compute_filled_shares(rows) for rows in earlier]).min()
    names = [name for name in before.index if before[name] >= _LEAST_FILLED]
    return {name: (now.get(name, 0.0) / before[name], _FIELD_GONE) for name in names}


def _events(history: History, launch: LaunchRows, earlier: Sequence[LaunchRows]) -> dict[str, tuple[float, float]]:
    now, *past = compute_event_rates(history, [launch, *earlier])
    before = pd.DataFrame(past).fillna(0.0).min()
    names = [name for name in before.index if before[name] * len(launch.leads) >= _LEAST_EVENTS]
    return {f"event {name}": (now.get(name, 0.0) / before[name], _EVENT_GONE) for name in names}
