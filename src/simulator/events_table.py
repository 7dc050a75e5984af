"""The ``events`` table of a block: one row a thing that a lead did, ordered by lead and time."""

import numpy as np
import pyarrow as pa

from .activity import ACTIVITY_TYPES
from .aftermath import AFTERMATH_TYPES, Aftermath
from .arrays import FloatArray, IntArray, concat_tables
from .block import Block
from .columns import decode_words, format_lead_ids, to_timestamps
from .defects import is_seen_by_pixel
from .world import World

EVENT_TYPES = ACTIVITY_TYPES + AFTERMATH_TYPES


def select_known_events(world: World, block: Block) -> Aftermath:
    """Return the events known when the history is written, in order; ``kind`` is a position in ``EVENT_TYPES``."""
    activity, aftermath = block.activity, block.aftermath
    nothing = np.full(len(activity), np.nan)
    events = concat_tables(
        [
            Aftermath(activity.lead, activity.kind, activity.product, activity.happened_at, nothing),
            Aftermath(
                aftermath.lead,
                aftermath.kind + len(ACTIVITY_TYPES),
                aftermath.product,
                aftermath.happened_at,
                aftermath.value,
            ),
        ]
    )
    events = events.take(events.happened_at < world.known_until)
    events = events.take(is_seen_by_pixel(world, events.kind, events.happened_at))
    return events.take(_sort_by_lead_and_time(events))


def _sort_by_lead_and_time(events: Aftermath) -> IntArray:
    """Return an order by lead and time: one sortable number a row beats a sort by several columns."""
    first = np.floor(events.happened_at.min(initial=0))
    second = np.floor(events.happened_at - first).astype(np.int64)
    key = events.lead * (second.max(initial=0) + 1) + second
    return np.argsort((key * len(EVENT_TYPES) + events.kind) * 64 + events.product + 1)


def build_events_table(world: World, block: Block, events: Aftermath, second: FloatArray) -> pa.Table:
    """Return the events as a table; ``second`` is when each lead's second identity begins."""
    moved = np.floor(events.happened_at) >= second[events.lead]
    return pa.table(
        {
            "lead_id": format_lead_ids(block.first, len(block.people), events.lead, moved),
            "event_type": decode_words(EVENT_TYPES, events.kind),
            "occurred_at": to_timestamps(events.happened_at),
            "product_id": decode_words(world.catalog.ids, events.product),
            "value": pa.array(events.value, from_pandas=True),
        }
    )
