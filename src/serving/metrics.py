"""Prometheus metrics of what is scored; BentoML's own have the latency of every endpoint.

Counts are added up here and reach Prometheus in ``publish``, since one labelled counter costs a tenth of a request.
"""

import threading
from collections import Counter as Tally
from collections.abc import Sequence
from typing import Any

import numpy as np
from prometheus_client import Counter, Gauge

from ..history.compilation import jit
from ..scoring.online.requests import PreparedRequest
from ..scoring.online.schemas import ScoredLead
from ..scoring.online.scorer import Scorer

_SCORES = Counter("hotleads_scores", "Leads scored", ["tier"])
_LEAD_ERRORS = Counter("hotleads_lead_errors", "Leads that got an error of their own", ["code"])
_MISSING = Counter("hotleads_missing_values", "Scored leads without a value of the feature", ["feature"])
_UNKNOWN = Counter("hotleads_unknown_categories", "Words that the model has not learned from", ["column"])
_MODEL = Gauge("hotleads_model", "1: the model that scores", ["model_version"], multiprocess_mode="livemax")
_LAUNCHES = Gauge("hotleads_known_launches", "Launches with a profile of their own", multiprocess_mode="livemax")


class Metrics:
    """Counts of one worker since they were last published."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tiers: Tally[str] = Tally()
        self._lead_errors: Tally[str] = Tally()
        self._unknown: Tally[str] = Tally()
        self._missing: dict[str, tuple[list[str], np.ndarray]] = {}  # by model version: feature names, and counts
        self._version: str | None = None

    def count_request(self, scorer: Scorer, request: PreparedRequest, rows: Sequence[ScoredLead]) -> None:
        """Count an answered request. (Kept for later, its rows would hold memory that is warm for the next one.)"""
        version, names = scorer.model.version, scorer.feature_names
        with self._lock:
            for row in rows:
                if "tier" in row:
                    self._tiers[row["tier"]] += 1
            for _, error in request.errors.values():
                self._lead_errors[error.code] += 1
            for column in scorer.find_unknown_categories(request.leads):
                self._unknown[column] += 1
            if version not in self._missing:
                self._missing[version] = names, np.zeros(len(names), np.int64)
            _add_missing(request.features, self._missing[version][1])

    def set_model(self, scorer: Scorer | None) -> None:
        """Note the model, and its launches, that score from now on; None: nothing does."""
        if self._version is not None:
            _MODEL.labels(self._version).set(0)
        self._version = None if scorer is None else scorer.model.version
        if self._version is not None:
            _MODEL.labels(self._version).set(1)
        _LAUNCHES.set(0 if scorer is None else len(scorer.launches))

    def publish(self) -> None:
        """Add all counts to the Prometheus metrics."""
        with self._lock:
            counts = [(_SCORES, self._tiers), (_LEAD_ERRORS, self._lead_errors), (_UNKNOWN, self._unknown)]
            missing, self._missing = self._missing, {}
            self._tiers, self._lead_errors, self._unknown = Tally(), Tally(), Tally()
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
