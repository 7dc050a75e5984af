"""Scoring a launch as one tracked MLflow run."""

from typing import NamedTuple

import pandas as pd

from history import History, Launch
from scoring import (
    Economics,
    Language,
    TierPolicy,
    TierRule,
    forecast,
    launch_context,
    launch_spread,
    score_launch,
)
from training.launch_runs import LAUNCH_FACTS
from training.registry import CHAMPION_URI, load_registered
from training.tracking import log_dictionary, log_metrics, tracked_run


class Scored(NamedTuple):
    """A launch's scored rows, and what its tiers are expected to bring."""

    rows: pd.DataFrame
    forecast: pd.DataFrame


def run_score(
    history: History,
    launch: Launch,
    model_uri: str | None,
    reasons: int,
    language: Language = "en",
    *,
    tiers: TierPolicy | TierRule | None = None,
    economics: Economics | None = None,
) -> Scored:
    """Score a launch's leads with the champion, or the model at ``model_uri``."""
    model = load_registered(model_uri or CHAMPION_URI)
    context = launch_context(history, launch, model)
    tags = {
        "job": "score",
        "launch_id": launch.launch_id,
        "model_version": model.version,
        "context_hash": context.hash,
    }
    with tracked_run(f"score {launch.launch_id}", tags):
        scores = score_launch(
            history,
            launch,
            model,
            context,
            reasons=reasons,
            language=language,
            tiers=tiers,
            tell_facts=lambda facts: log_dictionary(facts.to_json(), LAUNCH_FACTS),
        )
        counts = scores["tier"].value_counts()
        log_metrics({"leads": len(scores)} | {f"leads_{tier}": int(count) for tier, count in counts.items()})
        if len(scores):
            log_metrics({"mean_probability": float(scores["probability"].mean())})
        expected = forecast(
            scores["probability"].to_numpy(),
            scores["tier"].to_numpy(),
            spread=launch_spread(model.card),
            economics=economics,
        )
        log_dictionary({"tiers": expected.to_dict("records")}, "forecast.json")
    return Scored(scores, expected)
