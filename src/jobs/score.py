"""Scoring a launch into a file as one tracked MLflow run."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from ..checks import check_before_scoring
from ..history import History, Launch
from ..scoring import (
    TIERS,
    Economics,
    Language,
    ScoringOptions,
    TierPolicy,
    TierRule,
    build_scored_rows,
    correct_prior,
    estimate_launch_spread,
    forecast_buyers,
    predict_launch,
)
from ..tracking.queries import LAUNCH_PROFILE_FILE
from ..tracking.registry import CHAMPION_URI, load_registered_model
from ..tracking.runs import log_dictionary, log_metrics, log_tags, start_run
from .output import score_file
from .stages import Stages, peak_memory

#: So many of the hottest rows are given back; all are in the file.
_HOTTEST = 10


class Scored(NamedTuple):
    """How many leads were scored, the hottest of them, and what the tiers are expected to bring."""

    leads: int
    hottest: pd.DataFrame
    forecast: pd.DataFrame


def run_score(
    history: History,
    launch: Launch,
    model_uri: str | None,
    out: Path,
    reasons: int,
    language: Language = "en",
    *,
    tiers: TierPolicy | TierRule | None = None,
    prior: float | None = None,
    economics: Economics | None = None,
    stages: Stages | None = None,
) -> Scored:
    """Score a launch's leads with the champion, or the model at ``model_uri``, into the file ``out``.

    ``prior`` is the conversion to expect, where the owner knows it. Raises LaunchError where nobody is there to score,
    or the launch lacks what it needs.
    """
    stages = stages or Stages()
    stages("reading")
    model = load_registered_model(model_uri or CHAMPION_URI)
    launch.check()
    with start_run(f"score {launch.launch_id}", {"job": "score", "launch_id": launch.launch_id}):
        stages("checking")
        found = check_before_scoring(history, launch)
        ranked = predict_launch(history, launch, model, tiers=tiers, progress=stages)
        if prior is not None:
            ranked = correct_prior(ranked, prior, tiers=tiers)
        # Of the model that the rows are of: with a prior it is another than the champion, who knows nothing of it.
        log_tags({"model_version": ranked.model.version, "context_hash": ranked.profile.context.hash})
        hottest = pd.DataFrame()
        with score_file(out) as write:
            options = ScoringOptions(reasons, language, found)
            for rows in build_scored_rows(ranked, options=options, progress=stages):
                hottest = rows.head(_HOTTEST) if hottest.empty else hottest
                stages("writing")
                write(rows)
        stages.end()
        tier = ranked.profile.policy.assign_tiers(ranked.probability)
        expected = forecast_buyers(
            ranked.probability, tier, spread=estimate_launch_spread(model.card), economics=economics
        )
        log_metrics({"leads": len(tier)} | {f"leads_{name}": int(np.sum(tier == name)) for name in TIERS})
        log_metrics({"peak_memory_mb": peak_memory() / 1e6} | {f"seconds_{k}": s for k, s in stages.seconds.items()})
        if len(tier):
            log_metrics({"mean_probability": float(ranked.probability.mean())})
        log_dictionary(ranked.profile.to_json(), LAUNCH_PROFILE_FILE)
        log_dictionary({"tiers": expected.to_dict("records")}, "forecast.json")
    return Scored(len(tier), hottest, expected)
