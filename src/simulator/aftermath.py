"""Events that follow from orders: checkouts and abandoned carts, the members' area, subscriptions, coupons."""

from dataclasses import dataclass

import numpy as np

from .arrays import BoolArray, FloatArray, IntArray, Table, concat_tables, repeat_index
from .clock import DAY, HOUR
from .decisions import COUPON_SENT_BEFORE
from .orders import BUMP, RENEWAL, Orders
from .people import People
from .renewals import Cancellations
from .truth import TREATED, Truth
from .world import World

ABANDONED_AFTER = 30 * 60.0
CHECKOUT_SEEN_SHARE = 0.8
PROGRESS_STEPS = np.array([10.0, 25.0, 50.0, 75.0, 100.0])
COUPON_DISCOUNT = 0.2
ENTERS_SHARE = 0.85
RATES_SHARE = 0.25

AFTERMATH_TYPES = (
    "checkout_started",
    "cart_abandoned",
    "members_first_access",
    "members_progress",
    "members_inactive_15_days",
    "members_inactive_30_days",
    "product_rated",
    "subscription_active",
    "subscription_overdue",
    "subscription_inactive",
    "subscription_canceled_by_customer",
    "coupon_sent",
)


@dataclass(frozen=True)
class Aftermath(Table):
    """One row an event: ``kind`` a position in ``AFTERMATH_TYPES``, ``value`` in the type's own unit (NaN: none)."""

    lead: IntArray
    kind: IntArray
    product: IntArray
    happened_at: FloatArray
    value: FloatArray


def draw_aftermath(
    world: World,
    people: People,
    orders: Orders,
    cancellations: Cancellations,
    truth: Truth,
    rng: np.random.Generator,
) -> Aftermath:
    """Draw what follows from the orders, and write down who got the hold-out's coupon."""
    return concat_tables(
        [
            *_draw_checkouts(orders, rng),
            *_draw_members_area(world, people, orders, rng),
            *_build_subscription_events(orders, cancellations),
            _build_coupon_events(world, truth),
        ]
    )


def _draw_checkouts(orders: Orders, rng: np.random.Generator) -> list[Aftermath]:
    """Draw checkouts: most are seen, as the order is placed; a cart unpaid half an hour later is abandoned.

    Not a moment before: an event known at an ``as_of`` must not tell of an order that is still to come.
    """
    seen = (orders.kind != RENEWAL) & (orders.kind != BUMP) & (rng.random(len(orders)) < CHECKOUT_SEEN_SHARE)
    unpaid = seen & ~(orders.approved_at < orders.placed_at + ABANDONED_AFTER)
    return [
        _build_order_events("checkout_started", orders, seen, orders.placed_at),
        _build_order_events("cart_abandoned", orders, unpaid, orders.placed_at + ABANDONED_AFTER),
    ]


def _draw_members_area(world: World, people: People, orders: Orders, rng: np.random.Generator) -> list[Aftermath]:
    """Draw the first access, then steps of progress: the less engaged the lead, the rarer and slower."""
    lessons = np.isin(orders.product, world.catalog.with_lessons)
    courses = orders.take(lessons & (orders.charge <= 1) & np.isfinite(orders.approved_at))
    entered = courses.approved_at + rng.exponential(1.5, len(courses)) * DAY
    comes = (rng.random(len(courses)) < ENTERS_SHARE) & (entered < courses.lost_at)
    keenness = people.engagement[courses.lead] / (0.6 + people.engagement[courses.lead])
    steps = np.where(comes, np.minimum(rng.geometric(1 - 0.9 * keenness) - 1, len(PROGRESS_STEPS)), 0)
    row = repeat_index(steps)
    step = np.arange(len(row)) - (np.cumsum(steps) - steps)[row]
    at = entered[row] + (step + rng.random(len(row))) * 6 * DAY / (0.3 + keenness[row])
    progress = _build_events("members_progress", courses.lead[row], courses.product[row], at, PROGRESS_STEPS[step])
    last_seen = entered.copy()
    np.maximum.at(last_seen, row, at)
    return [
        _build_order_events("members_first_access", courses, comes, entered),
        progress.take(at < courses.lost_at[row]),
        *_draw_after_the_last_lesson(courses, comes, steps == len(PROGRESS_STEPS), last_seen, rng),
    ]


def _draw_after_the_last_lesson(
    courses: Orders, comes: BoolArray, done: BoolArray, last_seen: FloatArray, rng: np.random.Generator
) -> list[Aftermath]:
    """Draw what follows the last lesson: absence noted after 15 and 30 days, and some ratings."""
    rating = np.clip(np.round(rng.normal(4.4, 0.8, len(courses))), 1, 5)
    rates = comes & (rng.random(len(courses)) < RATES_SHARE)
    return [
        _build_order_events("members_inactive_15_days", courses, comes & ~done, last_seen + 15 * DAY),
        _build_order_events("members_inactive_30_days", courses, comes & ~done, last_seen + 30 * DAY),
        _build_order_events("product_rated", courses, rates, last_seen + HOUR, rating),
    ]


def _build_subscription_events(orders: Orders, cancellations: Cancellations) -> list[Aftermath]:
    """Build the events of subscriptions: begun, overdue, given up, canceled by the customer."""
    begins = (orders.charge == 1) & np.isfinite(orders.approved_at)
    overdue = (orders.kind == RENEWAL) & (orders.approved_at != orders.placed_at)
    given_up = overdue & np.isfinite(orders.failed_at)
    ended = cancellations
    return [
        _build_order_events("subscription_active", orders, begins, orders.approved_at),
        _build_order_events("subscription_overdue", orders, overdue, orders.placed_at),
        _build_order_events("subscription_inactive", orders, given_up, orders.failed_at),
        _build_events("subscription_canceled_by_customer", ended.lead, ended.product, ended.canceled_at),
    ]


def _build_coupon_events(world: World, truth: Truth) -> Aftermath:
    sent = truth.take(truth.treated == TREATED)
    product = np.full(len(sent), world.launches[world.holdout].product)
    discount = np.full(len(sent), COUPON_DISCOUNT)
    return _build_events("coupon_sent", sent.lead, product, sent.as_of - COUPON_SENT_BEFORE, discount)


def _build_order_events(
    kind: str, orders: Orders, which: BoolArray, happened_at: FloatArray, value: FloatArray | None = None
) -> Aftermath:
    values = None if value is None else value[which]
    return _build_events(kind, orders.lead[which], orders.product[which], happened_at[which], values)


def _build_events(
    kind: str, lead: IntArray, product: IntArray, happened_at: FloatArray, value: FloatArray | None = None
) -> Aftermath:
    values = np.full(len(lead), np.nan) if value is None else value
    return Aftermath(lead, np.full(len(lead), AFTERMATH_TYPES.index(kind)), product, happened_at, values)
