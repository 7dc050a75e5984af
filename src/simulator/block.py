"""One block of leads from birth to the end of the world: the unit of work, of memory and of randomness."""

from dataclasses import dataclass, replace

import numpy as np

from .activity import Activity, draw_activity
from .aftermath import Aftermath, draw_aftermath
from .arrays import BoolArray, concat_tables
from .bumps import add_bumps
from .captures import Captures, draw_captures
from .cohorts import compute_labels
from .decisions import Decision, decide
from .habits import draw_habits, draw_yearly_orders
from .orders import Orders
from .organic_orders import draw_organic_orders
from .past import Past
from .people import People, draw_people
from .renewals import draw_renewals
from .streams import BlockStreams
from .truth import Truth
from .world import World


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
    people = draw_people(world, leads, streams.for_stage("people"))
    habits, rng = None, streams.for_stage("habits")
    if world.rhythm is not None:
        people, habits = draw_habits(world, world.rhythm, people, rng)
    organic = draw_organic_orders(world, people, streams.for_stage("organic"))
    captures = draw_captures(world, people, organic.drops_out_at, streams.for_stage("captures"))
    activity = draw_activity(world, people, organic, captures, streams.for_stage("activity"))
    orders = organic.orders
    if habits is not None:
        orders = concat_tables([orders, draw_yearly_orders(world, people, habits, rng)])
    past = Past(people, captures, activity, organic.drops_out_at, orders, habits)
    decisions, past = _run_launches(world, streams, past)
    truth = concat_tables([one.truth for one in decisions])
    orders = add_bumps(world, past.orders, streams.for_stage("bumps"))
    renewals = draw_renewals(world, orders, streams.for_stage("renewals"))
    orders = concat_tables([orders, renewals.charges])
    aftermath = draw_aftermath(world, people, orders, renewals.cancellations, truth, streams.for_stage("aftermath"))
    return Block(
        first=first,
        people=people,
        captures=captures,
        activity=activity,
        aftermath=aftermath if world.events_per_week else aftermath.take(np.zeros(len(aftermath), dtype=np.bool_)),
        orders=orders.take(np.lexsort((orders.kind, orders.placed_at, orders.lead))),
        truth=truth,
        label=_compute_outcomes(world, decisions, orders, mature=False),
        label_mature=_compute_outcomes(world, decisions, orders, mature=True),
    )


def _run_launches(world: World, streams: BlockStreams, past: Past) -> tuple[list[Decision], Past]:
    """Let every launch reach the leads. Only launches of one product see each other's orders; those never overlap."""
    decisions = []
    for launch in range(len(world.launches)):
        decision = decide(world, launch, past, streams.for_launch(launch))
        past = replace(past, orders=concat_tables([past.orders, decision.orders]))
        decisions.append(decision)
    return decisions, past


def _compute_outcomes(world: World, decisions: list[Decision], orders: Orders, mature: bool) -> BoolArray:
    """Return the label of every row of the truth."""
    happened = [
        compute_labels(orders, world.launches[n], one.exposure, mature)[one.truth.lead]
        for n, one in enumerate(decisions)
    ]
    return np.concatenate(happened)
