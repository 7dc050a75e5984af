"""The model that answers: replaced whole, kept where the next is broken, and never between two requests' halves."""

import logging
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from hotleads.scoring import ArtefactError, Calibration, Model, save, with_content_version
from hotleads.serving.model_watcher import ModelWatcher, check_model
from hotleads.tracking.client import open_client
from hotleads.tracking.registry import (
    CHAMPION,
    CHAMPION_URI,
    REGISTERED_MODEL,
    ModelRemovedError,
    promote,
    register_model,
)
from hotleads.tracking.runs import start_run

from .conftest import wait_for


def build_variant(model: Model, intercept: float) -> Model:
    return with_content_version(replace(model, calibration=Calibration(1.0, intercept)))


@pytest.mark.slow
def test_a_model_that_was_removed_from_the_registry_answers_no_more(
    model: Model, tmp_path: Path, new_store: Callable[[Path], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", new_store(tmp_path))
    with start_run("train", {}):
        promote(register_model(model), "test")
    swapped: list[str | None] = []
    champion = ModelWatcher(CHAMPION_URI, 60, lambda scorer: swapped.append(scorer and scorer.model.version))
    assert champion.refresh()
    open_client().delete_registered_model_alias(REGISTERED_MODEL, CHAMPION)
    with pytest.raises(LookupError, match="no champion"):
        champion.refresh()
    assert champion.scorer is not None  # nobody said that it is wrong
    open_client().delete_registered_model(REGISTERED_MODEL)
    for _ in range(2):
        with pytest.raises(ModelRemovedError, match="hotleads train"):
            champion.refresh()
        assert champion.scorer is None
    assert swapped == [model.version, None]
    with start_run("train", {}):
        promote(register_model(model), "test")
    assert champion.refresh()


@pytest.mark.slow
def test_follows_the_alias_of_the_registry(
    model: Model, tmp_path: Path, new_store: Callable[[Path], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", new_store(tmp_path))
    uri = "models:/hotleads@champion"
    with pytest.raises(LookupError, match="hotleads train"):
        check_model(uri)
    with start_run("train", {}):
        versions = [register_model(new_model) for new_model in (model, build_variant(model, 0.5))]
    promote(versions[0], "test")
    check_model(uri)
    swapped: list[str] = []
    champion = ModelWatcher(uri, 0.05, lambda scorer: swapped.append(scorer.model.version))
    champion.start()
    wait_for(lambda: champion.scorer is not None)
    before = champion.scorer
    promote(versions[1], "test")
    wait_for(lambda: len(swapped) == 2)
    champion.stop()
    assert before is not None
    assert champion.scorer is not None
    assert swapped == [before.model.version, champion.scorer.model.version]
    assert before.model.version == model.version  # a request that began with it goes on with it


def test_waiting_for_the_first_model_is_nothing_to_be_warned_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path / 'mlflow.db'}")
    champion = ModelWatcher("models:/hotleads@champion", 60)
    with caplog.at_level(logging.INFO):
        champion.start()
        champion.wait()
    champion.stop()
    assert [record.levelname for record in caplog.records] == ["INFO"]
    assert "no model yet" in caplog.text


def test_keeps_the_present_model_where_the_next_is_broken(
    model: Model, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "model"
    save(model, folder)
    champion = ModelWatcher(str(folder), 0.05)
    champion.start()
    wait_for(lambda: champion.scorer is not None)
    (folder / "model.json").write_text("{")
    wait_for(lambda: "cannot be loaded" in caplog.text)
    assert champion.scorer is not None
    assert champion.scorer.model.version == model.version
    shutil.rmtree(folder)
    other = build_variant(model, 1.0)
    save(other, folder)
    wait_for(lambda: champion.scorer is not None and champion.scorer.model.version == other.version)
    champion.stop()


def test_what_cannot_be_served_is_reported_at_the_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(LookupError, match="holds no model"):
        check_model(str(tmp_path))
    with pytest.raises(LookupError, match="is no folder"):
        check_model(str(tmp_path / "none"))
    (tmp_path / "model.json").write_text("{}")
    with pytest.raises(ArtefactError):
        check_model(str(tmp_path))
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/mlflow.db")
    with pytest.raises(LookupError, match="HOTLEADS_SERVING_MODEL"):
        check_model("models:/hotleads@champion")
    assert not (tmp_path / "mlflow.db").exists()
