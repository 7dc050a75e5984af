"""What a training leaves in its MLflow run: the data and what was learned from it, figures, pictures and the study."""

import tempfile
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd

from ..evaluation import summary_intervals
from ..history import History
from ..reports.plots import (
    gains_picture,
    histogram_picture,
    lift_picture,
    probability_limit,
    reliability_picture,
    standalone,
    study_picture,
)
from ..tracking.runs import log_artifacts, log_dictionary, log_metrics, log_parameters
from .data_facts import data_facts
from .fit import Fitted
from .gate import Verdict
from .settings import Settings
from .trial_runs import log_study


def log_training(history: History, fitted: Fitted, settings: Settings, until: datetime, verdict: Verdict) -> None:
    """Into the active run; nothing personal. Figures of a window are those of leads whom the model had not seen."""
    card = fitted.model.card
    log_parameters(settings.recorded | card["parameters"] | {"until": until.isoformat()} | data_facts(history))
    log_dictionary(card, "card.json")
    log_dictionary(dict(history.manifest), "history_manifest.json")
    log_dictionary(asdict(verdict), "gate.json")
    log_metrics({f"train_{name}": sum(window[name] for window in card["windows"]) for name in ("rows", "buyers")})
    log_study(fitted.study)
    for step, (name, quality) in enumerate(card["quality_on_unseen_windows"].items()):
        log_metrics(quality, "unseen_window_", step)
        for figure, ends in _intervals(fitted, name, settings.seed).items():
            log_metrics(dict(zip((f"{figure}_low", f"{figure}_high"), ends, strict=True)), "unseen_window_", step)
    with tempfile.TemporaryDirectory() as scratch:
        for name, picture in training_pictures(fitted, settings.seed).items():
            (Path(scratch) / f"{name}.svg").write_text(standalone(picture), encoding="utf-8")
        log_artifacts(sorted(Path(scratch).iterdir()))


def training_pictures(fitted: Fitted, seed: int = 0) -> dict[str, str]:
    """By name: reliability, gains and histogram of leads not seen, lift by window, and the study if there was one."""
    known = ~np.isnan(fitted.unseen)
    y, p = fitted.learned.examples.label[known].astype(np.float64), fitted.unseen[known]
    found = {"study": study_picture(fitted.study)} if fitted.study.trials else {}
    if not len(y):
        return found
    limit = probability_limit([(y, p)])
    return found | {
        "reliability": reliability_picture("reliability", y, p, limit),
        "gains": gains_picture("gains", y, p),
        "histogram": histogram_picture("histogram", y, p, limit),
        "lift": lift_picture(_lifts(fitted, seed)),
    }


def _lifts(fitted: Fitted, seed: int) -> pd.DataFrame:
    quality = fitted.model.card["quality_on_unseen_windows"]
    ends = [_intervals(fitted, name, seed).get("lift_10", (np.nan, np.nan)) for name in quality]
    return pd.DataFrame(
        {
            "launch_id": list(quality),
            "lift_10": np.array([figures["lift_10"] for figures in quality.values()], np.float64),
            "low": [low for low, _ in ends],
            "high": [high for _, high in ends],
        }
    )


def _intervals(fitted: Fitted, window: str, seed: int) -> dict[str, tuple[float, float]]:
    examples = fitted.learned.examples
    own = (examples.window == examples.windows.index(window)) & ~np.isnan(fitted.unseen)
    return summary_intervals(examples.label[own], fitted.unseen[own], examples.table.index[own], seed=seed)
