"""A challenger scores what the champion scored, after the answer is given; the comparison reaches an MLflow run."""

from __future__ import annotations

import json
import logging
import math
import os
import queue
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlflow.exceptions import MlflowException

from ..scoring import compute_probabilities
from ..scoring.online.errors import ApiError
from ..scoring.online.requests import PreparedRequest
from ..scoring.online.scorer import LaunchScorer, Scorer
from ..tracking.client import open_client
from ..tracking.runs import log_metrics, start_run
from .model_watcher import ModelWatcher

_LOG = logging.getLogger("hotleads.serving")
_MOST_WAITING = 1000
_STOP = None


@dataclass
class _Sums:
    """What two models said of the same leads, added up."""

    leads: int = 0
    champion: float = 0.0
    challenger: float = 0.0
    distance: float = 0.0
    squares: tuple[float, float, float] = (0.0, 0.0, 0.0)
    same_tier: int = 0

    def add(self, first: float, second: float, same_tier: bool) -> None:
        self.leads += 1
        self.champion, self.challenger = self.champion + first, self.challenger + second
        self.distance += abs(first - second)
        a, b, ab = self.squares
        self.squares = a + first * first, b + second * second, ab + first * second
        self.same_tier += same_tier

    def figures(self) -> dict[str, float | None]:
        n, (a, b, ab) = self.leads, self.squares
        spread = (n * a - self.champion**2) * (n * b - self.challenger**2)
        correlation = (n * ab - self.champion * self.challenger) / math.sqrt(spread) if spread > 1e-18 else None
        return {
            "leads": n,
            "champion_mean_probability": self.champion / n,
            "challenger_mean_probability": self.challenger / n,
            "mean_absolute_difference": self.distance / n,
            "same_tier": self.same_tier / n,
            "correlation": correlation,
        }


class Shadow:
    """Scores with ``challenger`` in a thread of its own and holds no answer up: what does not fit is left out."""

    def __init__(self, challenger: ModelWatcher, records: str, flush_seconds: float = 30.0) -> None:
        self.challenger, self._records = challenger, Path(records) if records else None
        self._flush_seconds = flush_seconds
        self._waiting: queue.Queue[tuple[Scorer, PreparedRequest, list[dict[str, Any]]] | None] = queue.Queue(
            _MOST_WAITING
        )
        self._sums: dict[tuple[str, str], _Sums] = {}
        self._runs: dict[tuple[str, str], str] = {}
        self._prepared: dict[tuple[str, str, str], LaunchScorer] = {}
        self._thread = threading.Thread(target=self._work, name="shadow", daemon=True)

    def start(self) -> None:
        """Begin to watch the challenger and to compare."""
        self.challenger.start()
        self._thread.start()

    def stop(self) -> None:
        """Compare what waits, write it down, and end."""
        self.challenger.stop()
        self._waiting.put(_STOP)
        self._thread.join(timeout=60)

    def submit(self, scorer: Scorer, found: PreparedRequest, rows: list[dict[str, Any]]) -> None:
        """Have an answered request scored by the challenger too."""
        try:
            self._waiting.put_nowait((scorer, found, rows))
        except queue.Full:
            _LOG.warning("shadow: the challenger is behind; a request of %d leads is left out", len(found.leads))

    def _work(self) -> None:
        due = time.monotonic() + self._flush_seconds
        while True:
            try:
                item = self._waiting.get(timeout=max(due - time.monotonic(), 0.05))
            except queue.Empty:
                item = ()  # type: ignore[assignment]
            if item:
                self._compare(*item)
            if item is _STOP or time.monotonic() >= due:
                self._flush()
                due = time.monotonic() + self._flush_seconds
            if item is _STOP:
                return

    def _compare(self, scorer: Scorer, found: PreparedRequest, rows: list[dict[str, Any]]) -> None:
        challenger = self.challenger.scorer
        if challenger is None:
            return
        try:
            prepared = self._same_launch(challenger, scorer, found.prepared)
            _, columns = prepared.rows(found.leads)
            logits = prepared.model.explain_matrix(prepared.features(columns, found.as_of)).logit
        except (ApiError, ValueError) as error:
            _LOG.warning("shadow: the challenger cannot score %s: %s", found.prepared.facts.launch.launch_id, error)
            return
        second = compute_probabilities(logits)
        tiers = prepared.facts.policy.assign_tiers(second).tolist()
        pair = scorer.model.version, challenger.model.version
        sums = self._sums.setdefault(pair, _Sums())
        scored = [row for row in rows if "probability" in row]
        for row, probability, tier in zip(scored, second.tolist(), tiers, strict=True):
            sums.add(row["probability"], probability, row["tier"] == tier)
        if self._records is not None:
            self._record(pair, found.prepared.facts.launch.launch_id, scored, second.tolist())

    def _same_launch(self, challenger: Scorer, scorer: Scorer, prepared: LaunchScorer) -> LaunchScorer:
        """The challenger's own view of a launch that it, or nobody, scored; else the champion's context and tiers."""
        launch = prepared.facts.launch
        if launch.launch_id in challenger.launches:
            return challenger.of_launch(launch.launch_id)
        if launch.launch_id not in scorer.launches:
            return challenger.of_other(launch)
        key = challenger.model.version, launch.launch_id, prepared.facts.context.hash
        if key not in self._prepared:
            # Launches are asked for one at a time.
            self._prepared = {key: LaunchScorer(challenger.model, prepared.facts)}
        return self._prepared[key]

    def _record(self, pair: tuple[str, str], launch_id: str, rows: list[dict[str, Any]], second: list[float]) -> None:
        assert self._records is not None
        self._records.mkdir(parents=True, exist_ok=True)
        path = self._records / f"shadow-{pair[0]}-{pair[1]}-{os.getpid()}.jsonl"
        with path.open("a", encoding="utf-8") as file:
            for row, probability in zip(rows, second, strict=True):
                told = {"launch_id": launch_id, "lead_id": row["lead_id"], "as_of": row["as_of"]}
                file.write(json.dumps(told | {"champion": row["probability"], "challenger": probability}) + "\n")

    def _flush(self) -> None:
        for pair, sums in self._sums.items():
            try:
                figures = {name: value for name, value in sums.figures().items() if value is not None}
                if pair not in self._runs:
                    tags = {"job": "shadow", "model_version": pair[0], "challenger_version": pair[1]}
                    with start_run(f"shadow {pair[0]} and {pair[1]}", tags) as run:
                        log_metrics(figures, step=sums.leads)
                    self._runs[pair] = run.info.run_id
                    continue
                client = open_client()
                for name, value in figures.items():
                    client.log_metric(self._runs[pair], name, value, step=sums.leads)
            except (MlflowException, OSError) as error:
                _LOG.warning("shadow: the comparison was not logged, and will be with the next: %s", error)
