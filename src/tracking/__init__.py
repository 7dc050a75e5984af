"""MLflow: the client, the model registry with its aliases, and queries of runs."""

from typing import TYPE_CHECKING

from ..lazy_exports import attach_exports

if TYPE_CHECKING:
    from .client import EXPERIMENT, configure_mlflow, get_tracking_uri, open_client
    from .queries import (
        LAUNCH_PROFILE_FILE,
        find_runs,
        find_scoring_model,
        find_scoring_run,
        find_scoring_runs,
        load_launch_profile,
    )
    from .registry import (
        CHALLENGER,
        CHAMPION,
        CHAMPION_URI,
        REGISTERED_MODEL,
        build_model_uri,
        get_champion_version,
        load_registered_model,
        promote,
        register_model,
        resolve_model_version,
        rollback,
        set_challenger,
    )
    from .runs import (
        DatasetDescription,
        log_artifacts,
        log_dataset,
        log_description,
        log_dictionary,
        log_metrics,
        log_parameters,
        log_table,
        log_tags,
        resume_run,
        start_run,
    )

__all__ = [
    "CHALLENGER",
    "CHAMPION",
    "CHAMPION_URI",
    "EXPERIMENT",
    "LAUNCH_PROFILE_FILE",
    "REGISTERED_MODEL",
    "DatasetDescription",
    "build_model_uri",
    "configure_mlflow",
    "find_runs",
    "find_scoring_model",
    "find_scoring_run",
    "find_scoring_runs",
    "get_champion_version",
    "get_tracking_uri",
    "load_launch_profile",
    "load_registered_model",
    "log_artifacts",
    "log_dataset",
    "log_description",
    "log_dictionary",
    "log_metrics",
    "log_parameters",
    "log_table",
    "log_tags",
    "open_client",
    "promote",
    "register_model",
    "resolve_model_version",
    "resume_run",
    "rollback",
    "set_challenger",
    "start_run",
]

__getattr__, __dir__ = attach_exports(__name__)
