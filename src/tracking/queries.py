"""The launches that a model has scored: what ``hotleads score`` left in its MLflow runs for whoever scores next."""

import mlflow
from mlflow.exceptions import MlflowException

from ..scoring import LaunchProfile
from .runs import EXPERIMENT, tracking_uri

#: The file of a scoring run that holds its launch's facts.
LAUNCH_FACTS = "launch.json"
_MOST_RUNS = 1000


def scoring_runs(model_version: str) -> dict[str, str]:
    """The latest finished scoring run of each launch by that model: launch id -> run id."""
    mlflow.set_tracking_uri(tracking_uri())
    try:
        runs = mlflow.search_runs(
            experiment_names=[EXPERIMENT],
            filter_string=f"tags.job = 'score' and tags.model_version = '{model_version}' and status = 'FINISHED'",
            max_results=_MOST_RUNS,
            order_by=["start_time DESC"],
            output_format="list",
        )
    except MlflowException:  # nothing was tracked here yet
        return {}
    latest: dict[str, str] = {}
    for run in runs:
        latest.setdefault(run.data.tags["launch_id"], run.info.run_id)
    return latest


def launch_facts(run_id: str) -> LaunchProfile | None:
    """What the run's launch is scored with; None where an older program left nothing."""
    mlflow.set_tracking_uri(tracking_uri())
    try:
        return LaunchProfile.from_json(mlflow.artifacts.load_dict(f"runs:/{run_id}/{LAUNCH_FACTS}"))
    except (MlflowException, OSError):
        return None
