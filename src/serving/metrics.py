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

    def count(self, scorer: Scorer, found: Asked, rows: list[dict[str, object]]) -> None:
        """Add an answered request. (Kept for later, its rows would hold memory that is warm for the next one.)"""
        tiers = [str(row["tier"]) for row in rows if "tier" in row]
        codes, unseen = [error.code for _, error in found.refused.values()], scorer.unseen(found.leads)
        missing, version = np.isnan(found.values).sum(axis=0), scorer.model.version
        with self._lock:
            self._tiers.update(tiers)
            self._refused.update(codes)
            self._unseen.update(unseen)
            self._missing[version] = self._missing.get(version, 0) + missing
            self._names[version] = scorer.names

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
