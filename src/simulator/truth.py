"""The truth about each scored lead, written down before anything is drawn."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .arrays import FloatArray, IntArray, Table
from .clock import DailyClock
from .cohorts import CohortRows, select_label_orders
from .draws import to_probability
from .habits import compute_yearly_probability
from .organic_orders import compute_product_shares
from .past import Past
from .payments import PaymentTerms
from .probability import compute_in_time_probability, compute_organic_probability, compute_pending_probability
from .response import compute_campaign_effect, compute_treatment_effect
from .settlement import build_payment_terms
from .windows import LabelWindows
from .world import MATURITY_DAYS, World

UNTESTED, CONTROL, TREATED = -1, 0, 1


@dataclass(frozen=True)
class Truth(Table):
    """One row a scored lead of one launch; probabilities of the label (``_mature``: of the mature one).

    ``campaign_effect`` is what the capture's campaign added to ``probability``. ``treated`` is ``UNTESTED`` outside the
    hold-out, and ``_control`` and ``_treated`` are equal there.
    """

    lead: IntArray
    launch: IntArray
    as_of: FloatArray
    until: FloatArray
    probability: FloatArray
    probability_mature: FloatArray
    probability_control: FloatArray
    probability_treated: FloatArray
    channel: IntArray
    campaign_effect: FloatArray
    treated: IntArray


def record_truth(
    world: World, number: int, past: Past, exposure: CohortRows, log_odds: FloatArray, treated: IntArray
) -> Truth:
    """Record the truth about launch ``number``'s cohort; ``log_odds`` of an order and ``treated`` are one a lead."""
    lead = np.flatnonzero(exposure.scored)
    terms = build_payment_terms(world)
    windows = LabelWindows(
        DailyClock(world.hourly_activity),
        exposure.as_of[lead],
        exposure.until[lead],
        past.people.country[lead],
        terms,
    )
    control, coupon = (odds[lead] for odds in _compute_counterfactuals(world, number, past, log_odds, treated))
    channel = _find_channel(past, exposure.capture[lead])
    plain = _compute_label_probability(world, number, past, exposure, windows, terms)
    mature = _compute_label_probability(world, number, past, exposure, windows, terms.kept(MATURITY_DAYS))
    probability = plain(log_odds[lead])
    return Truth(
        lead=lead,
        launch=np.full(len(lead), number),
        as_of=exposure.as_of[lead],
        until=exposure.until[lead],
        probability=probability,
        probability_mature=mature(log_odds[lead]),
        probability_control=plain(control),
        probability_treated=plain(coupon),
        channel=channel,
        campaign_effect=probability - plain(log_odds[lead] - compute_campaign_effect(world, number, channel)),
        treated=treated[lead],
    )


def _compute_label_probability(
    world: World, number: int, past: Past, exposure: CohortRows, windows: LabelWindows, counted: PaymentTerms
) -> Callable[[FloatArray], FloatArray]:
    """Return P(label) of the scored leads from their log-odds of an order in the launch."""
    lead, launch = np.flatnonzero(exposure.scored), world.launches[number]
    as_of = np.where(exposure.scored, exposure.as_of, np.inf)
    pending = compute_pending_probability(
        past.orders,
        select_label_orders(past.orders, launch),
        as_of,
        exposure.until,
        build_payment_terms(world),
        counted,
    )
    missed = (1 - pending[lead]) * (1 - _compute_organic(world, number, past, lead, as_of[lead], windows, counted))
    if past.habits is not None:
        missed *= 1 - compute_yearly_probability(past.habits.take(lead), exposure.as_of[lead], exposure.until[lead])
    in_time = compute_in_time_probability(windows, counted)
    return lambda log_odds: 1 - missed * (1 - to_probability(log_odds) * in_time)


def _compute_organic(
    world: World,
    number: int,
    past: Past,
    lead: IntArray,
    as_of: FloatArray,
    windows: LabelWindows,
    counted: PaymentTerms,
) -> FloatArray:
    product, people = world.launches[number].product, past.people
    if product >= 0 and not world.catalog.organic_weights[product]:
        return np.zeros(len(lead))
    share = compute_product_shares(world, people)[lead, product] if product >= 0 else np.ones(len(lead))
    active = past.drops_out_at[lead] >= as_of
    rate = people.buying_rate[lead] * active
    return compute_organic_probability(rate, share, people.dropout[lead], windows, counted)


def _compute_counterfactuals(
    world: World, number: int, past: Past, log_odds: FloatArray, treated: IntArray
) -> tuple[FloatArray, FloatArray]:
    """Return log-odds of an order without and with the coupon; as they are for whoever was not in the hold-out."""
    interest = past.people.interest[:, world.catalog.topics[world.launches[number].product]]
    effect = compute_treatment_effect(interest)
    return log_odds - effect * (treated == TREATED), log_odds + effect * (treated == CONTROL)


def _find_channel(past: Past, capture: IntArray) -> IntArray:
    channel = np.full(len(capture), -1)
    channel[capture >= 0] = past.captures.channel[capture[capture >= 0]]
    return channel
