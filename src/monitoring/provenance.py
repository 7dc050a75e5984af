"""What a model has learned from: its training windows, its kind of label, and the launch of its last calibration."""

from collections.abc import Sequence
from datetime import datetime

import pandas as pd

from ..history import History
from ..scoring import Model
from .launch_rows import LaunchRows


def list_training_windows(model: Model) -> set[str]:
    """Return the names of the launches and cut-offs that the model was trained on."""
    return {window["name"] for window in model.card["windows"]}


def find_calibration_launch(model: Model) -> str | None:
    """Return the id of the launch that the model was recalibrated on (``recalibrate_model``), or None."""
    return (model.card.get("recalibrated") or {}).get("on")


def select_trained_label(launch: LaunchRows, model: Model) -> pd.Series:
    """Return the launch's labels of the kind that the model learned, plain or mature; missing while unknown."""
    return launch.leads["label_mature" if model.card["label"] == "mature" else "label"]


def select_unlearned_launches(history: History, model: Model, earlier: Sequence[LaunchRows]) -> list[LaunchRows]:
    """Return the launches that were over after the model last learned how often leads buy.

    That is when it was trained, or when the launch closed that it was recalibrated on: since then it forecasts that
    launch's level.
    """
    learned_at = datetime.fromisoformat(model.card["as_of"])
    last = find_calibration_launch(model)
    if last in history.launches:
        learned_at = max(learned_at, history.launches[last].closes_at)
    return [rows for rows in earlier if rows.launch.closes_at > learned_at]
