"""The hottest leads that somebody has time for, and what they are expected to bring."""

from typing import NamedTuple

import numpy as np

from ...scoring.forecast import forecast_by_length
from ..models import CurrentScore, Launch
from .launch_figures import read_spread

DEFAULT_CAPACITY = 200
MAX_CAPACITY = 5_000


class CallList(NamedTuple):
    """The hottest leads of a launch, as many as can be called.

    Attributes
    ----------
    leads
        How many there are, at most as many as asked for.
    probability
        The least chance to buy among them; None on an empty list.
    expected, low, high
        The buyers expected of them, with the 90% interval of ``forecast_by_length``.
    """

    leads: int
    probability: float | None
    expected: float
    low: int
    high: int


def read_call_list(launch: Launch, capacity: int) -> CallList:
    """Read the hottest leads of a launch, at most ``capacity``."""
    scores = CurrentScore.objects.filter(launch=launch, contact__merged_into=None).order_by(
        "-probability", "contact_id"
    )
    hottest = np.array(scores.values_list("probability", flat=True)[: min(capacity, MAX_CAPACITY)], np.float64)
    lengths = np.array([len(hottest)], np.int64)
    row = forecast_by_length(hottest, lengths, spread=read_spread()).iloc[0]
    least = float(row["probability"]) if len(hottest) else None
    return CallList(len(hottest), least, float(row["buyers"]), int(row["low"]), int(row["high"]))
