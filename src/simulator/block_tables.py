"""From a block's number to its tables: what one process does for another."""

import numpy as np
import pyarrow as pa

from .arrays import BoolArray
from .block import draw_block
from .defects import arrives_late, second_identity_from
from .events_table import events_table, known_events
from .leads_table import known_captures, leads_table
from .purchases_table import known_status_rows, purchases_table
from .streams import BlockStreams
from .truth_table import truth_table
from .world import World

BLOCK_LEADS = 20_000
LATE_FOLDER = "late"


def draw_block_tables(world: World, seed: int, number: int, leads: int) -> dict[str, pa.Table]:
    """The tables of block ``number`` of a simulation of ``leads`` leads, by file name without ending."""
    first = number * BLOCK_LEADS
    streams = BlockStreams(seed, number)
    block = draw_block(world, streams, first, min(BLOCK_LEADS, leads - first))
    second = second_identity_from(world, block.people, streams.of("duplicates"))
    late = streams.of("late")
    captures = known_captures(world, block)
    status_rows, events = known_status_rows(world, block), known_events(world, block)
    tables = {
        "leads": leads_table(world, block, captures, second, streams),
        "truth": truth_table(world, block, second),
    }
    purchases = purchases_table(world, block, status_rows, second)
    tables |= _delivered("purchases", purchases, arrives_late(world, status_rows.occurred_at, late), world)
    events_rows = events_table(world, block, events, second)
    tables |= _delivered("events", events_rows, arrives_late(world, events.happened_at, late), world)
    return tables


def _delivered(name: str, table: pa.Table, late: BoolArray, world: World) -> dict[str, pa.Table]:
    """The table in time, and what of it came late, in a folder of its own."""
    if not world.switches.late_rows:
        return {name: table}
    return {
        name: table.take(np.flatnonzero(~late)),
        f"{LATE_FOLDER}/{name}": table.take(np.flatnonzero(late)),
    }
