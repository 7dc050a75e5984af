"""Score with a challenger what the champion scored, after the response; the comparison goes to an MLflow run."""

from __future__ import annotations

import json
import logging
import math
import os
import queue
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from mlflow.exceptions import MlflowException

from ..scoring import compute_probabilities
from ..scoring.online.errors import ApiError
from ..scoring.online.launch_scorer import LaunchScorer
from ..scoring.online.requests import PreparedRequest
from ..scoring.online.schemas import ScoredLead
from ..scoring.online.scorer import Scorer
from ..tracking.client import open_client
from ..tracking.runs import log_metrics, start_run
from .model_watcher import ModelWatcher

_LOG = logging.getLogger("hotleads.serving")
_MAX_WAITING_REQUESTS = 1000
_FLUSH_SECONDS = 30.0
_STOP = None

#: The versions of champion and challenger.
Versions = tuple[str, str]


@dataclass
class _Comparison:
    """Sums over the leads that both models scored."""

    leads: int = 0
    champion: float = 0.0
    challenger: float = 0.0
    distance: float = 0.0
    products: tuple[float, float, float] = (0.0, 0.0, 0.0)  # champion squared, challenger squared, both
    same_tier: int = 0

    def add(self, champion: float, challenger: float, same_tier: bool) -> None:
        self.leads += 1
        self.champion, self.challenger = self.champion + champion, self.challenger + challenger
        self.distance += abs(champion - challenger)
        a, b, ab = self.products
        self.products = a + champion * champion, b + challenger * challenger, ab + champion * challenger
        self.same_tier += same_tier

    def compute_metrics(self) -> dict[str, float | None]:
        n, (a, b, ab) = self.leads, self.products
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


class _Task(NamedTuple):
    """An answered request."""

    scorer: Scorer
    request: PreparedRequest
    rows: Sequence[ScoredLead]


class Shadow:
    """Scores with a challenger in a thread of its own and delays no response: what does not fit is dropped.

    Parameters
    ----------
    challenger
        The watcher of the second model.
    records
        A folder for both models' probabilities; empty: none.
    """

    def __init__(self, challenger: ModelWatcher, records: str) -> None:
        self.challenger, self._records = challenger, Path(records) if records else None
        self._waiting: queue.Queue[_Task | None] = queue.Queue(_MAX_WAITING_REQUESTS)
        self._comparisons: dict[Versions, _Comparison] = {}
        self._run_ids: dict[Versions, str] = {}
        self._launch_scorers: dict[tuple[str, str, str], LaunchScorer] = {}
        self._thread = threading.Thread(target=self._work, name="shadow", daemon=True)

    def start(self) -> None:
        """Start watching the challenger and comparing."""
        self.challenger.start()
        self._thread.start()

    def stop(self) -> None:
        """Compare the waiting requests, log the comparison, and end."""
        self.challenger.stop()
        self._waiting.put(_STOP)
        self._thread.join(timeout=60)

    def submit(self, scorer: Scorer, request: PreparedRequest, rows: Sequence[ScoredLead]) -> None:
        """Hand an answered request to the challenger."""
        try:
            self._waiting.put_nowait(_Task(scorer, request, rows))
        except queue.Full:
            _LOG.warning("shadow: the challenger is behind; a request of %d leads is dropped", len(request.leads))

    def _work(self) -> None:
        due = time.monotonic() + _FLUSH_SECONDS
        is_running = True
        while is_running:
            try:
                task = self._waiting.get(timeout=max(due - time.monotonic(), 0.05))
            except queue.Empty:
                pass
            else:
                is_running = task is not _STOP
                if task is not _STOP:
                    self._compare(task)
            if not is_running or time.monotonic() >= due:
                self._flush()
                due = time.monotonic() + _FLUSH_SECONDS

    def _compare(self, task: _Task) -> None:
        challenger, request = self.challenger.scorer, task.request
        if challenger is None:
            return
        launch_id = request.launch_scorer.profile.launch.launch_id
        try:
            launch_scorer = self._choose_launch_scorer(challenger, task)
            features = launch_scorer.compute_features(launch_scorer.encode(request.leads).rows, request.as_of)
            logits = launch_scorer.model.explain_matrix(features).logit
        except (ApiError, ValueError) as error:
            _LOG.warning("shadow: the challenger cannot score %s: %s", launch_id, error)
            return
        probabilities = compute_probabilities(logits)
        tiers = launch_scorer.profile.policy.assign_tiers(probabilities).tolist()
        versions = task.scorer.model.version, challenger.model.version
        comparison = self._comparisons.setdefault(versions, _Comparison())
        scored = [row for row in task.rows if "probability" in row]
        for row, probability, tier in zip(scored, probabilities.tolist(), tiers, strict=True):
            comparison.add(row["probability"], probability, row["tier"] == tier)
        if self._records is not None:
            self._write_records(self._records, versions, launch_id, scored, probabilities.tolist())

    def _choose_launch_scorer(self, challenger: Scorer, task: _Task) -> LaunchScorer:
        """Return the challenger's own scorer of a launch that it, or nobody, scored; else in the champion's context."""
        profile = task.request.launch_scorer.profile
        launch = profile.launch
        if launch.launch_id in challenger.launches:
            return challenger.get_launch_scorer(launch.launch_id)
        if launch.launch_id not in task.scorer.launches:
            return challenger.build_launch_scorer(launch)
        key = challenger.model.version, launch.launch_id, profile.context.hash
        if key not in self._launch_scorers:
            # One is enough: requests are mostly for one launch at a time.
            self._launch_scorers = {key: LaunchScorer(challenger.model, profile)}
        return self._launch_scorers[key]

    def _write_records(
        self, folder: Path, versions: Versions, launch_id: str, rows: Sequence[ScoredLead], challenger: list[float]
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"shadow-{versions[0]}-{versions[1]}-{os.getpid()}.jsonl"
        with path.open("a", encoding="utf-8") as file:
            for row, probability in zip(rows, challenger, strict=True):
                lead = {"launch_id": launch_id, "lead_id": row["lead_id"], "as_of": row["as_of"]}
                file.write(json.dumps(lead | {"champion": row["probability"], "challenger": probability}) + "\n")

    def _flush(self) -> None:
        for versions, comparison in self._comparisons.items():
            try:
                self._log_comparison(versions, comparison)
            except (MlflowException, OSError) as error:
                _LOG.warning("shadow: the comparison was not logged, and will be with the next: %s", error)

    def _log_comparison(self, versions: Versions, comparison: _Comparison) -> None:
        metrics = {name: value for name, value in comparison.compute_metrics().items() if value is not None}
        run_id = self._run_ids.get(versions)
        if run_id is None:
            tags = {"job": "shadow", "model_version": versions[0], "challenger_version": versions[1]}
            with start_run(f"shadow {versions[0]} and {versions[1]}", tags) as run:
                log_metrics(metrics, step=comparison.leads)
            self._run_ids[versions] = run.info.run_id
            return
        client = open_client()
        for name, value in metrics.items():
            client.log_metric(run_id, name, value, step=comparison.leads)
