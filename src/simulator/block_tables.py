"""From a block's number to its tables: what one process does for another."""

import numpy as np
import pyarrow as pa

from .arrays import BoolArray
from .block import draw_block
from .defects import draw_lateness, draw_second_identity
from .events_table import build_events_table, select_known_events
from .leads_table import build_leads_table, select_known_captures
from .purchases_table import build_purchases_table, select_known_status_rows
from .streams import BlockStreams
from .truth_table import build_truth_table
from .world import World

BLOCK_LEADS = 20_000
LATE_FOLDER = "late"


def draw_block_tables(world: World, seed: int, number: int, leads: int) -> dict[str, pa.Table]:
    """Return the tables of block ``number`` of a simulation of ``leads`` leads, by file name without ending."""
    first = number * BLOCK_LEADS
    streams = BlockStreams(seed, number)
    block = draw_block(world, streams, first, min(BLOCK_LEADS, leads - first))
    second = draw_second_identity(world, block.people, streams.for_stage("duplicates"))
    late = streams.for_stage("late")
    captures = select_known_captures(world, block)
    status_rows, events = select_known_status_rows(world, block), select_known_events(world, block)
    tables = {
        "leads": build_leads_table(world, block, captures, second, streams),
        "truth": build_truth_table(world, block, second),
    }
    purchases = build_purchases_table(world, block, status_rows, second)
    tables |= _split_late("purchases", purchases, draw_lateness(world, status_rows.occurred_at, late), world)
    events_rows = build_events_table(world, block, events, second)
    tables |= _split_late("events", events_rows, draw_lateness(world, events.happened_at, late), world)
    return tables


def _split_late(name: str, table: pa.Table, late: BoolArray, world: World) -> dict[str, pa.Table]:
    """Return the table in time, and what of it came late, in a folder of its own."""
    if not world.switches.late_rows:
        return {name: table}
    return {
        name: table.take(np.flatnonzero(~late)),
        f"{LATE_FOLDER}/{name}": table.take(np.flatnonzero(late)),
    }
