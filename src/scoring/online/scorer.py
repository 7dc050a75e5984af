"""One model made ready to score leads of any launch; it never changes, so a request keeps the one it began with."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...features import FeaturePlan, LeadRows
from ...history import Launch
from ...history.ledger_memory import Ledger, find_owners
from .. import Language, LaunchProfile, Model, ReasonFormatter, TextOptions, build_reasons, compute_score, tier_by_rate
from .columns import columns
from .errors import ApiError
from .rows import ParsedLead, instant_of

_MOST_PREPARED = 8


class LaunchScorer:
    """A model for one launch: its features' plan, its thresholds, its words, and the ``header`` of every answer."""

    def __init__(self, model: Model, facts: LaunchProfile) -> None:
        self.model, self.facts = model, facts
        self.plan = FeaturePlan(model.features, facts.launch, facts.context)
        self.header = {
            "model_version": model.version,
            "feature_hash": model.feature_hash,
            "findings": sorted(model.card.get("findings", ())),
            "context_hash": facts.context.hash,
            "launch_id": facts.launch.launch_id,
            "tier_policy": facts.policy.rule,
        }
        launch = facts.launch
        self._opens = None if launch.problem or launch.strategy == "perpetual" else instant_of(launch.as_of)
        self._perpetual = launch.strategy == "perpetual" and launch.problem is None
        self._tellers: dict[Language, ReasonFormatter] = {}

    def as_of(self, lead: ParsedLead, asked: int | None) -> int:
        """The instant of scoring: the lead's own, the request's or the launch's. Raises Refusal where none is known."""
        at = lead.as_of if lead.as_of is not None else asked if asked is not None else self._opens
        if at is None and self._perpetual:
            at = lead.first_capture(self.facts.launch)
        if at is None:
            raise ApiError(422, "invalid", "required: the launch does not say when this lead is scored", "as_of")
        return at

    def rows(self, leads: Sequence[ParsedLead]) -> tuple[Ledger, LeadRows]:
        """The leads' rows as the kernel takes them, and their ledger."""
        return columns(leads, self.plan)

    def find_owners(self, ledger: Ledger, as_of: Sequence[int]) -> list[int]:
        """The places of the leads that own what the launch sells: owners are in no cohort."""
        product = self.facts.launch.product_id
        owns = find_owners(ledger, product, np.array(as_of, np.int64)) if product is not None else np.empty(0)
        return np.flatnonzero(owns).tolist()

    def features(self, rows: LeadRows, as_of: Sequence[int]) -> NDArray[np.float64]:
        """What the model sees: leads x features."""
        return self.plan.compute(rows, np.array(as_of, np.int64))

    def scored(
        self,
        leads: Sequence[ParsedLead],
        as_of: Sequence[int],
        values: NDArray[np.float64],
        most: int,
        language: Language,
    ) -> list[dict[str, Any]]:
        """A scored row a lead, in their order."""
        explained = self.model.explain_matrix(values)
        instants = np.array(as_of, np.int64)
        told = build_reasons(self._teller(language), values, explained.contributions, most, instants)
        context, policy = self.facts.context, self.facts.policy
        return [
            {
                "lead_id": lead.lead_id,
                "as_of": format_timestamp(at),
                "probability": p,
                "logit": logit,
                "score": compute_score(p, context),
                "tier": policy.assign_tier(p),
                "reasons": reasons,
            }
            for lead, at, p, logit, reasons in zip(
                leads, as_of, explained.probability.tolist(), explained.logit.tolist(), told, strict=True
            )
        ]

    def _teller(self, language: Language) -> ReasonFormatter:
        if language not in self._tellers:
            facts = self.facts
            self._tellers[language] = ReasonFormatter(
                self.model.features, TextOptions(language, facts.context.currency, facts.quantiles)
            )
        return self._tellers[language]


@dataclass(frozen=True)
class Scorer:
    """A model, where it comes from, and the launches that it has scored as a batch (launch id -> facts)."""

    model: Model
    source: str
    launches: Mapping[str, LaunchProfile]

    def of_launch(self, launch_id: str) -> LaunchScorer:
        """Raises Refusal where the launch is not known here."""
        found = self._known.get(launch_id)
        if found is None:
            known = ", ".join(list(self.launches)[-10:]) or "none yet: hotleads score makes one known"
            message = f"this launch is not known here (known are {known}); describe it in the field launch"
            raise ApiError(422, "unknown_launch", message, "launch_id")
        return found

    def of_other(self, launch: Launch) -> LaunchScorer:
        """A launch that no batch has scored: in the model's own context, compared with nobody."""
        return self._prepare(launch)

    @cached_property
    def names(self) -> list[str]:
        """The model's features by name."""
        return [feature.name for feature in self.model.features]

    def unseen(self, leads: Sequence[ParsedLead]) -> Iterator[str]:
        """For each word that a lead says and that the model has not learned from, the column that it stands in."""
        learned = self._learned
        events = learned.get("event_type")
        for lead in leads:
            for row in lead.captures[-1:]:
                for name, word in row.said.items():
                    if name in learned and word not in learned[name]:
                        yield name
            if events is not None:
                for event in lead.events:
                    if event.event_type not in events:
                        yield "event_type"

    @cached_property
    def _learned(self) -> dict[str, frozenset[str]]:
        """For each column of words that features ask about, the words that they know."""
        words: dict[str, set[str]] = {}
        for column, levels in self.model.context.ratios.items():
            words.setdefault(column, set()).update(levels)
        for feature in self.model.features:
            kind, _, rest = feature.measure.partition(":")
            column, _, level = rest.partition("=")
            if feature.source == "captures" and kind in ("level", "ratio"):
                words.setdefault(column, set()).update([level] if level else [])
            elif feature.source == "events":
                words.setdefault("event_type", set()).add(feature.rows)
        return {column: frozenset(known) for column, known in words.items()}

    @cached_property
    def _known(self) -> dict[str, LaunchScorer]:
        return {name: LaunchScorer(self.model, facts) for name, facts in self.launches.items()}

    @cached_property
    def _prepare(self) -> Callable[[Launch], LaunchScorer]:
        context = self.model.context
        policy = tier_by_rate(context)
        return lru_cache(_MOST_PREPARED)(
            lambda launch: LaunchScorer(self.model, LaunchProfile(launch, context, policy))
        )


@lru_cache(maxsize=64)  # most leads of a launch are scored at one instant
def format_timestamp(at: int) -> str:
    """ISO 8601 in UTC."""
    return datetime.fromtimestamp(at // 1_000_000, UTC).replace(microsecond=at % 1_000_000).isoformat()
