"""A launch's model by the settings of a job, with each trial told."""

from collections.abc import Callable
from datetime import datetime

from ..history import History, Launch
from .base import Parameters
from .fit import Fitted, fit_model
from .settings import Settings

Progress = Callable[[str], None]


def fit_launch(
    history: History,
    launch: Launch,
    as_of: datetime,
    settings: Settings,
    progress: Progress = lambda message: None,
    *,
    parameters: Parameters | None = None,
) -> Fitted:
    """`fit_model` as ``settings`` ask. Raises LaunchError as it does."""

    def on_trial(trial: int, loss: float) -> None:
        progress(f"{launch.launch_id}: trial {trial} of {settings.trials}, log loss {loss:.4f}")

    return fit_model(
        history,
        launch,
        as_of,
        trials=settings.trials,
        seed=settings.seed,
        mature=settings.mature,
        parameters=parameters,
        prior=settings.prior,
        processes=settings.processes,
        cache=settings.cache,
        on_trial=on_trial,
    )
