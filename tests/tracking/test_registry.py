"""The model registry: versions, the champion and the challenger, and the rollback."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import mlflow
import pandas as pd
import pytest
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

from hotleads.scoring import ArtefactError, Model, save
from hotleads.tracking import (
    CHALLENGER,
    CHAMPION,
    CHAMPION_URI,
    REGISTERED_MODEL,
    build_model_uri,
    get_champion_version,
    load_registered_model,
    promote,
    resolve_model_version,
    rollback,
    set_challenger,
    start_run,
)
from hotleads.tracking.errors import RegistryUnavailableError
from hotleads.tracking.registry import mark_erasure, record_rejection, register_model


def test_each_registration_is_a_version(versions: list[str], models: tuple[Model, Model]) -> None:
    assert versions == ["1", "2"]
    for version, model in zip(versions, models, strict=True):
        registered = MlflowClient().get_model_version(REGISTERED_MODEL, version)
        assert registered.tags["model_version"] == model.version


def test_registering_moves_no_alias(versions: list[str]) -> None:
    aliases = MlflowClient().get_registered_model(REGISTERED_MODEL).aliases
    assert {alias: str(version) for alias, version in aliases.items()} == {CHAMPION: versions[0]}


def test_a_promotion_says_why_and_can_be_rolled_back(versions: list[str]) -> None:
    promote(versions[1], "better on the gate launch")
    assert get_champion_version() == versions[1]
    tags = MlflowClient().get_model_version(REGISTERED_MODEL, versions[1]).tags
    assert tags["promoted_because"] == "better on the gate launch"
    assert rollback() == versions[0] == get_champion_version()
    with pytest.raises(LookupError, match="nothing to roll back to"):
        rollback()


def test_no_champion_is_none_to_roll_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/mlflow.db")
    with pytest.raises(LookupError, match="no champion"):
        rollback()
    mlflow.set_tracking_uri("")


def test_a_loaded_model_is_the_registered_one_to_the_bit(
    versions: list[str], models: tuple[Model, Model], table: pd.DataFrame, tmp_path: Path
) -> None:
    save(models[1], tmp_path / "folder")
    loads = {
        "alias": (load_registered_model(), models[0]),
        "version": (load_registered_model(build_model_uri(versions[1])), models[1]),
        "folder": (load_registered_model(str(tmp_path / "folder")), models[1]),
    }
    for loaded, original in loads.values():
        assert loaded.version == original.version
        assert loaded.context == original.context
        assert loaded.predict_logits(table).tobytes() == original.predict_logits(table).tobytes()
        assert dict(loaded.card) == json.loads(json.dumps(dict(original.card)))


@pytest.mark.parametrize("uri", ["models:/hotleads/99", "models:/other@champion", "runs:/none/model", "no/folder"])
def test_no_such_model_is_named(versions: list[str], uri: str) -> None:
    with pytest.raises(LookupError, match=f"there is no model {uri}; sqlite:.* has models:/hotleads/") as error:
        load_registered_model(uri)
    assert "(the champion)" in str(error.value)
    assert "hotleads train" not in str(error.value)


def test_a_registry_that_does_not_answer_is_not_one_without_a_model(
    tmp_path: Path, new_store: Callable[[Path], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", new_store(tmp_path))
    monkeypatch.setattr(MlflowClient, "get_model_version_by_alias", refuse_connection)
    monkeypatch.setattr(MlflowClient, "search_model_versions", refuse_connection)
    for ask in (resolve_model_version, load_registered_model):
        with pytest.raises(RegistryUnavailableError, match="does not answer: check that it is running"):
            ask(CHAMPION_URI)


def refuse_connection(*_arguments: object, **_options: object) -> None:
    raise MlflowException("API request failed: connection refused")


def test_without_a_champion_the_latest_version_its_reason_and_both_ways_on_are_named(
    models: tuple[Model, Model],
    tmp_path: Path,
    new_store: Callable[[Path], str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", new_store(tmp_path))
    with pytest.raises(LookupError, match=r"no model models:/hotleads@champion .*run 'hotleads train' first"):
        load_registered_model()
    with start_run("train", {"job": "train"}):
        version = register_model(models[0])
    record_rejection(version, "on month-7 it loses to the recency rule")
    with pytest.raises(LookupError) as error:
        load_registered_model()
    assert "models:/hotleads/1, was not promoted, since on month-7 it loses to the recency rule" in str(error.value)
    assert "--model models:/hotleads/1" in str(error.value)
    assert "'hotleads train --force'" in str(error.value)
    assert load_registered_model("models:/hotleads/1").version == models[0].version
    mlflow.set_tracking_uri("")


def test_a_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ArtefactError):
        load_registered_model(str(tmp_path))


def test_challenger_is_an_alias_beside_the_champion(versions: list[str], models: tuple[Model, Model]) -> None:
    champion = get_champion_version()
    set_challenger(versions[1])
    assert get_champion_version() == champion
    uri = f"models:/{REGISTERED_MODEL}@{CHALLENGER}"
    assert resolve_model_version(uri) == (versions[1], models[1].version)
    assert load_registered_model(uri).version == models[1].version


def test_versions_that_may_have_learned_from_an_erased_person_are_marked(versions: list[str]) -> None:
    client = MlflowClient()
    first_at = client.get_model_version(REGISTERED_MODEL, versions[0]).creation_timestamp / 1000
    assert mark_erasure("7", datetime.fromtimestamp(first_at + 86_400, UTC)) == 0
    count = mark_erasure("12", datetime.fromtimestamp(first_at - 60, UTC))
    assert count >= len(versions)
    assert mark_erasure("7", datetime.fromtimestamp(first_at - 60, UTC)) == count
    mark_erasure("7", datetime.fromtimestamp(first_at - 60, UTC))
    version = client.get_model_version(REGISTERED_MODEL, versions[0])
    assert version.tags["learned_from_erased"] == "7,12"
    assert client.get_run(version.run_id).data.tags["learned_from_erased"] == "7,12"
