"""Scoring a launch as one tracked MLflow run."""

import pandas as pd

from history import History, Launch
from scoring import Language, launch_context, score_launch
from training.registry import CHAMPION_URI, load_registered
from training.tracking import log_metrics, tracked_run


def run_score(
    history: History, launch: Launch, model_uri: str | None, reasons: int, language: Language = "en"
) -> pd.DataFrame:
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
        scores = score_launch(history, launch, model, context, reasons=reasons, language=language)
        counts = scores["tier"].value_counts()
        log_metrics({"leads": len(scores)} | {f"leads_{tier}": int(count) for tier, count in counts.items()})
        if len(scores):
            log_metrics({"mean_probability": float(scores["probability"].mean())})
    return scores
