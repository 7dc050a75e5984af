"""Prometheus metrics of what is scored; BentoML's own have the latency of every endpoint.

Counting is adding numbers; they reach Prometheus when ``publish`` is called, since one labelled counter costs as much
as a tenth of a request.
"""

import threading
from collections import Counter as Tally
from typing import Any

import numpy as np
from prometheus_client import Counter, Gauge

from ..history.compilation import jit
from ..scoring.online.requests import PreparedRequest
from ..scoring.online.scorer import Scorer

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
        self._missing: dict[str, tuple[list[str], np.ndarray]] = {}  # a model's version -> its features, and counts
        self._version: str | None = None

    def count(self, scorer: Scorer, found: PreparedRequest, rows: list[dict[str, Any]]) -> None:
        """Add an answered request. (Kept for later, its rows would hold memory that is warm for the next one.)"""
        version, names = scorer.model.version, scorer.names
        with self._lock:
            for row in rows:
                if "tier" in row:
                    self._tiers[row["tier"]] += 1
            for _, error in found.refused.values():
                self._refused[error.code] += 1
            for column in scorer.unseen(found.leads):
                self._unseen[column] += 1
            if version not in self._missing:
                self._missing[version] = names, np.zeros(len(names), np.int64)
            _add_missing(found.values, self._missing[version][1])

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
        for names, sums in missing.values():
            for name, count in zip(names, sums.tolist(), strict=True):
                if count:
                    _MISSING.labels(name).inc(count)


@jit(signature="(float64[:, ::1], int64[::1])", nogil=False)  # no request waits for it
def _add_missing(values: Any, counts: Any) -> None:
    for row in values:
        for j in range(len(row)):
            counts[j] += np.isnan(row[j])
