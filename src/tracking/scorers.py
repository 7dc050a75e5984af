"""Scorers out of the registry: a model with the launches that it has scored, and what tells of a newer one."""

import json
from pathlib import Path

from ..scoring import LaunchProfile
from ..scoring.online.scorer import Scorer
from .client import get_store_file, get_tracking_uri
from .queries import find_scoring_runs, load_launch_profile
from .registry import load_registered_model, resolve_model_version

_LAUNCHES_FOLDER = "launches"


def read_scorer_state(uri: str) -> tuple[object, ...]:
    """Return what changes with another model behind a URI, or another launch that it scored.

    Parameters
    ----------
    uri
        An MLflow URI of a model or alias, or a model folder.

    Raises
    ------
    ModelRemovedError
        Where the registry has neither the model nor its versions.
    LookupError
        Where there is no store, or no such version or alias in it.
    """
    folder = Path(uri)
    if folder.is_dir():
        files = [folder / "model.json", *sorted((folder / _LAUNCHES_FOLDER).glob("*.json"))]
        return tuple((str(file.resolve()), file.stat().st_mtime_ns) for file in files if file.exists())
    check_store(uri)
    version, model_version = resolve_model_version(uri)
    return (version, *sorted(find_scoring_runs(model_version).items()))


def load_scorer(uri: str, state: tuple[object, ...]) -> Scorer:
    """Return the model at a URI with the profiles of the launches that it has scored.

    Parameters
    ----------
    uri
        An MLflow URI of a model or alias, or a model folder.
    state
        What ``read_scorer_state`` returned.

    Raises
    ------
    LookupError
        Where there is no such model.
    ArtefactError
        Where this program cannot read it.
    """
    model = load_registered_model(uri)
    folder = Path(uri)
    if folder.is_dir():
        files = sorted((folder / _LAUNCHES_FOLDER).glob("*.json"))
        profiles = [LaunchProfile.from_json(json.loads(file.read_text(encoding="utf-8"))) for file in files]
        return Scorer(model, uri, {profile.launch.launch_id: profile for profile in profiles})
    runs = sorted(find_scoring_runs(model.version).items())
    loaded = {launch_id: load_launch_profile(run_id) for launch_id, run_id in runs}
    launches = {launch_id: profile for launch_id, profile in loaded.items() if profile is not None}
    return Scorer(model, f"{uri} ({state[0]})", launches)


def check_store(uri: str) -> None:
    """Raise LookupError if there is no store: MLflow would create an empty one."""
    store = get_tracking_uri()
    file = get_store_file(store)
    if file is not None and not file.is_file():
        raise LookupError(
            f"there is no model {uri}, since there is no {store}; run 'hotleads train' first, or name the registry in "
            "MLFLOW_TRACKING_URI or a model folder in HOTLEADS_SERVING_MODEL"
        )
