"""The model registry: versions of ``hotleads``, the alias ``champion``, and the way back."""

import tempfile
import warnings
from pathlib import Path

import mlflow
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from mlflow.models import ModelSignature
from mlflow.types import ColSpec, Schema

from ..scoring import Model, load, save
from .runs import tracking_uri

REGISTERED_MODEL = "hotleads"
CHAMPION = "champion"
CHAMPION_URI = f"models:/{REGISTERED_MODEL}@{CHAMPION}"
_REPLACED = "replaced_version"
_PYFUNC = Path(__file__).with_name("pyfunc_model.py")


def register(model: Model) -> str:
    """Log the model to the active run, register it, and return its registry version. No alias moves.

    The artefact is there in whole before the version is, and the version has its tag from the start: whatever stops
    the program, no version is of half a model.
    """
    columns = Schema([ColSpec("double", feature.name) for feature in model.features])
    with tempfile.TemporaryDirectory() as scratch, warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # asks for an example, which would be a person's row
        folder = Path(scratch) / "artefact"
        save(model, folder)
        logged = mlflow.pyfunc.log_model(
            name="model",
            python_model=str(_PYFUNC),
            artifacts={"artefact": str(folder)},
            pip_requirements=["hotleads"],
            signature=ModelSignature(columns, Schema([ColSpec("double", "probability")])),
            metadata={"model_version": model.version, "feature_hash": model.feature_hash},
        )
    tags = {"model_version": model.version}
    return str(mlflow.register_model(logged.model_uri, REGISTERED_MODEL, tags=tags).version)


def promote(version: str, reason: str) -> None:
    """Make a registered version the champion and note why, and which version it replaces.

    The alias moves last and in one step: whatever stops the program before leaves the old champion in place.
    """
    client = MlflowClient()
    replaced = champion_version()
    if replaced is not None and replaced != version:
        client.set_model_version_tag(REGISTERED_MODEL, version, _REPLACED, replaced)
    client.set_model_version_tag(REGISTERED_MODEL, version, "promoted_because", reason)
    client.set_registered_model_alias(REGISTERED_MODEL, CHAMPION, version)


def rollback() -> str:
    """Give the alias back to the version that the champion replaced, and return it. Raises LookupError if none."""
    mlflow.set_tracking_uri(tracking_uri())
    current = champion_version()
    if current is None:
        raise LookupError("there is no champion to roll back; run 'hotleads train' first")
    client = MlflowClient()
    replaced = client.get_model_version(REGISTERED_MODEL, current).tags.get(_REPLACED)
    if replaced is None:
        raise LookupError(f"version {current} replaced no other; there is nothing to go back to")
    client.set_registered_model_alias(REGISTERED_MODEL, CHAMPION, replaced)
    return str(replaced)


def champion_version() -> str | None:
    """The registry version that scores by default, in the active store."""
    try:
        return str(MlflowClient().get_model_version_by_alias(REGISTERED_MODEL, CHAMPION).version)
    except MlflowException:
        return None


def model_uri(version: str) -> str:
    """The MLflow URI of a registered version."""
    return f"models:/{REGISTERED_MODEL}/{version}"


def registered_version(uri: str) -> tuple[str, str]:
    """The registry version behind an MLflow model URI, and its model's own version. Raises LookupError."""
    mlflow.set_tracking_uri(tracking_uri())
    name, _, alias = uri.removeprefix("models:/").partition("@")
    client = MlflowClient()
    try:
        found = (
            client.get_model_version_by_alias(name, alias) if alias else client.get_model_version(*name.split("/", 1))
        )
    except (MlflowException, TypeError) as error:
        raise LookupError(f"there is no model {uri} in {tracking_uri()}; run 'hotleads train' first") from error
    return str(found.version), str(found.tags.get("model_version", ""))


def load_registered(uri: str = CHAMPION_URI) -> Model:
    """The model at a folder or an MLflow model URI. Raises ArtefactError, or LookupError where there is none."""
    if Path(uri).is_dir():
        return load(Path(uri))
    mlflow.set_tracking_uri(tracking_uri())
    try:
        return load(Path(mlflow.artifacts.download_artifacts(uri)) / "artifacts" / "artefact")
    except MlflowException as error:
        raise LookupError(f"there is no model {uri} in {tracking_uri()}; run 'hotleads train' first") from error
