"""Order bumps: a small extra put into the basket at checkout."""

from dataclasses import replace

import numpy as np

from .arrays import concat_tables
from .orders import BUMP, RENEWAL, Orders
from .world import World

BUMP_SHARE = 0.16


def add_bumps(world: World, orders: Orders, rng: np.random.Generator) -> Orders:
    """Add the order bumps: a small product paid with the order, and sharing its fate."""
    bumps = world.catalog.bumps
    if not len(bumps):
        return orders
    chosen = orders.take((orders.kind != RENEWAL) & (rng.random(len(orders)) < BUMP_SHARE))
    product = bumps[rng.integers(0, len(bumps), len(chosen))]
    bumped = replace(
        chosen,
        product=product,
        kind=np.full(len(chosen), BUMP),
        charge=np.zeros(len(chosen), dtype=np.int64),
        installments=np.ones(len(chosen), dtype=np.int64),
        amount=world.catalog.prices[product],
    )
    return concat_tables([orders, bumped])
