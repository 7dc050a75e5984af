"""Campaigns of different quality: who they bring, and how much they add to the odds of buying."""

from dataclasses import dataclass

import numpy as np

from .arrays import FloatArray


@dataclass(frozen=True)
class Channel:
    """One way to reach people; every launch runs one campaign per channel.

    ``selection`` shifts the newcomers' interest in the launch's topic (standard deviations), ``effect`` is the mean
    causal effect on the log-odds of ordering; both vary from launch to launch.
    """

    name: str
    utm_source: str
    utm_medium: str
    newcomers: float
    returning: float
    selection: float
    effect: float


CHANNELS = (
    Channel("cold-video", "facebook", "paid_social", 0.34, 0.06, -0.45, -0.80),
    Channel("lookalike", "instagram", "paid_social", 0.22, 0.06, -0.05, -0.20),
    Channel("retargeting", "facebook", "remarketing", 0.06, 0.22, 0.35, 0.50),
    Channel("search", "google", "cpc", 0.12, 0.04, 0.30, 0.40),
    Channel("live-series", "youtube", "organic", 0.12, 0.14, 0.20, 0.60),
    Channel("newsletter", "email", "email", 0.02, 0.44, 0.10, 0.25),
    Channel("partner", "partner", "affiliate", 0.12, 0.04, 0.00, -0.30),
)


@dataclass(frozen=True)
class Campaigns:
    """Arrays of shape (launches, channels); shares sum to one along channels."""

    newcomers: FloatArray
    returning: FloatArray
    selection: FloatArray
    effect: FloatArray


# What the last launch's money goes to under the campaign-mix switch: each channel's share is multiplied by this.
CHANGED_MIX = np.array([5.0, 2.0, 0.3, 0.3, 0.5, 0.5, 1.0])


def draw_campaigns(launches: int, changed_mix: bool, rng: np.random.Generator) -> Campaigns:
    """Draw each launch's campaigns around their channel's means (sd 0.15 in selection, 0.1 in effect)."""
    shape = (launches, len(CHANNELS))

    def column(name: str) -> FloatArray:
        return np.broadcast_to(np.array([getattr(c, name) for c in CHANNELS]), shape).astype(float)

    def shares(name: str) -> FloatArray:
        weights = column(name) * rng.uniform(0.6, 1.4, shape)
        weights[-1] *= CHANGED_MIX if changed_mix else 1.0
        normalised: FloatArray = weights / weights.sum(axis=1, keepdims=True)
        return normalised

    return Campaigns(
        newcomers=shares("newcomers"),
        returning=shares("returning"),
        selection=column("selection") + rng.normal(0, 0.15, shape),
        effect=column("effect") + rng.normal(0, 0.1, shape),
    )
