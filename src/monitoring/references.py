"""What a model has learned from, and the launches that a launch is compared with."""

from collections.abc import Sequence
from datetime import datetime

import pandas as pd

from ..history import History, HistoryError, Launch, LaunchError
from ..scoring import Model
from ..scoring.learned import find_calibration_launch, list_training_windows
from ..training.windows import select_any_product_windows, select_training_windows
from .launch_rows import LaunchRows, read_earlier_rows

TRAINING = "training"


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


def find_earlier_launches(history: History, launch: Launch, model: Model) -> list[Launch]:
    """Return the launches of the same strategy that were over when this one opened, oldest first.

    Where there are none, return the cut-offs that the model learned from. Raises LaunchError where there is neither.
    """
    windows = select_training_windows(history, launch, launch.as_of)
    windows = windows or select_any_product_windows(history, launch, launch.as_of)
    launches = [window for window in windows if window.launch_id in history.launches]
    if not (launches or windows):
        raise LaunchError(
            f"there is nothing to compare {launch.launch_id} with: no {launch.strategy} launch was over before it",
            "no-earlier-launch",
        )
    trained_on = list_training_windows(model)
    return launches or [window for window in windows if window.launch_id in trained_on] or windows


def select_references(
    history: History, launch: LaunchRows, earlier: Sequence[LaunchRows], model: Model, against: str | None
) -> dict[str, list[LaunchRows]]:
    """Return what the drift reports compare with, by name; ``against`` as in ``monitor_launch``.

    Raises HistoryError for a launch that is unknown or did not open before this one.
    """
    windows = list_training_windows(model)
    training = [rows for rows in earlier if rows.name in windows] or list(earlier)
    last = earlier[-1]
    if against is None:
        return {TRAINING: training} | ({last.name: [last]} if len(training) > 1 or training[0] is not last else {})
    if against == TRAINING:
        return {TRAINING: training}
    named = [rows for rows in earlier if rows.name == against]
    return {against: named or [_read_other(history, launch, model, against)]}


def _read_other(history: History, compared: LaunchRows, model: Model, against: str) -> LaunchRows:
    """Read another launch to compare with, which may be of another strategy but not later."""
    launch = history.get_launch(against)
    launch.check()
    if against == compared.name or launch.as_of >= compared.launch.as_of:
        raise HistoryError(f"{against} did not open before {compared.name}; compare with an earlier launch")
    return read_earlier_rows(history, [launch], model, known_at=compared.launch.as_of)[0]
