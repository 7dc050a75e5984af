"""Why one lead has its score, and why it moved."""

from datetime import datetime

import pandas as pd
import pyarrow.dataset as ds

from ..history import History, Launch, LaunchError
from ..scoring import (
    ChangeReason,
    Language,
    Model,
    Reason,
    ScoringOptions,
    Snapshot,
    TextOptions,
    build_change_reasons,
    compute_score_change,
    score_launch,
    take_snapshot,
)
from ..tracking.registry import load_registered_model


def lead_reasons(
    history: History, launch: Launch, model: Model, lead: str, language: Language, most: int
) -> tuple[float, list[Reason]]:
    """The lead's probability and its largest reasons, compared with the launch's leads. Raises LaunchError."""
    scored = score_launch(history, launch, model, options=ScoringOptions(most, language))
    own = scored[scored["lead_id"] == lead]
    if own.empty:
        raise _not_scored(history, launch, lead)
    return float(own["probability"].iloc[0]), list(own["reasons"].iloc[0])


def _not_scored(history: History, launch: Launch, lead: str) -> LaunchError:
    own = ds.field("lead_id") == lead
    if not any(len(history.read(name, ["lead_id"], own)) for name in ("leads", "purchases", "events")):
        return LaunchError(f"no row of the history names the lead {lead!r}; look at the id", "lead-unknown")
    return LaunchError(
        f"lead {lead!r} is not scored in {launch.launch_id}: it was not known in time, its captures name another "
        "launch, it lacks a paid launch's entry product, or it owns the product already",
        "lead-not-in-launch",
    )


def lead_movement(
    history: History, launch: Launch, model: Model, lead: str, against: str, language: Language, most: int
) -> tuple[pd.Series, list[ChangeReason]]:
    """The logit's step from ``against`` (an earlier instant, or another model) to now: its parts, and the changes."""
    now = take_snapshot(history, model, launch.as_of)
    before = _earlier(history, launch, model, against)
    found = compute_score_change(history, launch, [lead], before, now)
    return found.logits.loc[[lead]].iloc[0], build_change_reasons(
        found, lead, TextOptions(language, now.context.currency), most
    )


def _earlier(history: History, launch: Launch, model: Model, against: str) -> Snapshot:
    try:
        instant = datetime.fromisoformat(against)
    except ValueError:
        return take_snapshot(history, load_registered_model(against), launch.as_of)
    if instant.tzinfo is None or instant > launch.as_of:
        opens = launch.as_of.isoformat()
        raise LaunchError(
            f"{against} is no instant with an offset before the launch opens ({opens})", "against-not-earlier"
        )
    return take_snapshot(history, model, instant)
