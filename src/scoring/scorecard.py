"""The scorecard: points for a lead's recent signals, decayed by age. A rule of thumb that the model must beat.

It never mixes with the learned score: its result is a ``signal_tier``, the model's a ``tier``.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
from numpy.typing import NDArray

from ..history import History
from ..history.timestamps import MICROSECONDS_PER_DAY, series_to_microseconds


@dataclass(frozen=True)
class ScorecardSignal:
    """One kind of signal, worth ``points`` x (1 - ``weekly_decay``)^(age in weeks) until it lapses.

    Parameters
    ----------
    name, kind : str
    points : float
        The worth of a new signal.
    weekly_decay : float
        The share of its worth that a signal loses in a week, between 0 and 1.
    event_types : tuple of str
        The types of events that count as this signal.
    lapses_after_days : float
    counts_all : bool
        Whether every event counts, not the latest alone.
    """

    name: str
    kind: str
    points: float
    weekly_decay: float
    event_types: tuple[str, ...]
    lapses_after_days: float = 30.0
    counts_all: bool = False


@dataclass(frozen=True)
class Scorecard:
    """Signals, and the thresholds of the signal tiers.

    Parameters
    ----------
    signals : tuple of ScorecardSignal
    hot_points : float
        A lead with at least so many points ...
    hot_signals : int
        ... from so many different signals is hot.
    warm_points : float
    max_points : float
        Totals are shown up to so many.
    """

    signals: tuple[ScorecardSignal, ...]
    hot_points: float = 70.0
    hot_signals: int = 3
    warm_points: float = 40.0
    max_points: float = 100.0


#: Points and decay of a scorecard for selling to businesses, on what a creator's leads do instead.
DEFAULT_SCORECARD = Scorecard(
    (
        ScorecardSignal("demo request", "intent", 30, 0.0, ("demo_request", "checkout_started", "cart_abandoned"), 7),
        ScorecardSignal("free trial", "intent", 30, 0.0, ("trial_started", "free_registration"), 14),
        ScorecardSignal("message to the seller", "intent", 30, 0.0, ("contact_sales", "message_to_seller"), 7),
        ScorecardSignal(
            "sales page visit", "intent", 25, 0.20, ("pricing_page_visit", "sales_page_visit"), counts_all=True
        ),
        ScorecardSignal("comparison", "research", 20, 0.15, ("comparison_page_visit",)),
        ScorecardSignal("calculator", "research", 20, 0.15, ("calculator_used",)),
        ScorecardSignal("download", "research", 15, 0.15, ("file_downloaded",)),
        ScorecardSignal("syllabus", "research", 15, 0.15, ("documentation_visit", "syllabus_visit")),
        ScorecardSignal("live class", "engagement", 12, 0.20, ("webinar_attended", "live_class_attended")),
        ScorecardSignal("e-mail click", "engagement", 8, 0.25, ("email_clicked",)),
        ScorecardSignal("return visit", "engagement", 5, 0.25, ("return_visit",)),
        ScorecardSignal("funding", "context", 15, 0.10, ("funding_announced",)),
        ScorecardSignal("hiring", "context", 12, 0.10, ("hiring_announced",)),
        ScorecardSignal("technology change", "context", 10, 0.10, ("technology_changed",)),
    )
)


def read_signal_events(history: History, lead_ids: Iterable[str]) -> pa.Table:
    """Read all events of some leads for ``compute_scorecard``.

    Parameters
    ----------
    history : History
    lead_ids : iterable of str

    Returns
    -------
    pyarrow.Table
        ``lead_id, event_type, occurred_at``.
    """
    ids = pa.array(lead_ids, pa.string())
    return history.read("events", ["lead_id", "event_type", "occurred_at"], ds.field("lead_id").isin(ids))


def compute_scorecard(
    history: History, leads: pd.DataFrame, scorecard: Scorecard = DEFAULT_SCORECARD, events: pa.Table | None = None
) -> pd.DataFrame:
    """Compute the points of each lead from its events before its ``as_of``.

    Parameters
    ----------
    history : History
    leads : DataFrame
        ``lead_id`` and ``as_of``, each lead once.
    scorecard : Scorecard, optional
    events : pyarrow.Table, optional
        The events of these leads, or of more, where ``read_signal_events`` has read them already.

    Returns
    -------
    DataFrame
        In the leads' order: ``signal_points`` (at most the scorecard's ``max_points``), ``raw_signal_points``,
        ``signal_kinds`` (different signals that still count) and ``signal_tier`` (hot, warm or cold).
    """
    ids = pa.array(leads["lead_id"], pa.string())
    table = read_signal_events(history, ids) if events is None else events.filter(pc.is_in(events["lead_id"], ids))
    lead = pc.index_in(table["lead_id"], value_set=ids).to_numpy()
    age_days = (
        series_to_microseconds(leads["as_of"])[lead] - pc.cast(table["occurred_at"], pa.int64()).to_numpy()
    ) / MICROSECONDS_PER_DAY
    is_past = age_days > 0
    points = np.zeros(len(leads))
    signals = np.zeros(len(leads), np.int64)
    for signal in scorecard.signals:
        chosen = is_past & (age_days <= signal.lapses_after_days) & _is_any_of(table["event_type"], signal.event_types)
        worth = _compute_worth(signal, lead[chosen], age_days[chosen], len(leads))
        points += worth
        signals += worth > 0
    hot = (points >= scorecard.hot_points) & (signals >= scorecard.hot_signals)
    return pd.DataFrame(
        {
            "signal_points": np.minimum(points, scorecard.max_points),
            "raw_signal_points": points,
            "signal_kinds": signals,
            "signal_tier": np.select([hot, points >= scorecard.warm_points], ["hot", "warm"], "cold"),
        },
        index=leads.index,
    )


def _compute_worth(
    signal: ScorecardSignal, lead: NDArray[np.int64], age_days: NDArray[np.float64], leads: int
) -> NDArray[np.float64]:
    """Return what a signal is worth to each lead."""
    values = signal.points * (1 - signal.weekly_decay) ** (age_days / 7)
    if signal.counts_all:
        return np.bincount(lead, values, minlength=leads).astype(np.float64)
    latest = np.zeros(leads)
    np.maximum.at(latest, lead, values)
    return latest


def _is_any_of(column: pa.ChunkedArray, levels: tuple[str, ...]) -> NDArray[np.bool_]:
    return np.asarray(pc.is_in(column, value_set=pa.array(levels, column.type)).to_numpy(), bool)
