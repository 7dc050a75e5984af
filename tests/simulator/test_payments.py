"""Payment terms: the closed forms against integration and against what settlement draws."""

import numpy as np
import pytest
from scipy.integrate import quad

from hotleads.simulator.clock import DAY, HOUR
from hotleads.simulator.countries import BILLET, CARD, METHODS, PIX
from hotleads.simulator.creator_worlds import build_creator_world
from hotleads.simulator.orders import SHELF, STANDARD, Orders
from hotleads.simulator.payments import CREATOR_TERMS, SURE_TERMS
from hotleads.simulator.settlement import PlacedOrders, settle
from hotleads.simulator.switches import Switches
from hotleads.simulator.world import MATURITY_DAYS

COUNT = 120_000


@pytest.fixture(scope="module")
def settled() -> Orders:
    """Orders of Brazilians, all placed at instant 0, lead by lead."""
    zeros, numbers = np.zeros(COUNT, dtype=np.int64), np.arange(COUNT)
    placed = PlacedOrders(
        numbers, zeros, np.full(COUNT, SHELF), zeros - 1, np.full(COUNT, STANDARD), zeros, zeros + 97.0, zeros * 1.0
    )
    return settle(build_creator_world(2, 1, Switches()), placed, zeros, np.random.default_rng(5))


def compute_paid_share(orders: Orders, method: int, elapsed: float) -> float:
    """Share of the leads who chose ``method`` first and had paid, one way or another, by ``elapsed``."""
    first = np.full(COUNT, -1)
    first[orders.lead[::-1]] = orders.method[::-1]
    paid = np.zeros(COUNT, dtype=bool)
    paid[orders.lead[orders.approved_at <= elapsed]] = True
    return float(paid[first == method].mean())


@pytest.mark.parametrize("method", [CARD, PIX, BILLET])
@pytest.mark.parametrize("elapsed", [0.0, 300.0, 1_800.0, HOUR, DAY, 4 * DAY])
def test_orders_are_paid_as_the_terms_say(settled: Orders, method: int, elapsed: float) -> None:
    expected = CREATOR_TERMS.approved_within(np.array([elapsed]), np.array([method]))[0]
    assert compute_paid_share(settled, method, elapsed) == pytest.approx(expected, abs=0.012)


@pytest.mark.parametrize("method", range(len(METHODS)))
def test_area_is_the_integral_of_the_wait(method: int) -> None:
    def wait_over(elapsed: float) -> float:
        terms = CREATOR_TERMS
        late = np.clip(elapsed - terms.offset[method], 0, terms.validity[method])
        return float(np.expm1(-late / terms.wait[method]) / np.expm1(-terms.validity[method] / terms.wait[method]))

    bends = [600.0, 1_200.0, 1.0 * DAY, 1.0 * DAY + 600]
    for end in (120.0, 5_000.0, 2.5 * DAY, 6.0 * DAY):
        expected = quad(wait_over, 0, end, points=[b for b in bends if b < end], limit=500)[0]
        assert CREATOR_TERMS.waited_area(np.array([end]))[method, 0] == pytest.approx(expected, rel=1e-7, abs=2e-3)


def test_kept_terms_are_what_is_left_after_the_maturity(settled: Orders) -> None:
    bought = settled.take(np.isfinite(settled.approved_at))
    not_lost = bought.take(~(bought.lost_at <= bought.approved_at + MATURITY_DAYS * DAY))
    for method in (CARD, PIX):
        share = (not_lost.method == method).sum() / (bought.method == method).sum()
        first_try = CREATOR_TERMS.kept(MATURITY_DAYS)
        column = "instant" if method == CARD else "delayed"
        expected = getattr(first_try, column)[method] / getattr(CREATOR_TERMS, column)[method]
        assert share == pytest.approx(expected, abs=0.004)


def test_only_slips_and_pix_lapse_and_at_the_end_of_their_validity(settled: Orders) -> None:
    failed = settled.take(np.isfinite(settled.failed_at))
    assert np.isinf(failed.approved_at).all()
    waited = failed.failed_at - failed.placed_at
    assert (waited[failed.method == BILLET] == 3 * DAY).all()
    assert (waited[failed.method == PIX] == DAY).all()
    assert (waited[failed.method == CARD] == 0).all()


def test_sure_payments_are_approved_at_once_for_good() -> None:
    assert SURE_TERMS.settled_after == 0
    assert (SURE_TERMS.kept(MATURITY_DAYS).instant == 1).all()
