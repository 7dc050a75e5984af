"""Prometheus metrics of what is scored; BentoML's own have the latency of every endpoint.

Counting is adding numbers; they reach Prometheus when ``publish`` is called, since one labelled counter costs as much
as a tenth of a request.
"""

import threading
from collections import Counter as Tally

import numpy as np
from prometheus_client import Counter, Gauge

from serving.answers import Asked
from serving.scorer import Scorer

_SCORES = Counter("hotleads_scores", "Leads scored", ["tier"])
_REFUSED = Counter("hotleads_refused_leads", "Leads that got an error of their own", ["code"])
_MISSING = Counter("hotleads_missing_values", "Scored leads without a value of the feature", ["feature"])
_UNSEEN = Counter("hotleads_unseen_categories", "Words that the model has not learned from", ["column"])
_MODEL = Gauge("hotleads_model", "1: the model that scores", ["model_version"], multiprocess_mode="livemax")
_LAUNCHES = Gauge("hotleads_launches_known", "Launches with facts of their own", multiprocess_mode="livemax")


#: So many leads are counted at once.
_TOGETHER = 200


class Metrics:
    """Counts of one worker since they were last published."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tiers: Tally[str] = Tally()
        self._refused: Tally[str] = Tally()
        self._unseen: Tally[str] = Tally()
        self._missing: dict[str, np.ndarray] = {}
        self._names: dict[str, list[str]] = {}
        self._version: str | None = None
        self._answered: list[tuple[Scorer, Asked, list[dict[str, object]]]] = []
        self._leads = 0

    def count(self, scorer: Scorer, found: Asked, rows: list[dict[str, object]]) -> None:
        """Add an answered request; small ones wait and are added together."""
        with self._lock:
            self._answered.append((scorer, found, rows))
            self._leads += found.size
            if self._leads >= _TOGETHER:
                self._add_up()

    def _add_up(self) -> None:
        missing: dict[str, list[np.ndarray]] = {}
        for scorer, found, rows in self._answered:
            self._tiers.update(str(row["tier"]) for row in rows if "tier" in row)
            self._refused.update(error.code for _, error in found.refused.values())
            self._unseen.update(scorer.unseen(found.leads))
            missing.setdefault(scorer.model.version, []).append(found.values)
            self._names[scorer.model.version] = scorer.names
        for version, values in missing.items():
            self._missing[version] = self._missing.get(version, 0) + np.isnan(np.concatenate(values)).sum(axis=0)
        self._answered, self._leads = [], 0

    def swapped(self, scorer: Scorer) -> None:
        """Another model, or other launches, score from now on."""
        if self._version is not None:
            _MODEL.labels(self._version).set(0)
        self._version = scorer.model.version
        _MODEL.labels(self._version).set(1)
        _LAUNCHES.set(len(scorer.launches))

    def publish(self) -> None:
        """Hand all counts over to Prometheus."""
        with self._lock:
            self._add_up()
            counts = [(_SCORES, self._tiers), (_REFUSED, self._refused), (_UNSEEN, self._unseen)]
            missing, self._missing = self._missing, {}
            self._tiers, self._refused, self._unseen = Tally(), Tally(), Tally()
        for counter, tally in counts:
            for label, count in tally.items():
                counter.labels(label).inc(count)
        for version, sums in missing.items():
            for name, count in zip(self._names[version], sums.tolist(), strict=True):
                if count:
                    _MISSING.labels(name).inc(count)
