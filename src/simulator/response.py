"""How likely a lead is to order in a launch: log-odds, linear in its state at ``as_of``."""

from dataclasses import dataclass

import numpy as np

from .arrays import FloatArray, IntArray, Table
from .calendar import Launch
from .people import People
from .world import World

WEEKS_A_YEAR = 52.0
PRIOR_SHIFT = -1.0
UNNAMED = -0.7
PER_DAY_SINCE_CAPTURE = -0.03
TREATMENT_EFFECT = 0.35
TREATMENT_EFFECT_PER_INTEREST = 0.20
# Where days since the last purchase have their bell, and its width (standard deviation of their logarithm).
REST_DAYS = 60.0
REST_WIDTH = 0.5


@dataclass(frozen=True)
class State(Table):
    """What the answer to a launch depends on besides who the lead is; one row a lead.

    ``channel`` of the capture that counts (-1: none), ``warmth`` of recent activity, ``bought`` everyday orders so far,
    ``days_since_capture``, ``days_since_purchase`` (infinite: none yet), ``active`` 0 after dropout, ``treated`` 1 with
    the coupon.
    """

    channel: IntArray
    warmth: FloatArray
    bought: IntArray
    days_since_capture: FloatArray
    days_since_purchase: FloatArray
    active: IntArray
    treated: IntArray


def compute_order_log_odds(world: World, number: int, people: People, state: State) -> FloatArray:
    """Return log-odds of an order, one a lead."""
    launch, response = world.launches[number], world.response
    interest = people.interest[:, world.catalog.topics[launch.product]]
    log_odds: FloatArray = (
        _compute_base(world, number, launch)
        + response.buying_rate * (np.log1p(WEEKS_A_YEAR * people.buying_rate) - 0.8)
        + response.interest * interest
        + response.warmth * np.log1p(state.warmth)
        + response.loyalty * np.log1p(state.bought)
        + compute_campaign_effect(world, number, state.channel)
        + _compute_unnamed_effect(launch, state)
        + PER_DAY_SINCE_CAPTURE * state.days_since_capture
        + response.dropped_out * (1 - state.active)
        + response.rested * compute_rest(state.days_since_purchase)
        + state.treated * compute_treatment_effect(interest)
    )
    return log_odds


def compute_rest(days_since_purchase: FloatArray) -> FloatArray:
    """Return 1 where the last purchase is ``REST_DAYS`` old, less the further from it, and 0 without a purchase."""
    off = np.log(np.maximum(days_since_purchase, 1e-9) / REST_DAYS) / REST_WIDTH
    rest: FloatArray = np.exp(-0.5 * off**2)
    return rest


def compute_campaign_effect(world: World, number: int, channel: IntArray) -> FloatArray:
    """Return true effect on the log-odds of an order of the campaign through which a lead came; 0 without one."""
    return np.where(channel >= 0, world.campaigns.effect[number, channel], 0.0)


def compute_treatment_effect(interest: FloatArray) -> FloatArray:
    """Return true effect of the coupon on the log-odds of an order."""
    return TREATMENT_EFFECT + TREATMENT_EFFECT_PER_INTEREST * interest


def _compute_unnamed_effect(launch: Launch, state: State) -> FloatArray:
    """Return the lower log-odds of those who entered the perpetual funnel by a form without a launch."""
    return np.where((state.channel < 0) & (launch.strategy == "perpetual"), UNNAMED, 0.0)


def _compute_base(world: World, number: int, launch: Launch) -> float:
    base = {
        "classic": world.response.classic,
        "perpetual": world.response.perpetual,
        "paid": world.response.paid,
    }
    shifted = world.switches.prior_shift and number == len(world.launches) - 1
    return base[launch.strategy] + world.levels[number] + (PRIOR_SHIFT if shifted else 0.0)
