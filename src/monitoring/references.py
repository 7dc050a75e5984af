"""Which launches a launch is compared with."""

from collections.abc import Sequence

from ..history import History, HistoryError, Launch, LaunchError
from ..scoring import Model
from ..training.windows import select_training_windows
from .launch_rows import LaunchRows, read_earlier_rows
from .provenance import list_training_windows

TRAINING = "training"


def find_earlier_launches(history: History, launch: Launch, model: Model) -> list[Launch]:
    """The launches of the same strategy that were over when this one opened, oldest first; where there are none, the
    cut-offs that the model learned from. Raises LaunchError where there is neither."""
    windows = select_training_windows(history, launch, launch.as_of)
    launches = [window for window in windows if window.launch_id in history.launches]
    if not (launches or windows):
        raise LaunchError(
            f"there is nothing to compare {launch.launch_id} with: no {launch.strategy} launch was over before it",
            "no-earlier-launch",
        )
    learned = list_training_windows(model)
    return launches or [window for window in windows if window.launch_id in learned] or windows


def select_references(
    history: History, rows: LaunchRows, earlier: Sequence[LaunchRows], model: Model, against: str | None
) -> dict[str, list[LaunchRows]]:
    """What the drift reports compare with, by name; ``against`` as in ``monitor_launch``.

    Raises HistoryError for a launch that is unknown or did not open before this one.
    """
    learned = list_training_windows(model)
    training = [each for each in earlier if each.name in learned] or list(earlier)
    last = earlier[-1]
    if against is None:
        return {TRAINING: training} | ({last.name: [last]} if len(training) > 1 or training[0] is not last else {})
    if against == TRAINING:
        return {TRAINING: training}
    found = [each for each in earlier if each.name == against]
    return {against: found or [_other(history, rows, model, against)]}


def _other(history: History, rows: LaunchRows, model: Model, against: str) -> LaunchRows:
    """Another launch to compare with, which may be of another strategy but not later."""
    launch = history.get_launch(against)
    launch.check()
    if against == rows.name or launch.as_of >= rows.launch.as_of:
        raise HistoryError(f"{against} did not open before {rows.name}; compare with an earlier launch")
    return read_earlier_rows(history, [launch], model, known_at=rows.launch.as_of)[0]
