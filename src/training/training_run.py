"""What a training leaves in its MLflow run: the data and what was learned from it, figures, pictures and the study."""

import tempfile
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd

from ..evaluation import BootstrapOptions, bootstrap_summary
from ..history import History
from ..reports.plots import (
    compute_probability_limit,
    plot_gains,
    plot_histogram,
    plot_lifts,
    plot_reliability,
    plot_study,
    to_standalone_svg,
)
from ..tracking.runs import log_artifacts, log_dictionary, log_metrics, log_parameters
from .data_facts import describe_history
from .fit import FittedModel
from .gate import GateDecision
from .options import FitOptions
from .trial_runs import log_study


def log_training(
    history: History, fitted: FittedModel, settings: FitOptions, until: datetime, verdict: GateDecision
) -> None:
    """Into the active run; nothing personal. Figures of a window are those of leads whom the model had not seen."""
    card = fitted.model.card
    log_parameters(settings.recorded | card["parameters"] | {"until": until.isoformat()} | describe_history(history))
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
        for name, picture in plot_training(fitted, settings.seed).items():
            (Path(scratch) / f"{name}.svg").write_text(to_standalone_svg(picture), encoding="utf-8")
        log_artifacts(sorted(Path(scratch).iterdir()))


def plot_training(fitted: FittedModel, seed: int = 0) -> dict[str, str]:
    """By name: reliability, gains and histogram of leads not seen, lift by window, and the study if there was one."""
    known = ~np.isnan(fitted.unseen)
    y, p = fitted.learned.examples.label[known].astype(np.float64), fitted.unseen[known]
    found = {"study": plot_study(fitted.study)} if fitted.study.trials else {}
    if not len(y):
        return found
    limit = compute_probability_limit([(y, p)])
    return found | {
        "reliability": plot_reliability("reliability", y, p, limit),
        "gains": plot_gains("gains", y, p),
        "histogram": plot_histogram("histogram", y, p, limit),
        "lift": plot_lifts(_lifts(fitted, seed)),
    }


def _lifts(fitted: FittedModel, seed: int) -> pd.DataFrame:
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


def _intervals(fitted: FittedModel, window: str, seed: int) -> dict[str, tuple[float, float]]:
    examples = fitted.learned.examples
    own = (examples.window == examples.windows.index(window)) & ~np.isnan(fitted.unseen)
    return bootstrap_summary(
        examples.label[own], fitted.unseen[own], examples.table.index[own], options=BootstrapOptions(seed=seed)
    )
