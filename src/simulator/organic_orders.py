"""Everyday orders: BG/NBD in every lead's own even time.

While active, a lead orders at a constant rate; after each order it drops out with its own probability, for good. A lead
that was never captured is known by its first order, after which (as in the literature) nobody drops out yet.
"""

from dataclasses import dataclass

import numpy as np

from .arrays import NEVER, FloatArray, IntArray, repeat_index
from .clock import WEEK, DailyClock
from .draws import choose_by_row
from .orders import SHELF, STANDARD, Orders
from .people import BUYER, People
from .settlement import PlacedOrders, settle
from .world import World


@dataclass(frozen=True)
class OrganicOrders:
    """Everyday orders, and when each lead drops out (real seconds; infinite: not before the end)."""

    orders: Orders
    drops_out_at: FloatArray


def draw_organic_orders(world: World, people: People, rng: np.random.Generator) -> OrganicOrders:
    """Draw everyday orders from birth to the end of the world."""
    clock = DailyClock(world.hourly_activity)
    lead, even, drops_out = _draw_arrivals(world, people, clock, rng)
    first = np.flatnonzero(people.origin == BUYER)
    lead = np.concatenate([first, lead])
    placed_at = np.concatenate([people.born_at[first], clock.to_real(even, people.utc_offset[lead[len(first) :]])])
    product = choose_by_row(compute_product_shares(world, people)[lead], rng)
    placed = PlacedOrders(
        lead=lead,
        product=product,
        kind=np.full(len(lead), SHELF),
        launch=np.full(len(lead), -1),
        offer=np.full(len(lead), STANDARD),
        charge=np.isin(product, world.catalog.recurring).astype(np.int64),
        amount=draw_amounts(world, people, lead, product, rng),
        placed_at=placed_at,
    )
    return OrganicOrders(settle(world, placed, people.country, rng), clock.to_real(drops_out, people.utc_offset))


def compute_product_shares(world: World, people: People) -> FloatArray:
    """Return shares of everyday orders (leads, products): popularity times interest in the topic; 0 if none is sold."""
    taste = np.exp(0.6 * people.interest[:, world.catalog.topics])
    weights: FloatArray = world.catalog.organic_weights * taste
    shares: FloatArray = weights / np.maximum(weights.sum(axis=1, keepdims=True), 1e-300)
    return shares


def _draw_arrivals(
    world: World, people: People, clock: DailyClock, rng: np.random.Generator
) -> tuple[IntArray, FloatArray, FloatArray]:
    """Return leads and even times of the orders, ordered by both, and the even time of each lead's dropout.

    Given their number, Poisson arrivals are uniform; the order that ends the relation is geometric.
    """
    birth = clock.to_even(people.born_at.astype(float), people.utc_offset)
    span = world.ends_at - birth
    sold = float(world.catalog.organic_weights.any())
    arrivals = rng.poisson(people.buying_rate * sold * span / WEEK)
    lifetime = rng.geometric(np.maximum(people.dropout, 1e-12))
    lead = repeat_index(arrivals)
    part = np.sort(lead + rng.random(len(lead))) - lead
    even = birth[lead] + part * span[lead]
    start = np.cumsum(arrivals) - arrivals
    drops_out = np.full(len(people), NEVER)
    over = arrivals >= lifetime
    drops_out[over] = even[(start + lifetime - 1)[over]]
    active = np.arange(len(lead)) - start[lead] < lifetime[lead]
    return lead[active], even[active], drops_out


def draw_amounts(
    world: World, people: People, lead: IntArray, product: IntArray, rng: np.random.Generator
) -> FloatArray:
    """Draw gamma-gamma amounts around the product's price; a subscription has a fixed price."""
    p = world.spending.p
    factor = people.spend[lead] * rng.gamma(p, 1 / p, len(lead))
    fixed = np.isin(product, world.catalog.recurring)
    return np.maximum(np.round(world.catalog.prices[product] * np.where(fixed, 1.0, factor), 2), 0.01)
