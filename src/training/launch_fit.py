"""A launch's model by the settings of a job, with each trial told."""

from datetime import datetime

from ..history import History, Launch
from ..history.progress import ProgressCallback, ignore_progress
from .base_models import ModelParameters
from .fit import FittedModel, fit_model
from .options import FitOptions


def fit_launch(
    history: History,
    launch: Launch,
    as_of: datetime,
    settings: FitOptions,
    progress: ProgressCallback = ignore_progress,
    *,
    parameters: ModelParameters | None = None,
) -> FittedModel:
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
