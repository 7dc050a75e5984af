"""Subscriptions: a charge every 30 days, some of which fail, are tried again, or end it."""

from dataclasses import dataclass

import numpy as np

from .arrays import NEVER, BoolArray, FloatArray, IntArray, Table, concat_tables
from .clock import DAY
from .orders import RENEWAL, Orders
from .world import World

PERIOD = 30 * DAY
CUSTOMER_CANCELS = 0.07
CHARGE_FAILS = 0.08
RECOVERED = 0.5
RECOVERY = 3 * DAY


@dataclass(frozen=True)
class Cancellations(Table):
    """Subscriptions ended by their customers, on the day of the next charge."""

    lead: IntArray
    product: IntArray
    canceled_at: FloatArray


@dataclass(frozen=True)
class Renewals:
    """All later charges of the subscriptions, and who canceled."""

    charges: Orders
    cancellations: Cancellations


def draw_renewals(world: World, orders: Orders, rng: np.random.Generator) -> Renewals:
    """Charge every subscription that was paid for, month by month, until it ends or the world does."""
    charged = orders.take((orders.charge == 1) & np.isfinite(orders.approved_at) & np.isinf(orders.lost_at))
    due = charged.approved_at + PERIOD
    nobody = np.zeros(len(charged), dtype=np.bool_)
    months, canceled = [charged.take(nobody)], [_select_canceled(charged, due, nobody)]
    while len(charged):
        leaves = rng.random(len(charged)) < CUSTOMER_CANCELS
        is_due = due < world.ends_at
        canceled.append(_select_canceled(charged, due, leaves & is_due))
        goes_on = ~leaves & is_due
        months.append(_charge(charged.take(goes_on), due[goes_on], rng))
        paid = np.isfinite(months[-1].approved_at)
        charged, due = months[-1].take(paid), due[goes_on][paid] + PERIOD
    return Renewals(concat_tables(months), concat_tables(canceled))


def _select_canceled(charged: Orders, due: FloatArray, which: BoolArray) -> Cancellations:
    return Cancellations(charged.lead[which], charged.product[which], due[which])


def _charge(last: Orders, due: FloatArray, rng: np.random.Generator) -> Orders:
    """Charge again. A failed charge is overdue at once, and three days later either paid or given up."""
    share = rng.random(len(last))
    failed = share < CHARGE_FAILS
    lapses = share < CHARGE_FAILS * (1 - RECOVERED)
    approved_at = np.where(lapses, NEVER, due + RECOVERY * failed)
    never = np.full(len(last), NEVER)
    return Orders(
        lead=last.lead,
        product=last.product,
        kind=np.full(len(last), RENEWAL),
        launch=np.full(len(last), -1),
        method=last.method,
        offer=last.offer,
        installments=last.installments,
        charge=last.charge + 1,
        amount=last.amount,
        placed_at=due,
        approved_at=approved_at,
        failed_at=np.where(lapses, due + RECOVERY, NEVER),
        protested_at=never,
        refunded_at=never,
        chargeback_at=never,
        completed_at=approved_at + PERIOD,
    )
