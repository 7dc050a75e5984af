"""Orders: one attempt to buy, with everything that becomes of it."""

from dataclasses import dataclass

import numpy as np

from .arrays import BoolArray, FloatArray, IntArray, Table

SHELF, LAUNCHED, BUMP, RENEWAL = range(4)
STANDARD, EARLY, BUNDLE = range(3)
OFFERS = ("standard", "early", "bundle")
OFFER_PRICE = np.array([1.0, 0.85, 1.4])


@dataclass(frozen=True)
class Orders(Table):
    """One row a transaction; instants in real seconds, infinite where it never happens.

    ``charge`` is the recurrence number (0: not a subscription); ``failed_at`` is when a card was refused, a PIX or slip
    lapsed, or an overdue charge was given up.
    """

    lead: IntArray
    product: IntArray
    kind: IntArray
    launch: IntArray
    method: IntArray
    offer: IntArray
    installments: IntArray
    charge: IntArray
    amount: FloatArray
    placed_at: FloatArray
    approved_at: FloatArray
    failed_at: FloatArray
    protested_at: FloatArray
    refunded_at: FloatArray
    chargeback_at: FloatArray
    completed_at: FloatArray

    @property
    def lost_at(self) -> FloatArray:
        """Return when the buyer stopped owning it."""
        return np.minimum(self.refunded_at, self.chargeback_at)


def find_owners(orders: Orders, product: int, as_of: FloatArray) -> BoolArray:
    """Return whether each lead owns the product at its own ``as_of`` (leads,): bought before, not lost before."""
    rows = orders.take(orders.product == product)
    then = as_of[rows.lead]
    holding = (np.floor(rows.approved_at) < then) & ~(np.floor(rows.lost_at) < then)
    owners: BoolArray = np.bincount(rows.lead[holding], minlength=len(as_of)) > 0
    return owners
