"""The model registry: versions of ``hotleads``, the aliases ``champion`` and ``challenger``, and the rollback."""

import tempfile
import warnings
from datetime import datetime
from pathlib import Path

import mlflow
from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException
from mlflow.models import ModelSignature
from mlflow.types import ColSpec, Schema

from ..scoring import Model, load, save
from .client import configure_mlflow, get_tracking_uri, open_client
from .errors import RegistryUnavailableError

#: The one registered model of an installation.
REGISTERED_MODEL = "hotleads"
#: The alias of the version that scores by default.
CHAMPION = "champion"
#: The alias of the version that monitoring proposes and a service may score with in the shadow.
CHALLENGER = "challenger"
#: The MLflow URI of the version that scores by default.
CHAMPION_URI = f"models:/{REGISTERED_MODEL}@{CHAMPION}"
_MODEL_DESCRIPTION = (
    "The probability that a lead buys in a launch's window, from what was known when the launch opened. `champion` is "
    "the version that `hotleads score` uses; `challenger` is one that `hotleads monitor --apply` proposes. A version's "
    "description says what it learned from and how it did on leads that it had not seen."
)
_REPLACED_TAG = "replaced_version"
_REASON_TAG = "promoted_because"
_REJECTION_TAG = "not_promoted_because"
#: The erasures of people whom a version may have learned from, by their ids.
_ERASED_TAG = "learned_from_erased"
#: So many of the latest versions are named where another was asked for.
_MAX_NAMED_VERSIONS = 5
_PYFUNC_FILE = Path(__file__).with_name("pyfunc_model.py")


class ModelRemovedError(LookupError):
    """The registry answers, and has no such model or version: not that an alias is elsewhere, or nobody answers."""


def register_model(model: Model, description: str = "") -> str:
    """Log a model to the active run and register it. No alias moves.

    The artefact is complete before the version exists, and the version has its tag from the start: if the program
    stops on the way, no version is of half a model.

    Parameters
    ----------
    model
        The model to save.
    description
        What the MLflow UI shows above the version, in Markdown.

    Returns
    -------
    str
        The registry version: "1", "2", and so on.
    """
    columns = Schema([ColSpec("double", feature.name) for feature in model.features])
    with tempfile.TemporaryDirectory() as scratch, warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # asks for an example, which would be a person's row
        folder = Path(scratch) / "artefact"
        save(model, folder)
        logged = mlflow.pyfunc.log_model(
            name="model",
            python_model=str(_PYFUNC_FILE),
            artifacts={"artefact": str(folder)},
            pip_requirements=["hotleads"],
            signature=ModelSignature(columns, Schema([ColSpec("double", "probability")])),
            metadata={"model_version": model.version, "feature_hash": model.feature_hash},
        )
    tags = {"model_version": model.version}
    version = str(mlflow.register_model(logged.model_uri, REGISTERED_MODEL, tags=tags).version)
    client = open_client()
    if not client.get_registered_model(REGISTERED_MODEL).description:
        client.update_registered_model(REGISTERED_MODEL, _MODEL_DESCRIPTION)
    if description:
        client.update_model_version(REGISTERED_MODEL, version, description)
    return version


def promote(version: str, reason: str) -> None:
    """Make a registered version the champion, and note why and which version it replaces.

    The alias moves last and in one step: if the program stops before that, the old champion stays.

    Parameters
    ----------
    version
        The registry version.
    reason
        Goes into the version's tag ``promoted_because``.
    """
    client = open_client()
    replaced = get_champion_version()
    if replaced is not None and replaced != version:
        client.set_model_version_tag(REGISTERED_MODEL, version, _REPLACED_TAG, replaced)
    client.set_model_version_tag(REGISTERED_MODEL, version, _REASON_TAG, reason)
    client.set_registered_model_alias(REGISTERED_MODEL, CHAMPION, version)


def record_rejection(version: str, reason: str) -> None:
    """Record why a registered version did not become the champion.

    Parameters
    ----------
    version
        The registry version.
    reason
        Goes into the version's tag ``not_promoted_because``.
    """
    open_client().set_model_version_tag(REGISTERED_MODEL, version, _REJECTION_TAG, reason)


def rollback() -> str:
    """Make the version that the champion replaced the champion again.

    Returns
    -------
    str
        The registry version that is the champion now.

    Raises
    ------
    LookupError
        Where there is no champion, or it replaced no version.
    """
    configure_mlflow()
    current = get_champion_version()
    if current is None:
        raise LookupError("there is no champion to roll back; run 'hotleads train' first")
    client = open_client()
    replaced = client.get_model_version(REGISTERED_MODEL, current).tags.get(_REPLACED_TAG)
    if replaced is None:
        raise LookupError(f"version {current} replaced no other version; there is nothing to roll back to")
    client.set_registered_model_alias(REGISTERED_MODEL, CHAMPION, replaced)
    return str(replaced)


def set_challenger(version: str) -> None:
    """Make a registered version the challenger. The champion stays.

    Parameters
    ----------
    version
        The registry version.
    """
    open_client().set_registered_model_alias(REGISTERED_MODEL, CHALLENGER, version)


def get_champion_version() -> str | None:
    """Return the registry version of the champion, or None where there is none.

    Returns
    -------
    str or None
        The registry version.
    """
    try:
        return str(open_client().get_model_version_by_alias(REGISTERED_MODEL, CHAMPION).version)
    except MlflowException:
        return None


def build_model_uri(version: str) -> str:
    """Return the MLflow URI of a registered version.

    Parameters
    ----------
    version
        The registry version.

    Returns
    -------
    str
        ``models:/hotleads/VERSION``.
    """
    return f"models:/{REGISTERED_MODEL}/{version}"


def mark_erasure(erasure_id: str, learned_since: datetime) -> int:
    """Note with every version that may have learned from an erased person that it did.

    Parameters
    ----------
    erasure_id
        The id of the erasure: goes into the tag ``learned_from_erased`` of the version and of its run, once.
    learned_since
        When the first row of the person came. Versions registered before it cannot know them.

    Returns
    -------
    int
        How many versions have the flag of this erasure.
    """
    configure_mlflow()
    client = open_client()
    flagged = 0
    for version in client.search_model_versions(f"name = '{REGISTERED_MODEL}'"):
        if version.creation_timestamp < learned_since.timestamp() * 1000:
            continue
        erasures = {*filter(None, version.tags.get(_ERASED_TAG, "").split(",")), erasure_id}
        text = ",".join(sorted(erasures, key=int))
        client.set_model_version_tag(REGISTERED_MODEL, version.version, _ERASED_TAG, text)
        if version.run_id:
            client.set_tag(version.run_id, _ERASED_TAG, text)
        flagged += 1
    return flagged


def resolve_model_version(uri: str) -> tuple[str, str]:
    """Return the registry version behind an MLflow model URI, and the version in the model's artefact.

    Parameters
    ----------
    uri
        ``models:/NAME/VERSION`` or ``models:/NAME@ALIAS``.

    Returns
    -------
    registry_version, model_version : str
        The model version is empty where the registry version lacks the tag.

    Raises
    ------
    ModelRemovedError
        Where the registry has neither the model nor its versions.
    LookupError
        Where the registry has no such version or alias.
    RegistryUnavailableError
        Where it does not answer.
    """
    name, _, alias = uri.removeprefix("models:/").partition("@")
    client = open_client()
    try:
        version = (
            client.get_model_version_by_alias(name, alias) if alias else client.get_model_version(*name.split("/", 1))
        )
    except (MlflowException, TypeError) as error:
        missing = _no_such_model(uri)
        if getattr(error, "error_code", None) == "RESOURCE_DOES_NOT_EXIST":
            missing = ModelRemovedError(*missing.args)
        raise missing from error
    return str(version.version), str(version.tags.get("model_version", ""))


def load_registered_model(uri: str = CHAMPION_URI) -> Model:
    """Load the model at an MLflow model URI, or in a folder that ``scoring.save`` wrote.

    Parameters
    ----------
    uri
        ``models:/NAME/VERSION``, ``models:/NAME@ALIAS``, ``runs:/ID/model`` or a folder (default: the champion).

    Returns
    -------
    Model
        The model.

    Raises
    ------
    LookupError
        Where there is no such model.
    RegistryUnavailableError
        Where the registry does not answer.
    ArtefactError
        Where this program cannot read the artefact.
    """
    if Path(uri).is_dir():
        return load(Path(uri))
    configure_mlflow()
    try:
        return load(Path(mlflow.artifacts.download_artifacts(uri)) / "artifacts" / "artefact")
    except MlflowException as error:
        raise _no_such_model(uri) from error


def _no_such_model(uri: str) -> LookupError:
    """Return the error that says what there is instead, and what to do.

    Raises RegistryUnavailableError where the registry does not answer that either.
    """
    store = get_tracking_uri()
    versions = _list_versions()
    if not versions:
        return LookupError(f"there is no model {uri} in {store}; run 'hotleads train' first")
    if uri == CHAMPION_URI:
        name, reason = build_model_uri(str(versions[0].version)), versions[0].tags.get(_REJECTION_TAG)
        why = f", since {reason}" if reason else ""
        return LookupError(
            f"{store} has no champion: its latest model, {name}, was not promoted{why}. Use it as it is with "
            f"--model {name}, or make it the champion with 'hotleads train --force'"
        )
    champion = get_champion_version()
    names = [
        build_model_uri(str(version.version)) + (" (the champion)" if str(version.version) == champion else "")
        for version in versions[:_MAX_NAMED_VERSIONS]
    ]
    more = f" and {len(versions) - len(names)} earlier ones" if len(versions) > len(names) else ""
    return LookupError(f"there is no model {uri}; {store} has {', '.join(names)}{more}")


def _list_versions() -> list[ModelVersion]:
    """Return the registered versions, latest first. Raises RegistryUnavailableError where nobody answers."""
    try:
        versions = open_client().search_model_versions(f"name = '{REGISTERED_MODEL}'")
    except MlflowException:
        raise RegistryUnavailableError(
            "the model registry does not answer: check that it is running, and MLFLOW_TRACKING_URI"
        ) from None
    return sorted(versions, key=lambda version: int(version.version), reverse=True)
