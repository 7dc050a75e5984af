"""Explain one lead's score, and why it changed."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

import pandas as pd
import pyarrow.dataset as ds

from ..checks import CODES, Finding, check_before_scoring
from ..history import History, Launch, LaunchError
from ..history.contacts import find_leads_by_email
from ..language import Language
from ..scoring import (
    ChangeReason,
    Model,
    Reason,
    ScoringOptions,
    Snapshot,
    TextOptions,
    build_change_reasons,
    build_scored_rows,
    compute_score_change,
    predict_launch,
    take_snapshot,
)
from ..tracking.registry import CHAMPION_URI, load_registered_model
from .doubts import find_doubts


@dataclass(frozen=True)
class ExplainOptions:
    """What to explain.

    Attributes
    ----------
    launch
        Id of the launch.
    lead
        Id of one of its leads, or the lead's e-mail address.
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
    lead_id
        The lead's id, also where an e-mail address was given.
    probability, score, tier
        The lead's probability of buying, and what its scored row makes of it.
    base
        The log-odds that the model gives to every lead before any reason.
    reasons
        The largest reasons, compared with the leads of the launch.
    others
        What all other features add to the log-odds.
    logit
        The lead's log-odds: ``base``, the reasons and ``others`` add up to it.
    change
        Why the score changed; None where nothing was named to compare it with.
    findings
        What puts the launch's scores, or the lead's, in doubt.
    """

    lead_id: str
    probability: float
    score: float
    tier: str
    base: float
    reasons: list[Reason]
    others: float
    logit: float
    change: ScoreChangeSummary | None
    findings: tuple[Finding, ...] = ()


def run_explain(history: History, options: ExplainOptions) -> Explanation:
    """Explain a lead's score. Raises LaunchError where the lead has none, or ``against`` is not earlier."""
    launch = history.get_launch(options.launch)
    model = load_registered_model(options.model_uri or CHAMPION_URI)
    predictions = predict_launch(history, launch, model)
    findings = check_before_scoring(history, launch)
    scoring_options = ScoringOptions(options.reasons, options.language, findings)
    scores = pd.concat(build_scored_rows(predictions, options=scoring_options), ignore_index=True)
    row = _find_row(history, launch, scores, options.lead)
    lead_id, reasons = str(row["lead_id"]), list(row["reasons"])
    against = options.against
    change = (
        None if against is None else _explain_change(history, launch, model, replace(options, lead=lead_id), against)
    )
    return Explanation(
        lead_id=lead_id,
        probability=float(row["probability"]),
        score=float(row["score"]),
        tier=str(row["tier"]),
        base=model.base,
        reasons=reasons,
        others=float(row["logit"]) - model.base - sum(reason["contribution"] for reason in reasons),
        logit=float(row["logit"]),
        change=change,
        findings=(*find_doubts(history, predictions), *_list_findings(row["findings"])),
    )


def _list_findings(codes: Iterable[str]) -> list[Finding]:
    """Return the findings of a scored row, of which it has the codes alone."""
    return [CODES[code].build_finding("scores", "", 1, CODES[code].meaning) for code in codes if code in CODES]


def _find_row(history: History, launch: Launch, scores: pd.DataFrame, lead: str) -> pd.Series:
    """Return the scored row of a lead by its id, else by its e-mail address, which no message repeats."""
    rows = scores[scores["lead_id"] == lead]
    if rows.empty and "@" in lead:
        ids = find_leads_by_email(history, lead)
        rows = scores[scores["lead_id"].isin(ids)]
        if len(rows) > 1:
            shown = ", ".join(rows["lead_id"])
            raise LaunchError(
                f"that e-mail address is of several leads of {launch.launch_id}: {shown}; name one of them"
            )
        lead = ids[0] if ids else lead
    if rows.empty:
        raise _build_not_scored_error(history, launch, lead)
    return rows.iloc[0]


def _build_not_scored_error(history: History, launch: Launch, lead: str) -> LaunchError:
    shown = "with that e-mail address" if "@" in lead else repr(lead)  # an address is never repeated
    of_lead = ds.field("lead_id") == lead
    if not any(len(history.read(table, ["lead_id"], of_lead)) for table in ("leads", "purchases", "events")):
        return LaunchError(f"no row of the history has the lead {shown}; check it", "lead-unknown")
    return LaunchError(
        f"the lead {shown} is not scored in {launch.launch_id}: it was not known in time, its captures name another "
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
