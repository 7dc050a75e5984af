"""The attribution signal: did a field or an event that always came stop coming (a broken pixel, a lost form field)?"""

from collections.abc import Sequence

import pandas as pd

from ..history import History
from ..language import Phrase
from .capture_fields import query_cohorts
from .launch_rows import LaunchRows
from .signals import DriftSignal, build_unknown_signal

#: A field or an event is gone below this share of the least that any earlier launch had.
_MIN_FIELD_LEFT, _MIN_EVENT_LEFT = 0.5, 0.2
#: A field that was filled less often is not judged, nor an event that is expected less often.
_MIN_FILLED_SHARE, _MIN_EVENTS = 0.1, 20

_EVENTS = """
    SELECT place, event_type, count(*) AS n FROM events JOIN cohorts USING (lead_id)
    WHERE occurred_at >= as_of - span AND occurred_at < as_of GROUP BY ALL
"""


def measure_attribution(history: History, launch: LaunchRows, earlier: Sequence[LaunchRows]) -> DriftSignal:
    """Measure what is left of each field's filled share and each event's rate, over the least of earlier launches.

    The signal's value is the worst of them. An event counts where it happened before each earlier launch too, so that a
    class that was held once is not missed.
    """
    remaining = _measure_fields_left(launch, earlier) | _measure_events_left(history, launch, earlier)
    if not remaining:
        why = Phrase("no field or event came in every earlier launch")
        return build_unknown_signal("attribution", "share left", why)
    gone = {name: share for name, (share, limit) in remaining.items() if share < limit}
    worst = min(remaining, key=lambda name: remaining[name][0] / remaining[name][1])
    share, limit = remaining[worst]
    lowest = sorted(gone.items(), key=lambda item: item[1])[:6]
    evidence = Phrase(
        "every field and event still comes; the least is {worst}, at {share:.0%} of its lowest in earlier launches",
        worst=worst,
        share=share,
    )
    if gone:
        listed = tuple(Phrase("{name} ({share:.0%} left)", name=name, share=left) for name, left in lowest)
        evidence = Phrase("all but gone: {listed}", listed=listed)
    details = {"gone": {name: round(share, 4) for name, share in gone.items()}}
    return DriftSignal("attribution", f"share left of {worst}", share, 1.0, limit, bool(gone), evidence, details)


def _compute_filled_shares(rows: LaunchRows) -> dict[str, float]:
    """Compute for each field of a capture the share of the launch's leads whose latest capture has it."""
    return {str(column): float(share) for column, share in rows.capture_fields.notna().mean().items()}


def _compute_event_rates(history: History, launches: Sequence[LaunchRows]) -> list[dict[str, float]]:
    """Compute for each launch the events a lead in its ``capture_span`` before ``as_of``, by type."""
    cohorts = [rows.leads[["lead_id", "as_of"]].assign(span=rows.capture_span) for rows in launches]
    counts = zip(query_cohorts(history, cohorts, _EVENTS), launches, strict=True)
    return [dict(zip(count["event_type"], count["n"] / len(rows.leads), strict=True)) for count, rows in counts]


def _measure_fields_left(launch: LaunchRows, earlier: Sequence[LaunchRows]) -> dict[str, tuple[float, float]]:
    now, before = _compute_filled_shares(launch), pd.DataFrame([_compute_filled_shares(rows) for rows in earlier]).min()
    names = [name for name in before.index if before[name] >= _MIN_FILLED_SHARE]
    return {name: (now.get(name, 0.0) / before[name], _MIN_FIELD_LEFT) for name in names}


def _measure_events_left(
    history: History, launch: LaunchRows, earlier: Sequence[LaunchRows]
) -> dict[str, tuple[float, float]]:
    now, *past = _compute_event_rates(history, [launch, *earlier])
    before = pd.DataFrame(past).fillna(0.0).min()
    names = [name for name in before.index if before[name] * len(launch.leads) >= _MIN_EVENTS]
    return {f"event {name}": (now.get(name, 0.0) / before[name], _MIN_EVENT_LEFT) for name in names}
