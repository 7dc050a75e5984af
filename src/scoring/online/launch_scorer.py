"""A model bound to one launch: from the parsed rows of leads to the kernel's columns, features and scored rows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache
from itertools import accumulate
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...features import FeaturePlan, LeadRows
from ...features.columns import Captures, Events, Purchases
from ...history.launch import Launch
from ...history.lead_rows import Categorical, encode_sequences
from ...history.ledger_memory import Ledger, build_ledger, find_owners
from ...history.timestamps import MICROSECONDS_PER_SECOND, to_microseconds
from ...language import Language
from .. import LaunchProfile, Model, ReasonFormatter, TextOptions, build_reasons, compute_score
from ..learned import TRAINED_ON_LAUNCH, has_learned_from
from .errors import ApiError
from .rows import CaptureRow, EventRow, ParsedLead

_NO_EVENTS = np.empty(0, np.int64), Categorical.from_values([]), np.empty(0)


class EncodedLeads(NamedTuple):
    """Leads as the kernel takes them."""

    ledger: Ledger
    rows: LeadRows


class LaunchScorer:
    """A model for one launch: its feature plan, its tiers, its texts, and the ``header`` of every response.

    Parameters
    ----------
    model
        The model.
    profile
        The launch with its context, tiers and quantiles.
    """

    def __init__(self, model: Model, profile: LaunchProfile) -> None:
        self.model, self.profile = model, profile
        launch = profile.launch
        self.plan = FeaturePlan(model.features, launch, profile.context)
        self.header = {
            "model_version": model.version,
            "feature_hash": model.feature_hash,
            "findings": sorted({*model.card.get("findings", ()), *_find_doubts(model, launch)}),
            "context_hash": profile.context.hash,
            "launch_id": launch.launch_id,
            "tier_policy": profile.policy.rule,
        }
        is_perpetual = launch.strategy == "perpetual"
        self._is_perpetual = is_perpetual and launch.problem is None
        self._launch_as_of = None if launch.problem or is_perpetual else to_microseconds(launch.as_of)
        self.learned_until = _find_learned_until(model, launch)
        self._formatters: dict[Language, ReasonFormatter] = {}

    def resolve_as_of(self, lead: ParsedLead, requested: int | None) -> int:
        """Return when a lead is scored, by itself, the request or the launch. Raises ApiError if none of them says."""
        as_of = lead.as_of
        if as_of is None:
            as_of = requested if requested is not None else self._launch_as_of
        if as_of is None and self._is_perpetual:
            as_of = lead.find_first_capture(self.profile.launch)
        if as_of is None:
            raise ApiError(422, "invalid", "required: the launch has no time of scoring for this lead", "as_of")
        return as_of

    def encode(self, leads: Sequence[ParsedLead]) -> EncodedLeads:
        """Return the leads' rows as the kernel takes them, and their ledger."""
        return encode_leads(leads, self.plan)

    def find_owners(self, ledger: Ledger, as_of: Sequence[int]) -> list[int]:
        """Return the positions of the leads that own the launch's product: owners are in no cohort."""
        product_id = self.profile.launch.product_id
        if product_id is None:
            return []
        return np.flatnonzero(find_owners(ledger, product_id, np.array(as_of, np.int64))).tolist()

    def compute_features(self, rows: LeadRows, as_of: Sequence[int]) -> NDArray[np.float64]:
        """Return what the model sees: leads x features."""
        return self.plan.compute(rows, np.array(as_of, np.int64))

    def score(
        self,
        leads: Sequence[ParsedLead],
        as_of: Sequence[int],
        features: NDArray[np.float64],
        max_reasons: int,
        language: Language,
    ) -> list[dict[str, Any]]:
        """Return a scored row a lead, in their order."""
        explained = self.model.explain_matrix(features)
        times = np.array(as_of, np.int64)
        formatter = self.get_formatter(language)
        reasons = build_reasons(formatter, features, explained.contributions, max_reasons, times)
        context, policy = self.profile.context, self.profile.policy
        return [
            {
                "lead_id": lead.lead_id,
                "as_of": format_timestamp(time),
                "probability": probability,
                "logit": logit,
                "score": compute_score(probability, context),
                "tier": policy.assign_tier(probability),
                "reasons": lead_reasons,
            }
            for lead, time, probability, logit, lead_reasons in zip(
                leads, as_of, explained.probability.tolist(), explained.logit.tolist(), reasons, strict=True
            )
        ]

    def get_formatter(self, language: Language) -> ReasonFormatter:
        """Return what makes the sentences of reasons in a language."""
        if language not in self._formatters:
            options = TextOptions(language, self.profile.context.currency, self.profile.quantiles)
            self._formatters[language] = ReasonFormatter(self.model.features, options)
        return self._formatters[language]


def _find_doubts(model: Model, launch: Launch) -> list[str]:
    """Return findings where the model learned about products, and never about this one, or from this very launch."""
    learned = model.card.get("trained_for", {}).get("product_id")
    products = {learned, *(cart.product_id for cart in model.context.carts)}
    codes = ["product-unseen"] if launch.product_id and learned and launch.product_id not in products else []
    is_known = launch.strategy != "perpetual" and has_learned_from(model, launch)
    return [*codes, TRAINED_ON_LAUNCH] if is_known else codes


def _find_learned_until(model: Model, launch: Launch) -> int | None:
    """Return until when leads of a perpetual launch are among those that the model has learned from."""
    if launch.strategy != "perpetual" or "as_of" not in model.card or not has_learned_from(model, launch):
        return None
    return to_microseconds(datetime.fromisoformat(model.card["as_of"]))


def encode_leads(leads: Sequence[ParsedLead], plan: FeaturePlan) -> EncodedLeads:
    """Return the rows of leads as the kernel takes them for this plan, and their ledger."""
    columns = build_ledger([lead.purchases for lead in leads])
    captures = _encode_captures([lead.captures for lead in leads], plan)
    events = _encode_events([lead.events for lead in leads])
    return EncodedLeads(columns, LeadRows(Purchases(*columns[:-1]), captures, events))


@lru_cache(maxsize=64)  # most leads of a launch are scored at one time
def format_timestamp(time: int) -> str:
    """Return microseconds since 1970 as ISO 8601 in UTC."""
    seconds, microseconds = divmod(time, MICROSECONDS_PER_SECOND)
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=microseconds).isoformat()


def _compute_spans(leads: Sequence[Sequence[object]]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    bounds = np.array([0, *accumulate(map(len, leads))], np.int64)
    return bounds[:-1], bounds[1:]


def _encode_captures(leads: Sequence[Sequence[CaptureRow]], plan: FeaturePlan) -> Captures:
    rows = [row for captures in leads for row in captures]
    fields = [row.fields for row in rows]
    launch_id, country = encode_sequences(
        [[row.get("launch_id") for row in fields], [row.get("country") for row in fields]]
    )
    times = np.array([row.captured_at for row in rows], np.int64)
    return Captures(*_compute_spans(leads), times, launch_id, country, plan.encode_captures(fields))


def _encode_events(leads: Sequence[Sequence[EventRow]]) -> Events:
    rows = [row for events in leads for row in events]
    if not rows:
        zeros = np.zeros(len(leads), np.int64)
        return Events(zeros, zeros, *_NO_EVENTS)
    return Events(
        *_compute_spans(leads),
        times=np.array([row.occurred_at for row in rows], np.int64),
        event_type=Categorical.from_values([row.event_type for row in rows]),
        value=np.array([row.value for row in rows], np.float64),  # None becomes NaN
    )
