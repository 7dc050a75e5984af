"""Explain one lead's score, and why it changed."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

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
from ..tracking.registry import CHAMPION_URI, load_registered_model


@dataclass(frozen=True)
class ExplainOptions:
    """What to explain.

    Attributes
    ----------
    launch, lead
        Ids of the launch and of one of its leads.
    against
        Also explain the change since this instant (ISO 8601 with an offset), or from this model (folder or MLflow URI).
    model_uri
        Model folder or MLflow URI (default: the champion).
    reasons
        How many reasons, and how many changes.
    language
        Language of the reasons.
    """

    launch: str
    lead: str
    against: str | None = None
    model_uri: str | None = None
    reasons: int = 3
    language: Language = "en"


class ScoreChangeSummary(NamedTuple):
    """Why a score changed.

    Attributes
    ----------
    logits
        Log-odds ``before`` and ``after``, and the parts of the step: ``time``, ``lead``, ``model``.
    reasons
        The largest changes.
    """

    logits: pd.Series
    reasons: list[ChangeReason]


class Explanation(NamedTuple):
    """A lead's score explained.

    Attributes
    ----------
    probability
        The lead's probability of buying.
    reasons
        The largest reasons, compared with the leads of the launch.
    change
        Why the score changed; None where nothing was named to compare it with.
    """

    probability: float
    reasons: list[Reason]
    change: ScoreChangeSummary | None


def run_explain(history: History, options: ExplainOptions) -> Explanation:
    """Explain a lead's score. Raises LaunchError where the lead has none, or ``against`` is not earlier."""
    launch = history.get_launch(options.launch)
    model = load_registered_model(options.model_uri or CHAMPION_URI)
    scores = score_launch(history, launch, model, options=ScoringOptions(options.reasons, options.language))
    row = scores[scores["lead_id"] == options.lead]
    if row.empty:
        raise _build_not_scored_error(history, launch, options.lead)
    change = None if options.against is None else _explain_change(history, launch, model, options, options.against)
    return Explanation(float(row["probability"].iloc[0]), list(row["reasons"].iloc[0]), change)


def _build_not_scored_error(history: History, launch: Launch, lead: str) -> LaunchError:
    of_lead = ds.field("lead_id") == lead
    if not any(len(history.read(table, ["lead_id"], of_lead)) for table in ("leads", "purchases", "events")):
        return LaunchError(f"no row of the history has the lead {lead!r}; check the id", "lead-unknown")
    return LaunchError(
        f"lead {lead!r} is not scored in {launch.launch_id}: it was not known in time, its captures name another "
        "launch, it lacks a paid launch's entry product, or it owns the product already",
        "lead-not-in-launch",
    )


def _explain_change(
    history: History, launch: Launch, model: Model, options: ExplainOptions, against: str
) -> ScoreChangeSummary:
    after = take_snapshot(history, model, launch.as_of)
    before = _take_earlier_snapshot(history, launch, model, against)
    change = compute_score_change(history, launch, [options.lead], before, after)
    text = TextOptions(options.language, after.context.currency)
    reasons = build_change_reasons(change, options.lead, text, options.reasons)
    return ScoreChangeSummary(change.logits.loc[[options.lead]].iloc[0], reasons)


def _take_earlier_snapshot(history: History, launch: Launch, model: Model, against: str) -> Snapshot:
    try:
        instant = datetime.fromisoformat(against)
    except ValueError:
        return take_snapshot(history, load_registered_model(against), launch.as_of)
    if instant.tzinfo is None or instant > launch.as_of:
        raise LaunchError(
            f"{against} is not a time with an offset before the launch opens ({launch.as_of.isoformat()})",
            "comparison-not-earlier",
        )
    return take_snapshot(history, model, instant)
