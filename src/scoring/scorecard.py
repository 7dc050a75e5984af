"""The signal card: points for what a lead did lately, decayed by age. A rule of thumb that the model must beat.

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

Values = NDArray[np.float64]


@dataclass(frozen=True)
class ScorecardSignal:
    """One kind of signal. A value is worth ``points`` x (1 - ``weekly_decay``)^(age in weeks) until it lapses.

    ``event_types`` are those that count as it. The latest alone counts, unless ``every_one`` does.
    """

    name: str
    kind: str
    points: float
    weekly_decay: float
    event_types: tuple[str, ...]
    lapses_after_days: float = 30.0
    every_one: bool = False


@dataclass(frozen=True)
class Scorecard:
    """Signals, and from how many points and kinds of them on a lead is hot. Totals are shown up to ``most_points``."""

    signals: tuple[ScorecardSignal, ...]
    hot_points: float = 70.0
    hot_kinds: int = 3
    warm_points: float = 40.0
    most_points: float = 100.0


#: Points and decay of a business card for selling to businesses, on what a creator's leads do instead.
DEFAULT_SCORECARD = Scorecard(
    (
        ScorecardSignal("demo request", "intent", 30, 0.0, ("demo_request", "checkout_started", "cart_abandoned"), 7),
        ScorecardSignal("free trial", "intent", 30, 0.0, ("trial_started", "free_registration"), 14),
        ScorecardSignal("message to the seller", "intent", 30, 0.0, ("contact_sales", "message_to_seller"), 7),
        ScorecardSignal(
            "sales page visit", "intent", 25, 0.20, ("pricing_page_visit", "sales_page_visit"), every_one=True
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
    """All events of these leads as ``signal_scores`` reads them."""
    ids = pa.array(lead_ids, pa.string())
    return history.read("events", ["lead_id", "event_type", "occurred_at"], ds.field("lead_id").isin(ids))


def compute_scorecard(
    history: History, leads: pd.DataFrame, card: Scorecard = DEFAULT_SCORECARD, events: pa.Table | None = None
) -> pd.DataFrame:
    """The card of each lead (``lead_id``, ``as_of``, each lead once), from events before its ``as_of`` alone.

    ``events`` are the ``signal_events`` of these leads, or of more, where they are at hand.
    Columns, in the leads' order: ``signal_points`` (at most the card's ``most_points``), ``raw_signal_points``,
    ``signal_kinds`` (different signals that still count) and ``signal_tier`` (hot, warm or cold).
    """
    ids = pa.array(leads["lead_id"], pa.string())
    table = read_signal_events(history, ids) if events is None else events.filter(pc.is_in(events["lead_id"], ids))
    lead = pc.index_in(table["lead_id"], value_set=ids).to_numpy()
    age = (
        series_to_microseconds(leads["as_of"])[lead] - pc.cast(table["occurred_at"], pa.int64()).to_numpy()
    ) / MICROSECONDS_PER_DAY
    known = age > 0
    points, kinds = np.zeros(len(leads)), np.zeros(len(leads), np.int64)
    for signal in card.signals:
        own = known & (age <= signal.lapses_after_days) & _is_any(table["event_type"], signal.event_types)
        worth = _worth(signal, lead[own], age[own], len(leads))
        points += worth
        kinds += worth > 0
    hot = (points >= card.hot_points) & (kinds >= card.hot_kinds)
    return pd.DataFrame(
        {
            "signal_points": np.minimum(points, card.most_points),
            "raw_signal_points": points,
            "signal_kinds": kinds,
            "signal_tier": np.select([hot, points >= card.warm_points], ["hot", "warm"], "cold"),
        },
        index=leads.index,
    )


def _worth(signal: ScorecardSignal, lead: NDArray[np.int64], age: Values, leads: int) -> Values:
    values = signal.points * (1 - signal.weekly_decay) ** (age / 7)
    if signal.every_one:
        return np.bincount(lead, values, minlength=leads).astype(np.float64)
    latest = np.zeros(leads)
    np.maximum.at(latest, lead, values)
    return latest


def _is_any(column: pa.ChunkedArray, levels: tuple[str, ...]) -> NDArray[np.bool_]:
    return np.asarray(pc.is_in(column, value_set=pa.array(levels, column.type)).to_numpy(), bool)
