"""The probability of the label given a lead's latent state at ``as_of``.

Three ways lead to the label, independent given the state: an order that the launch brings about, an everyday order of
the same product, and an order placed before that is still to be paid.
"""

import numpy as np

from .arrays import NEVER, BoolArray, FloatArray
from .clock import WEEK
from .orders import Orders
from .payments import PaymentTerms
from .windows import LabelWindows


def compute_in_time_probability(windows: LabelWindows, terms: PaymentTerms) -> FloatArray:
    """Return P(paid in time | the launch makes the lead order), one a lead, as a sum over the window's pieces."""
    probability: FloatArray = (windows.ordered * windows.paid_in_time(terms)).sum(axis=1)[windows.place]
    return probability


def compute_organic_probability(
    rate: FloatArray, share: FloatArray, dropout: FloatArray, windows: LabelWindows, terms: PaymentTerms
) -> FloatArray:
    """Return P(an everyday order of the product is placed and paid in time), for leads who have not dropped out.

    Orders come at ``rate`` a week; each is a success with probability a (``share`` of the product, times paid in
    time) and otherwise ends the relation with probability ``dropout``. With a constant within a piece of m orders
    expected, the piece's success is a / k (1 - exp(-m k)), k = a + (1 - a) dropout, and exp(-m k) go on. Exact where
    all payments are made at once (a is constant); else a quadrature, hour by hour.
    """
    expected = (windows.even_seconds / WEEK)[windows.place].T
    paid = windows.paid_in_time(terms)[windows.place].T
    going_on, probability = np.ones(len(rate)), np.zeros(len(rate))
    for orders, paid_now in zip(expected, paid, strict=True):
        success = share * paid_now
        leaves = success + (1 - success) * dropout
        ends = -np.expm1(-rate * orders * leaves)
        probability += going_on * success / np.maximum(leaves, 1e-300) * ends
        going_on *= 1 - ends
    return probability


def compute_pending_probability(
    orders: Orders,
    wanted: BoolArray,
    as_of: FloatArray,
    until: FloatArray,
    terms: PaymentTerms,
    counted: PaymentTerms,
) -> FloatArray:
    """Return P(an order placed before ``as_of`` and not yet paid is paid before ``until``) per lead, in closed form.

    ``as_of`` and ``until`` are one a lead, infinite where it is not scored. ``wanted`` marks the orders of the launch's
    product; ``counted`` are the terms of what counts (``terms`` themselves for the plain label).
    """
    then = as_of[orders.lead]
    unpaid = (np.floor(orders.placed_at) < then) & ~(np.floor(orders.approved_at) < then) & np.isfinite(then)
    # A refused card is over once its second try stands in the orders by itself.
    second_try = np.where(terms.offset > 0, terms.offset, NEVER)[orders.method]
    rows = orders.take(wanted & unpaid & (then - orders.placed_at < second_try))
    elapsed, left = as_of[rows.lead] - rows.placed_at, until[rows.lead] - rows.placed_at
    gained = counted.approved_within(left, rows.method) - counted.approved_within(elapsed, rows.method)
    missed = np.ones(len(as_of))
    np.multiply.at(missed, rows.lead, 1 - gained / (1 - terms.approved_within(elapsed, rows.method)))
    return 1 - missed
