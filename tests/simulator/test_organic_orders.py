"""Everyday orders: BG/NBD with gamma-gamma spend, as published."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import betaln, gammaln
from scipy.stats import chi2, chisquare

from hotleads.simulator.clock import WEEK
from hotleads.simulator.creator_worlds import build_creator_world
from hotleads.simulator.organic_orders import OrganicOrders, draw_organic_orders
from hotleads.simulator.people import draw_people
from hotleads.simulator.shop_worlds import CDNOW_BUYING, CDNOW_SPENDING, build_cdnow_world
from hotleads.simulator.switches import Switches

Floats = NDArray[np.float64]

LEADS = 40_000
PARAMETERS = (CDNOW_BUYING.r, CDNOW_BUYING.alpha, CDNOW_BUYING.a, CDNOW_BUYING.b)


def count_probability(most: int, weeks: float) -> Floats:
    """P(X(t) = 0 … most) of a customer's repeat orders within ``weeks`` (Fader, Hardie, Lee 2005, equation 8)."""
    r, alpha, a, b = PARAMETERS
    x = np.arange(most + 1)
    log_count = gammaln(r + x) - gammaln(r) - gammaln(x + 1)
    gamma_poisson = np.exp(log_count + r * np.log(alpha / (alpha + weeks)) + x * np.log(weeks / (alpha + weeks)))
    still_active = np.exp(betaln(a, b + x) - betaln(a, b)) * gamma_poisson
    reaches_x = 1 - np.concatenate([[0.0], np.cumsum(gamma_poisson)[:-1]])
    dropped_out = np.exp(betaln(a + 1, b + np.maximum(x, 1) - 1) - betaln(a, b)) * reaches_x * (x > 0)
    probability: Floats = still_active + dropped_out
    return probability


def log_likelihood(log_parameters: Floats, repeats: Floats, last: Floats, observed: Floats) -> float:
    """Of (r, alpha, a, b) given recency and time observed in weeks since the first order (equation 6)."""
    r, alpha, a, b = np.exp(log_parameters)
    common = gammaln(r + repeats) - gammaln(r) + r * np.log(alpha)
    active = betaln(a, b + repeats) - betaln(a, b) - (r + repeats) * np.log(alpha + observed)
    dropped = betaln(a + 1, b + np.maximum(repeats, 1) - 1) - betaln(a, b) - (r + repeats) * np.log(alpha + last)
    return float((common + np.where(repeats > 0, np.logaddexp(active, dropped), active)).sum())


@pytest.fixture(scope="module")
def orders_in_weeks() -> tuple[Floats, ...]:
    """Lead, weeks since its first order, and weeks from that to the end, of the CDNOW world's orders."""
    world = build_cdnow_world(5, 1, Switches())
    rng = np.random.default_rng(2)
    people = draw_people(world, LEADS, rng)
    orders = draw_organic_orders(world, people, rng).orders
    order = np.lexsort((orders.placed_at, orders.lead))
    lead, placed_at = orders.lead[order], orders.placed_at[order]
    observed = (world.ends_at - people.born_at) / WEEK
    return lead, (placed_at - people.born_at[lead]) / WEEK, observed


def test_counts_have_the_published_distribution(orders_in_weeks: tuple[Floats, ...]) -> None:
    lead, week, _ = orders_in_weeks
    repeats = np.bincount(lead[(week > 0) & (week < 39)], minlength=LEADS)
    most = 12
    expected = count_probability(most, 39)
    expected = np.append(expected, 1 - expected.sum()) * LEADS
    observed = np.bincount(np.minimum(repeats, most + 1), minlength=most + 2)
    assert chisquare(observed, expected).pvalue > 0.001


@pytest.mark.slow
def test_a_maximum_likelihood_fit_recovers_the_parameters(orders_in_weeks: tuple[Floats, ...]) -> None:
    lead, week, observed = orders_in_weeks
    inside = week < 39
    repeats = np.bincount(lead[inside & (week > 0)], minlength=LEADS).astype(float)
    last = np.zeros(LEADS)
    np.maximum.at(last, lead[inside], week[inside])
    history = (repeats, last, np.minimum(observed, 39.0))
    fit = minimize(lambda x: -log_likelihood(x, *history) / LEADS, np.zeros(4), method="L-BFGS-B", tol=1e-12)
    gained = log_likelihood(fit.x, *history) - log_likelihood(np.log(PARAMETERS), *history)
    assert 0 <= 2 * gained < chi2(4).ppf(0.999)  # the truth lies inside the likelihood's 99.9% region
    np.testing.assert_allclose(np.exp(fit.x), PARAMETERS, rtol=0.25)


def draw_creator_organic(leads: int) -> tuple[OrganicOrders, Floats, Floats]:
    world = build_creator_world(9, 1, Switches())
    rng = np.random.default_rng(3)
    people = draw_people(world, leads, rng)
    return draw_organic_orders(world, people, rng), people.born_at, people.dropout


def test_nobody_orders_before_birth_or_after_dropping_out() -> None:
    organic, born_at, _ = draw_creator_organic(20_000)
    first_tries = organic.orders.placed_at
    assert (first_tries >= born_at[organic.orders.lead] - 1).all()
    # A second try by PIX may follow the last order by ten minutes.
    assert (first_tries <= organic.drops_out_at[organic.orders.lead] + 601).all()


def test_the_more_prone_to_drop_out_the_fewer_orders() -> None:
    organic, _, dropout = draw_creator_organic(40_000)
    counts = np.bincount(organic.orders.lead, minlength=40_000)
    loyal, fickle = dropout < 0.05, dropout > 0.3
    assert counts[loyal].mean() > 1.3 * counts[fickle].mean()


def test_amounts_average_to_the_spend_models_mean() -> None:
    world = build_cdnow_world(5, 1, Switches())
    rng = np.random.default_rng(6)
    people = draw_people(world, 60_000, rng)
    orders = draw_organic_orders(world, people, rng).orders
    by_lead = np.bincount(orders.lead, weights=orders.amount) / np.bincount(orders.lead)
    assert by_lead.mean() == pytest.approx(CDNOW_SPENDING.mean, rel=0.03)
    several = np.bincount(orders.lead) >= 8
    assert np.std(by_lead[several]) > 0.5 * CDNOW_SPENDING.mean  # spend differs between leads, not only between orders
