"""Pareto/NBD against what was published of CDNOW, against plain integrals, and on buyers that it made itself."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.special import hyp2f1

from hotleads.features import build_features
from hotleads.history import History
from hotleads.training.baselines.pareto_nbd import ParetoNBD, fit_pareto_nbd
from hotleads.training.baselines.rfm_summary import RfmSummary, build_rfm_summary

#: Published for the 1/10 sample of CDNOW, in weeks.
CDNOW = ParetoNBD(0.553, 10.578, 0.606, 11.669)
BEST = RfmSummary(np.array([26.0]), np.array([30.86]), np.array([31.0]))


def one(repeats: float, last: float, age: float) -> RfmSummary:
    return RfmSummary(*(np.array([float(value)]) for value in (repeats, last, age)))


def compute_published_alive(model: ParetoNBD, x: float, last: float, age: float) -> float:
    """P(alive) by the hypergeometric functions of the paper, for alpha >= beta."""
    power = model.r + model.s + x

    def term(time: float) -> float:
        z = (model.alpha - model.beta) / (model.alpha + time)
        return float(hyp2f1(power, model.s + 1, power + 1, z) / (model.alpha + time) ** power)

    silence = model.s / power * (term(last) - term(age))
    return float(1 / (1 + (model.alpha + age) ** (model.r + x) * (model.beta + age) ** model.s * silence))


def test_published_figures_of_a_customer() -> None:
    assert CDNOW.expected_purchases(BEST, 52)[0] == pytest.approx(25.46, abs=0.005)
    assert CDNOW.probability_alive(BEST)[0] == pytest.approx(0.9979, abs=0.0001)


@given(
    st.floats(0.1, 5), st.floats(0.05, 1), st.floats(0.1, 4), st.floats(5, 60), st.integers(0, 40), st.floats(0.01, 0.9)
)
def test_alive_is_the_papers(r: float, share: float, s: float, alpha: float, x: int, when: float) -> None:
    model = ParetoNBD(r, alpha, s, alpha * share)
    last = 40 * when if x else 0.0
    assert model.probability_alive(one(x, last, 40))[0] == pytest.approx(
        compute_published_alive(model, x, last, 40), rel=1e-6
    )


@given(st.floats(0.1, 5), st.floats(0.01, 1000), st.floats(0.1, 4), st.floats(0.01, 1000), st.integers(0, 200))
def test_alive_is_a_chance_whatever_the_numbers(r: float, alpha: float, s: float, beta: float, x: int) -> None:
    alive = ParetoNBD(r, alpha, s, beta).probability_alive(
        RfmSummary(*np.array([[x, x, x], [0.0, 20, 39.999], [40, 40, 40]]))
    )
    assert ((alive >= 0) & (alive <= 1)).all()
    assert (np.diff(alive) >= -1e-12).all()  # the shorter the silence, the likelier


def test_buying_within_a_time_is_the_integral_over_the_first_purchase() -> None:
    density = lambda u: (0.553 + 2) / (10.578 + 30 + u) * ((40.578) / (40.578 + u)) ** 2.553 * (41.669 / (41.669 + u)) ** 0.606  # noqa: E731, E501 # fmt: skip
    buyers = one(2, 12, 30)
    assert CDNOW.probability_of_purchase(buyers, 26)[0] == pytest.approx(
        CDNOW.probability_alive(buyers)[0] * quad(density, 0, 26)[0], rel=1e-9
    )


def test_nobody_without_silence_is_lost_and_nobody_without_a_purchase_has_a_value() -> None:
    assert CDNOW.probability_alive(one(3, 30, 30))[0] == 1
    nobody = one(np.nan, np.nan, np.nan)
    assert np.isnan(
        [CDNOW.probability_alive(nobody), CDNOW.probability_of_purchase(nobody, 5), CDNOW.expected_purchases(nobody, 5)]
    ).all()


def test_expected_purchases_are_smooth_where_s_is_one() -> None:
    near = [ParetoNBD(0.5, 5, s, 20).expected_purchases(one(3, 9, 12), 20)[0] for s in (0.999, 1.0, 1.001)]
    assert near[1] == pytest.approx((near[0] + near[2]) / 2, rel=1e-5)


def test_a_fit_finds_the_model_that_made_the_buyers() -> None:
    random = np.random.default_rng(4)
    model, ages = ParetoNBD(0.6, 9.0, 0.7, 14.0), random.uniform(30, 80, 4_000)
    rates = random.gamma(model.r, 1 / model.alpha, len(ages))
    ends = np.minimum(random.exponential(1 / random.gamma(model.s, 1 / model.beta, len(ages))), ages)
    repeats = random.poisson(rates * ends)
    last = np.where(repeats > 0, ends * random.uniform(size=len(ages)) ** (1 / np.maximum(repeats, 1)), 0.0)
    fitted = fit_pareto_nbd(RfmSummary(repeats.astype(float), last, ages))
    assert (fitted.r, fitted.alpha) == pytest.approx((model.r, model.alpha), rel=0.2)
    assert fitted.s / fitted.beta == pytest.approx(model.s / model.beta, rel=0.3)


def test_all_of_cdnow_is_like_the_published_sample(cdnow: History) -> None:
    buyers = build_rfm_summary(build_features(cdnow, "1997-10"))
    fitted = fit_pareto_nbd(RfmSummary(buyers.frequency, buyers.recency / 7, buyers.T / 7))
    assert (fitted.r, fitted.alpha) == pytest.approx((CDNOW.r, CDNOW.alpha), rel=0.15)
