"""From a request's rows to the kernel's columns."""

from collections.abc import Sequence
from itertools import accumulate
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...features import FeaturePlan
from ...features.columns import Captures, Events, LeadRows, Purchases
from ...history.lead_rows import Categorical, encode_sequences
from ...history.ledger_memory import Ledger, build_ledger
from .rows import CaptureRow, EventRow, ParsedLead

_NO_EVENTS = np.empty(0, np.int64), Categorical.from_values([]), np.empty(0)


def columns(leads: Sequence[ParsedLead], plan: FeaturePlan) -> tuple[Ledger, LeadRows]:
    """The rows of all leads as the kernel takes them, for this plan."""
    found = build_ledger([lead.purchases for lead in leads])
    captures = _capture_columns([lead.captures for lead in leads], plan)
    return found, LeadRows(Purchases(*found[:-1]), captures, _event_columns([lead.events for lead in leads]))


def _spans(rows: Sequence[Sequence[Any]]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    ends = np.array([0, *accumulate(map(len, rows))], np.int64)
    return ends[:-1], ends[1:]


def _capture_columns(leads: Sequence[Sequence[CaptureRow]], plan: FeaturePlan) -> Captures:
    rows = [row for own in leads for row in own]
    said = [row.said for row in rows]
    launch_id, country = encode_sequences(
        [[own.get("launch_id") for own in said], [own.get("country") for own in said]]
    )
    times = np.array([row.captured_at for row in rows], np.int64)
    return Captures(*_spans(leads), times, launch_id, country, plan.encode_captures(said))


def _event_columns(leads: Sequence[Sequence[EventRow]]) -> Events:
    rows = [row for own in leads for row in own]
    if not rows:
        nowhere = np.zeros(len(leads), np.int64)
        return Events(nowhere, nowhere, *_NO_EVENTS)
    return Events(
        *_spans(leads),
        times=np.array([row.occurred_at for row in rows], np.int64),
        event_type=Categorical.from_values([row.event_type for row in rows]),
        value=np.array([row.value for row in rows], np.float64),  # None becomes NaN
    )
