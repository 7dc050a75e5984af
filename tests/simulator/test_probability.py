"""The ways to the label: closed forms against the literature's, brute force and hand-worked cases."""

import numpy as np
import pytest

from hotleads.simulator.clock import DAY, FLAT_ACTIVITY, WEEK, DailyClock
from hotleads.simulator.countries import BILLET, CARD, METHOD_SHARES, PAYPAL
from hotleads.simulator.orders import Orders
from hotleads.simulator.payments import CREATOR_TERMS, SURE_TERMS, PaymentTerms
from hotleads.simulator.probability import compute_organic_probability, compute_pending_probability
from hotleads.simulator.windows import LabelWindows

OPENS = 1_710_162_000.0
FLAT = DailyClock(FLAT_ACTIVITY)


def build_brazilian_windows(leads: int, days: float, terms: PaymentTerms) -> LabelWindows:
    as_of = np.full(leads, OPENS)
    return LabelWindows(FLAT, as_of, as_of + days * DAY, np.zeros(leads, dtype=np.int64), terms)


def test_any_product_paid_at_once_is_a_poisson_count_above_zero() -> None:
    rate = np.array([0.01, 0.3, 4.0])
    probability = compute_organic_probability(
        rate, np.ones(3), np.full(3, 0.7), build_brazilian_windows(3, 21, SURE_TERMS), SURE_TERMS
    )
    np.testing.assert_allclose(probability, 1 - np.exp(-rate * 3), rtol=1e-12)


def test_orders_of_other_products_may_end_the_relation_first() -> None:
    rate, share, dropout = 0.8, 0.3, 0.25
    probability = compute_organic_probability(
        np.array([rate]), np.array([share]), np.array([dropout]), build_brazilian_windows(1, 28, SURE_TERMS), SURE_TERMS
    )[0]
    leaves = share + (1 - share) * dropout
    assert probability == pytest.approx(share / leaves * (1 - np.exp(-rate * 4 * leaves)), rel=1e-12)


def test_late_payments_and_dropout_against_brute_force() -> None:
    rate, share, dropout, weeks, leads = 3.0, 0.5, 0.3, 1.0, 400_000
    probability = compute_organic_probability(
        np.array([rate]),
        np.array([share]),
        np.array([dropout]),
        build_brazilian_windows(1, 7, CREATOR_TERMS),
        CREATOR_TERMS,
    )[0]
    rng = np.random.default_rng(8)
    left, active, bought = np.full(leads, weeks * WEEK), np.ones(leads, dtype=bool), np.zeros(leads, dtype=bool)
    while active.any():
        left = left - rng.exponential(WEEK / rate, leads)
        active &= left > 0
        method = rng.choice(4, leads, p=METHOD_SHARES[0])
        paid = rng.random(leads) < CREATOR_TERMS.approved_within(np.maximum(left, 0), method)
        bought |= active & (rng.random(leads) < share) & paid
        active &= rng.random(leads) >= dropout
    assert probability == pytest.approx(bought.mean(), abs=0.0025)


def one_order(method: int, placed_at: float, approved_at: float = np.inf) -> Orders:
    zero, never = np.zeros(1, dtype=np.int64), np.array([np.inf])
    return Orders(
        lead=zero, product=zero, kind=zero, launch=zero, method=np.array([method]), offer=zero, installments=zero,
        charge=zero, amount=zero * 1.0, placed_at=np.array([placed_at]), approved_at=np.array([approved_at]),
        failed_at=never, protested_at=never, refunded_at=never, chargeback_at=never, completed_at=never,
    )  # fmt: skip


def compute_pending(order: Orders, as_of: float, until: float) -> float:
    probability = compute_pending_probability(
        order, np.ones(1, dtype=bool), np.array([as_of]), np.array([until]), CREATOR_TERMS, CREATOR_TERMS
    )
    return float(probability[0])


def test_a_slip_a_day_old_is_paid_later_with_what_is_left_of_its_chance() -> None:
    paid_first_day, paid_at_last = CREATOR_TERMS.approved_within(
        np.array([1.0 * DAY, 7.0 * DAY]), np.array([BILLET] * 2)
    )
    expected = (paid_at_last - paid_first_day) / (1 - paid_first_day)
    assert compute_pending(one_order(BILLET, OPENS - DAY), OPENS, OPENS + 7 * DAY) == pytest.approx(expected)
    assert 0.1 < expected < paid_at_last


@pytest.mark.parametrize(
    ("order", "why"),
    [
        (one_order(BILLET, OPENS - 4 * DAY), "lapsed"),
        (one_order(BILLET, OPENS - DAY, approved_at=OPENS - 3_600), "paid before"),
        (one_order(BILLET, OPENS), "placed at as_of, so not known"),
        (one_order(CARD, OPENS - 3_600), "refused, and the second try is an order of its own"),
    ],
)
def test_nothing_is_pending(order: Orders, why: str) -> None:
    assert compute_pending(order, OPENS, OPENS + 7 * DAY) == pytest.approx(0, abs=1e-12), why


def test_a_card_refused_a_minute_ago_may_still_be_followed_by_a_second_try() -> None:
    refused = 1 - CREATOR_TERMS.instant[CARD]
    expected = CREATOR_TERMS.retry * CREATOR_TERMS.instant[PAYPAL]
    assert compute_pending(one_order(CARD, OPENS - 60), OPENS, OPENS + 7 * DAY) == pytest.approx(expected)
    assert CREATOR_TERMS.delayed[CARD] == pytest.approx(refused * expected)
