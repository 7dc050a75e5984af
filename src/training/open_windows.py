"""Windows that are not over yet: who has bought so far, against the share that usually has by then.

They tell a level that moves earlier than windows that are over. What share of a window's buyers has bought by its k-th
day is known from those; where they do not tell it, open windows are left out.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..features import build_context, compute_features
from ..history import History, Launch, build_cohort
from ..history.cohort import build_cohorts
from ..scoring import Model, compute_probabilities
from .training_set import MIN_BUYERS
from .windows import list_like, select_training_windows

#: By so small a part of its length a window tells nothing.
_MIN_ELAPSED_SHARE = 0.1
#: The standard deviation of the log of the share that has bought, from window to window, before any is seen, and the
#: windows that this is worth.
_TIMING_SPREAD, _TIMING_WINDOWS = 0.2, 2


class Timing(NamedTuple):
    """What share of a window's buyers has bought by some time, and the variance of its log from window to window."""

    share: float
    variance: float


def describe_open_windows(
    history: History, target: Launch, as_of: datetime, model: Model, learned: Collection[str]
) -> dict[str, dict[str, float]]:
    """Describe the windows like the target's that are open at ``as_of``, as ``fit_launch_levels`` reads them.

    Parameters
    ----------
    history : History
    target : Launch
        The launch that the model is for.
    as_of : datetime.datetime
        Nothing that happened at or after it is used.
    model : Model
        The model, which has seen none of them, calibrated by windows that were over.
    learned : collection of str
        The names of those.

    Returns
    -------
    dict of str to dict of str to float
        By window, oldest first: ``n``, its leads times the share of buyers that has bought by now, ``base_rate``,
        ``mean_probability`` and ``timing_variance``. Windows whose timing is not known are left out.
    """
    closed = [window for window in select_training_windows(history, target, as_of) if window.launch_id in learned]
    described = {}
    for window in list_like(history, target):
        elapsed = as_of - window.as_of
        if window.strategy == "perpetual":  # each of its leads has a window: those count that are half over
            elapsed = timedelta(days=window.length.days // 2)
        is_open = window.as_of + elapsed <= as_of < window.closes_at and window.launch_id != target.launch_id
        if is_open and elapsed >= max(_MIN_ELAPSED_SHARE * window.length, timedelta(days=1)):
            timing = measure_timing(history, closed, as_of, elapsed)
            figures = timing and _describe_window(history, window, elapsed, as_of, model, timing)
            if figures:
                described[window.launch_id] = figures
    return described


def measure_timing(history: History, closed: list[Launch], as_of: datetime, elapsed: timedelta) -> Timing | None:
    """Measure the share of buyers that has bought when so much of the window is over; None where too few tell it."""
    early = build_cohorts(history, [window.with_length(elapsed) for window in closed], observed_until=as_of)
    whole = build_cohorts(history, closed, observed_until=as_of)
    counts = []
    for soon, late in zip(early, whole, strict=True):
        is_over = (late["until"] <= as_of).to_numpy()
        counts.append((soon["label"].to_numpy()[is_over].sum(), late["label"].to_numpy()[is_over].sum()))
    return estimate_timing(np.array(counts, np.float64).reshape(-1, 2))


def estimate_timing(counts: NDArray[np.float64]) -> Timing | None:
    """Estimate the share of buyers that has bought early from the early and all buyers of each window, a row each.

    Windows with few buyers are left out; None where fewer than two are left, or too few buyers were early. The variance
    is what the windows' shares differ beyond chance, with a prior.
    """
    soon, late = counts[counts[:, 1] >= MIN_BUYERS].T
    if len(late) < 2 or soon.sum() < MIN_BUYERS:
        return None
    share = float(soon.sum() / late.sum())
    beyond_chance = float(np.sum((soon / late / share - 1) ** 2 - (1 - share) / (share * late)))
    prior = _TIMING_WINDOWS * _TIMING_SPREAD**2
    return Timing(share, (prior + max(beyond_chance, 0.0)) / (_TIMING_WINDOWS + len(late) - 1))


def _describe_window(
    history: History, window: Launch, elapsed: timedelta, as_of: datetime, model: Model, timing: Timing
) -> dict[str, float] | None:
    """Return the figures of an open window by the buyers of the time that has elapsed; None where it has no leads."""
    leads = build_cohort(history, window.with_length(elapsed), observed_until=as_of)
    is_open = (leads["until"] <= as_of) & (leads["as_of"] + window.length > as_of)
    leads = leads[is_open].reset_index(drop=True)
    if leads.empty:
        return None
    context = build_context(history, window.as_of, currency=model.context.currency)
    table = compute_features(history, window, leads[["lead_id", "as_of"]], context, model.features)
    grown = len(leads) * timing.share
    return {
        "n": grown,
        "base_rate": float(leads["label"].sum() / grown),
        "mean_probability": float(compute_probabilities(model.predict_logits(table)).mean()),
        "timing_variance": timing.variance,
    }
