"""BG/NBD against what its authors published of CDNOW, against plain integrals, and on buyers that it made itself."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import beta as beta_function
from scipy.special import gamma

from hotleads.features import build_features
from hotleads.history import History
from hotleads.training.baselines.bg_nbd import BGNBD, fit_bg_nbd
from hotleads.training.baselines.rfm_summary import RfmSummary, build_rfm_summary

#: Published for the 1/10 sample of CDNOW, in weeks.
CDNOW = BGNBD(0.243, 4.414, 0.793, 2.426)
#: Its customer 1516, who came back 26 times in 31 weeks.
BEST = RfmSummary(np.array([26.0]), np.array([30.86]), np.array([31.0]))


def build_summary() -> RfmSummary:
    return RfmSummary(np.array([0.0, 1, 3, 12]), np.array([0.0, 2, 20, 30]), np.array([39.0, 20, 38.9, 31]))


def integrate_likelihood(model: BGNBD, x: float, last: float, age: float) -> float:
    """The likelihood of one buyer, over all rates and chances of loss."""

    def given(rate: float, p: float) -> float:
        alive = (1 - p) ** x * rate**x * np.exp(-rate * age)
        lost = p * (1 - p) ** (x - 1) * rate**x * np.exp(-rate * last) if x else 0.0
        mixed = rate ** (model.r - 1) * np.exp(-rate * model.alpha) * model.alpha**model.r / gamma(model.r)
        return (alive + lost) * mixed * p ** (model.a - 1) * (1 - p) ** (model.b - 1) / beta_function(model.a, model.b)

    # Powers of the variables take the poles at 0 out of the integrals.
    return quad(lambda q: quad(lambda s: given(s**4, q**4) * 4 * s**3, 0, 2)[0] * 4 * q**3, 0, 1)[0]


def test_published_figures_of_a_customer() -> None:
    assert CDNOW.expected_purchases(BEST, 52)[0] == pytest.approx(25.76, abs=0.005)
    assert CDNOW.probability_alive(BEST)[0] == pytest.approx(0.9688, abs=0.0002)


def test_alive_is_the_share_of_the_likelihood() -> None:
    model = BGNBD(0.9, 6.0, 0.8, 2.5)
    buyers = RfmSummary(np.array([2.0]), np.array([5.0]), np.array([14.0]))
    likelihood = integrate_likelihood(model, 2, 5, 14)
    alive = integrate_likelihood(model, 2, 1e9, 14)  # no loss is as likely as one so late
    assert model.probability_alive(buyers)[0] == pytest.approx(alive / likelihood, rel=1e-4)


def test_whoever_never_came_back_is_alive_and_buys_by_the_rate_alone() -> None:
    once = RfmSummary(np.array([0.0]), np.array([0.0]), np.array([10.0]))
    assert CDNOW.probability_alive(once)[0] == 1
    still = ((4.414 + 10) / (4.414 + 15)) ** 0.243
    assert CDNOW.probability_of_purchase(once, 5)[0] == pytest.approx(1 - still)


def test_chances_are_chances_and_grow_with_time() -> None:
    within = [CDNOW.probability_of_purchase(build_summary(), time) for time in (0.0, 1.0, 10.0, 1e6)]
    np.testing.assert_allclose(within[0], 0, atol=1e-12)
    assert (np.diff(within, axis=0) >= 0).all()
    assert (within[-1] <= CDNOW.probability_alive(build_summary())).all()
    assert (CDNOW.expected_purchases(build_summary(), 10) >= within[2]).all()


def test_expected_purchases_are_smooth_where_a_is_one() -> None:
    near = [BGNBD(0.5, 5, a, 2).expected_purchases(build_summary(), 20) for a in (0.999, 1.0, 1.001)]
    np.testing.assert_allclose(near[1], (near[0] + near[2]) / 2, rtol=1e-4)


def test_leads_without_a_purchase_have_no_value() -> None:
    nobody = RfmSummary(*(np.array([np.nan]) for _ in range(3)))
    assert np.isnan(
        [CDNOW.probability_alive(nobody), CDNOW.probability_of_purchase(nobody, 5), CDNOW.expected_purchases(nobody, 5)]
    ).all()


def test_a_fit_finds_the_model_that_made_the_buyers() -> None:
    random = np.random.default_rng(3)
    buyers = simulate_buyers(CDNOW, random.uniform(20, 60, 4_000), random)
    fitted = fit_bg_nbd(buyers)
    assert (fitted.r, fitted.alpha) == pytest.approx((CDNOW.r, CDNOW.alpha), rel=0.2)
    assert fitted.a / (fitted.a + fitted.b) == pytest.approx(CDNOW.a / (CDNOW.a + CDNOW.b), abs=0.04)
    days = fit_bg_nbd(RfmSummary(buyers.frequency, buyers.recency * 7, buyers.T * 7))
    assert (days.r, days.alpha / 7, days.a, days.b) == pytest.approx(
        (fitted.r, fitted.alpha, fitted.a, fitted.b), rel=1e-4
    )


def simulate_buyers(model: BGNBD, ages: np.ndarray, random: np.random.Generator) -> RfmSummary:
    rates = random.gamma(model.r, 1 / model.alpha, len(ages))
    chances = random.beta(model.a, model.b, len(ages))
    repeats, last = np.zeros(len(ages)), np.zeros(len(ages))
    for buyer, (rate, chance, age) in enumerate(zip(rates, chances, ages, strict=True)):
        while (at := last[buyer] + random.exponential(1 / rate)) < age:
            repeats[buyer], last[buyer] = repeats[buyer] + 1, at
            if random.random() < chance:
                break
    return RfmSummary(repeats, last, ages)


def test_all_of_cdnow_is_like_the_published_sample(cdnow: History) -> None:
    """The sample of 2,357 is a tenth of these 23,570; 39 weeks of everyone who first bought in its first twelve."""
    buyers = build_rfm_summary(build_features(cdnow, "1997-10"))
    fitted = fit_bg_nbd(RfmSummary(buyers.frequency, buyers.recency / 7, buyers.T / 7))
    assert (fitted.r, fitted.alpha) == pytest.approx((CDNOW.r, CDNOW.alpha), rel=0.15)
    assert fitted.a / (fitted.a + fitted.b) == pytest.approx(0.246, abs=0.04)
