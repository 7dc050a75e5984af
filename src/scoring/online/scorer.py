"""One model that scores leads of any launch. It never changes, so a request keeps the one that it began with."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from ...history import Launch
from .. import LaunchProfile, Model, tier_by_rate
from .errors import ApiError
from .launch_scorer import LaunchScorer
from .rows import ParsedLead

_MAX_CACHED_LAUNCHES = 8
_MAX_LAUNCHES_NAMED = 10


@dataclass(frozen=True)
class Scorer:
    """A model and the launches that it has scored as a batch.

    Attributes
    ----------
    model
        The model.
    source
        Where it comes from: a folder or an MLflow URI.
    launches
        Profiles by launch id.
    """

    model: Model
    source: str
    launches: Mapping[str, LaunchProfile]

    def get_launch_scorer(self, launch_id: str) -> LaunchScorer:
        """Return the scorer of a launch that a batch has scored. Raises ApiError for an unknown launch."""
        launch_scorer = self._launch_scorers.get(launch_id)
        if launch_scorer is None:
            names = list(self.launches)[-_MAX_LAUNCHES_NAMED:]
            known_launches = ", ".join(names) or "none yet: hotleads score makes one known"
            message = f"this launch is not known here (known are {known_launches}); describe it in the field launch"
            raise ApiError(422, "unknown_launch", message, "launch_id")
        return launch_scorer

    def build_launch_scorer(self, launch: Launch) -> LaunchScorer:
        """Return the scorer of another launch: in the model's own context, compared with nobody."""
        return self._build_cached(launch)

    @cached_property
    def feature_names(self) -> list[str]:
        """The names of the model's features."""
        return [feature.name for feature in self.model.features]

    def find_unknown_categories(self, leads: Sequence[ParsedLead]) -> Iterator[str]:
        """Yield the column of each word, in last captures and events, that the model has not learned from."""
        known_categories = self._known_categories
        event_types = known_categories.get("event_type")
        for lead in leads:
            for row in lead.captures[-1:]:
                for name, word in row.fields.items():
                    if name in known_categories and word not in known_categories[name]:
                        yield name
            if event_types is not None:
                for event in lead.events:
                    if event.event_type not in event_types:
                        yield "event_type"

    @cached_property
    def _known_categories(self) -> dict[str, frozenset[str]]:
        """The words of each column of words that features read."""
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
        return {column: frozenset(levels) for column, levels in words.items()}

    @cached_property
    def _launch_scorers(self) -> dict[str, LaunchScorer]:
        return {launch_id: LaunchScorer(self.model, profile) for launch_id, profile in self.launches.items()}

    @cached_property
    def _build_cached(self) -> Callable[[Launch], LaunchScorer]:
        context = self.model.context
        policy = tier_by_rate(context)
        return lru_cache(_MAX_CACHED_LAUNCHES)(
            lambda launch: LaunchScorer(self.model, LaunchProfile(launch, context, policy))
        )
