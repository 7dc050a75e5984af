"""One block of leads from birth to the end of the world: the unit of work, of memory and of randomness."""

from dataclasses import dataclass, replace

import numpy as np

from .activity import Activity, draw_activity
from .aftermath import Aftermath, draw_aftermath
from .arrays import BoolArray, concat
from .bumps import with_bumps
from .captures import Captures, draw_captures
from .cohorts import labels
from .decisions import Decision, decide
from .orders import Orders
from .past import Past
from .people import People, draw_people
from .renewals import draw_renewals
from .shelf import draw_shelf
from .streams import BlockStreams
from .truth import Truth
from .world import World

BLOCK_LEADS = 20_000


@dataclass(frozen=True)
class Block:
    """Everything about the leads ``first`` to ``first + len(people) - 1``."""

    first: int
    people: People
    captures: Captures
    activity: Activity
    aftermath: Aftermath
    orders: Orders
    truth: Truth
    label: BoolArray
    label_mature: BoolArray


def draw_block(world: World, streams: BlockStreams, first: int, leads: int) -> Block:
    """Simulate ``leads`` leads, the first of them ``first``."""
    people = draw_people(world, leads, streams.of("people"))
    shelf = draw_shelf(world, people, streams.of("shelf"))
    captures = draw_captures(world, people, shelf.drops_out_at, streams.of("captures"))
    activity = draw_activity(world, people, shelf, captures, streams.of("activity"))
    past = Past(people, captures, activity, shelf.drops_out_at, shelf.orders)
    decisions, past = _launch_all(world, streams, past)
    truth = concat([one.truth for one in decisions])
    orders = with_bumps(world, past.orders, streams.of("bumps"))
    renewals = draw_renewals(world, orders, streams.of("renewals"))
    orders = concat([orders, renewals.charges])
    aftermath = draw_aftermath(world, people, orders, renewals.cancellations, truth, streams.of("aftermath"))
    return Block(
        first=first,
        people=people,
        captures=captures,
        activity=activity,
        aftermath=aftermath if world.events_per_week else aftermath.take(np.zeros(len(aftermath), dtype=np.bool_)),
        orders=orders.take(np.lexsort((orders.kind, orders.placed_at, orders.lead))),
        truth=truth,
        label=_outcomes(world, decisions, orders, mature=False),
        label_mature=_outcomes(world, decisions, orders, mature=True),
    )


def _launch_all(world: World, streams: BlockStreams, past: Past) -> tuple[list[Decision], Past]:
    """Let every launch reach the leads. Only launches of one product see each other's orders; those never overlap."""
    decisions = []
    for launch in range(len(world.launches)):
        decision = decide(world, launch, past, streams.of_launch(launch))
        past = replace(past, orders=concat([past.orders, decision.orders]))
        decisions.append(decision)
    return decisions, past


def _outcomes(world: World, decisions: list[Decision], orders: Orders, mature: bool) -> BoolArray:
    """The label of every row of the truth."""
    happened = [
        labels(orders, world.launches[n], one.exposure, mature)[one.truth.lead] for n, one in enumerate(decisions)
    ]
    return np.concatenate(happened)
