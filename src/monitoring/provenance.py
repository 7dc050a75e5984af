"""What a model has learned from: its windows, its kind of label, and the launch that it was calibrated on last."""

from collections.abc import Sequence
from datetime import datetime

import pandas as pd

from ..history import History
from ..scoring import Model
from .launch_rows import LaunchRows


def list_training_windows(model: Model) -> set[str]:
    """The names of the launches and cut-offs that it was trained on."""
    return {window["name"] for window in model.card["windows"]}


def find_calibration_launch(model: Model) -> str | None:
    """The launch by whose labels it was calibrated anew (``remedy.recalibrated``); None where there is none."""
    return (model.card.get("recalibrated") or {}).get("on")


def select_trained_label(launch: LaunchRows, model: Model) -> pd.Series:
    """The launch's labels of the kind that it learned, plain or mature; missing where they are not known yet."""
    return launch.leads["label_mature" if model.card["label"] == "mature" else "label"]


def select_unlearned_launches(history: History, model: Model, earlier: Sequence[LaunchRows]) -> list[LaunchRows]:
    """Those that were over after it last learned how often leads buy: when it was trained, or by the labels of the
    launch that it was calibrated on, since when it forecasts that one's level and no longer the former."""
    learned_at, last = datetime.fromisoformat(model.card["as_of"]), find_calibration_launch(model)
    if last in history.launches:
        learned_at = max(learned_at, history.launches[last].closes_at)
    return [rows for rows in earlier if rows.launch.closes_at > learned_at]
