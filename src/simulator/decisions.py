"""A launch meets its leads: the state at as_of, the truth about it, and the orders that come of it."""

from dataclasses import dataclass

import numpy as np

from .activity import compute_warmth
from .arrays import NEVER, FloatArray, IntArray
from .clock import DAY, DailyClock
from .cohorts import CohortRows, assign_cohort
from .draws import to_probability
from .orders import BUNDLE, EARLY, LAUNCHED, OFFER_PRICE, SHELF, STANDARD, Orders
from .past import Past
from .response import State, compute_order_log_odds
from .settlement import PlacedOrders, settle
from .truth import CONTROL, TREATED, UNTESTED, Truth, record_truth
from .windows import draw_order_time
from .world import World

COUPON_SENT_BEFORE = 1_800


@dataclass(frozen=True)
class Decision:
    """Orders a launch brought about, the truth before it, and who it reached."""

    orders: Orders
    truth: Truth
    exposure: CohortRows


def decide(world: World, number: int, past: Past, rng: np.random.Generator) -> Decision:
    """Let launch ``number`` reach its leads."""
    launch, people = world.launches[number], past.people
    exposure = assign_cohort(number, launch, past.captures, past.orders, len(people))
    treated = _draw_treatment(world, number, past, exposure, rng)
    state = _build_state(past, exposure, treated)
    log_odds = (
        compute_order_log_odds(world, number, people, state) if launch.product >= 0 else np.full(len(people), -np.inf)
    )
    orders = _draw_orders(world, number, past, exposure, log_odds, rng)
    truth = record_truth(world, number, past, exposure, log_odds, treated)
    return Decision(orders, truth, exposure)


def _draw_treatment(world: World, number: int, past: Past, exposure: CohortRows, rng: np.random.Generator) -> IntArray:
    """Give the coupon by lot to half of those captured before it went out."""
    treated = np.full(len(exposure), UNTESTED)
    if number != world.holdout:
        return treated
    captured_at = past.captures.captured_at[exposure.capture]
    tested = exposure.scored & (captured_at < exposure.as_of - COUPON_SENT_BEFORE)
    treated[tested] = np.where(rng.random(int(tested.sum())) < 0.5, TREATED, CONTROL)
    return treated


def _build_state(past: Past, exposure: CohortRows, treated: IntArray) -> State:
    leads = len(exposure)
    as_of, row = exposure.as_of, exposure.capture
    captured = (row >= 0) & np.isfinite(as_of)
    channel = np.full(leads, -1)
    days = np.zeros(leads)
    channel[captured] = past.captures.channel[row[captured]]
    days[captured] = (as_of[captured] - past.captures.captured_at[row[captured]]) / DAY
    everyday = past.orders.take(past.orders.kind == SHELF)
    before = np.floor(everyday.approved_at) < as_of[everyday.lead]
    return State(
        channel=channel,
        warmth=compute_warmth(past.activity, as_of),
        bought=np.bincount(everyday.lead[before], minlength=leads),
        days_since_capture=days,
        days_since_purchase=_compute_days_since_purchase(past.orders, as_of),
        active=(past.drops_out_at >= as_of).astype(np.int64),
        treated=(treated == TREATED).astype(np.int64),
    )


def _compute_days_since_purchase(orders: Orders, as_of: FloatArray) -> FloatArray:
    """Return days since each lead's last paid order before its ``as_of``; infinite where there is none."""
    paid = np.floor(orders.approved_at) < as_of[orders.lead]
    last_paid_at = np.full(len(as_of), -NEVER)
    np.maximum.at(last_paid_at, orders.lead[paid], orders.approved_at[paid])
    days: FloatArray = (as_of - last_paid_at) / DAY
    return days


def _draw_orders(
    world: World,
    number: int,
    past: Past,
    exposure: CohortRows,
    log_odds: FloatArray,
    rng: np.random.Generator,
) -> Orders:
    """Draw who orders, when, at which offer; and what becomes of the payment."""
    launch, people = world.launches[number], past.people
    orders_it = rng.random(len(people)) < to_probability(log_odds)
    lead = np.flatnonzero(orders_it & np.isfinite(exposure.as_of))
    clock = DailyClock(world.hourly_activity)
    as_of, until = exposure.as_of[lead], exposure.until[lead]
    placed_at = draw_order_time(clock, as_of, until, people.utc_offset[lead], rng)
    offer = np.where(rng.random(len(lead)) < 0.25 * people.spend[lead], BUNDLE, STANDARD)
    offer = np.where((offer == STANDARD) & (placed_at < as_of + DAY), EARLY, offer)
    placed = PlacedOrders(
        lead=lead,
        product=np.full(len(lead), launch.product),
        kind=np.full(len(lead), LAUNCHED),
        launch=np.full(len(lead), number),
        offer=offer,
        charge=np.zeros(len(lead), dtype=np.int64),
        amount=np.round(world.catalog.prices[launch.product] * OFFER_PRICE[offer], 2),
        placed_at=placed_at,
    )
    return settle(world, placed, people.country, rng)
