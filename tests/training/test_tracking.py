"""MLflow as it is used: a real SQLite store, a real registry, and nothing personal in either."""

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlparse

import mlflow
import numpy as np
import pandas as pd
import pytest
from mlflow import MlflowClient

from hotleads.features import build_features
from hotleads.history import History, history_from_frames
from hotleads.scoring import ArtefactError, Model, compute_probabilities, save
from hotleads.tracking.client import get_tracking_uri
from hotleads.tracking.registry import (
    CHAMPION,
    REGISTERED_MODEL,
    build_model_uri,
    get_champion_version,
    load_registered_model,
    promote,
    register_model,
    rollback,
)
from hotleads.tracking.runs import log_artifacts, log_metrics, log_parameters, start_run
from hotleads.training import FitOptions, backtest, fit_model
from hotleads.training.report import write_report

from .businesses import Frames, day

#: Part of every lead's id, name, e-mail and phone in this history.
PERSONAL = ("@person.example", "Name of", "+55 11 9")


@pytest.fixture(scope="module")
def private(shop_frames: Frames) -> History:
    """The shop, whose leads go by their e-mail addresses."""
    renamed = {
        name: frame.assign(lead_id=frame["lead_id"] + "@person.example") if "lead_id" in frame else frame
        for name, frame in shop_frames.items()
    }
    return history_from_frames(**renamed)


@pytest.fixture(scope="module")
def models(private: History) -> tuple[Model, Model]:
    first, second = (
        fit_model(private, private.get_launch("month-6"), day(150), trials=0, seed=seed).model for seed in (0, 1)
    )
    assert first.version != second.version
    return first, second


@pytest.fixture(scope="module")
def table(private: History, models: tuple[Model, Model]) -> pd.DataFrame:
    return build_features(private, "month-6", context=models[0].context)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder of a store that is made on first use."""
    folder = tmp_path_factory.mktemp("tracked") / "not made yet"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{folder}/mlflow.db")
        yield folder


@pytest.fixture(scope="module")
def versions(store: Path, models: tuple[Model, Model]) -> list[str]:
    """Registry versions of both models, each from a run of its own; the first is the champion."""
    found = []
    for model in models:
        with start_run("train", {"job": "train"}):
            found.append(register_model(model))
    promote(found[0], "there was none")
    return found


def folder_of(uri: str) -> Path:
    return Path(unquote(urlparse(uri).path))


class TestRuns:
    def test_hold_what_they_are_told(self, store: Path, tmp_path: Path) -> None:
        (tmp_path / "note.txt").write_text("a note")
        with start_run("a run", {"job": "test"}) as run:
            log_parameters({"trials": 3, "label": "plain"})
            log_metrics({"roc_auc": 0.7, "lift_5": None, "n": 12}, "mean_")
            log_artifacts([tmp_path / "note.txt"])
        found = MlflowClient().get_run(run.info.run_id)
        assert (found.info.status, found.info.run_name) == ("FINISHED", "a run")
        assert found.data.tags["job"] == "test"
        assert found.data.params == {"trials": "3", "label": "plain"}
        assert found.data.metrics == {"mean_roc_auc": 0.7, "mean_n": 12}
        assert (folder_of(found.info.artifact_uri) / "note.txt").read_text() == "a note"

    def test_a_failing_block_ends_as_failed(self, store: Path) -> None:
        with pytest.raises(ZeroDivisionError), start_run("a run", {}) as run:
            log_metrics({"before": 1 / 1, "after": 1 / 0})
        assert MlflowClient().get_run(run.info.run_id).info.status == "FAILED"
        assert mlflow.active_run() is None

    def test_artifacts_lie_beside_the_database(self, store: Path) -> None:
        with start_run("a run", {}) as run:
            assert folder_of(run.info.artifact_uri).is_relative_to(store / "artifacts")

    def test_a_store_in_the_working_folder_without_a_model(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("MLFLOW_TRACKING_URI", "sqlite:///mlflow.db")
        with pytest.raises(LookupError, match="run 'hotleads train' first"):
            load_registered_model()
        with start_run("a run", {}) as run:
            assert folder_of(run.info.artifact_uri).is_relative_to(tmp_path / "artifacts")
        assert (tmp_path / "mlflow.db").is_file()

    def test_the_usual_store_is_in_the_working_folder(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
        assert get_tracking_uri() == f"sqlite:///{tmp_path}/mlruns/mlflow.db"


class TestRegistry:
    def test_each_registration_is_a_version(self, versions: list[str], models: tuple[Model, Model]) -> None:
        assert versions == ["1", "2"]
        for version, model in zip(versions, models, strict=True):
            found = MlflowClient().get_model_version(REGISTERED_MODEL, version)
            assert found.tags["model_version"] == model.version

    def test_registering_moves_no_alias(self, versions: list[str]) -> None:
        aliases = MlflowClient().get_registered_model(REGISTERED_MODEL).aliases
        assert {alias: str(version) for alias, version in aliases.items()} == {CHAMPION: versions[0]}

    def test_a_promotion_says_why_and_can_be_rolled_back(self, versions: list[str]) -> None:
        promote(versions[1], "better on the gate launch")
        assert get_champion_version() == versions[1]
        tags = MlflowClient().get_model_version(REGISTERED_MODEL, versions[1]).tags
        assert tags["promoted_because"] == "better on the gate launch"
        assert rollback() == versions[0] == get_champion_version()
        with pytest.raises(LookupError, match="nothing to roll back to"):
            rollback()

    def test_no_champion_is_none_to_roll_back(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/mlflow.db")
        with pytest.raises(LookupError, match="no champion"):
            rollback()
        mlflow.set_tracking_uri("")

    def test_a_loaded_model_is_the_registered_one_to_the_bit(
        self, versions: list[str], models: tuple[Model, Model], table: pd.DataFrame, tmp_path: Path
    ) -> None:
        save(models[1], tmp_path / "folder")
        found = {
            "alias": (load_registered_model(), models[0]),
            "version": (load_registered_model(build_model_uri(versions[1])), models[1]),
            "folder": (load_registered_model(str(tmp_path / "folder")), models[1]),
        }
        for loaded, original in found.values():
            assert loaded.version == original.version
            assert loaded.context == original.context
            assert loaded.predict_logits(table).tobytes() == original.predict_logits(table).tobytes()
            assert dict(loaded.card) == json.loads(json.dumps(dict(original.card)))

    def test_programs_that_know_mlflow_alone_get_the_same_probabilities(
        self, versions: list[str], models: tuple[Model, Model], table: pd.DataFrame
    ) -> None:
        loaded = mlflow.pyfunc.load_model(build_model_uri(versions[0]))
        shuffled = table.sample(frac=1, random_state=0)[table.columns[::-1]]
        predicted = loaded.predict(shuffled)
        np.testing.assert_array_equal(predicted.index, shuffled.index)
        expected = pd.Series(compute_probabilities(models[0].predict_logits(table)), table.index)
        np.testing.assert_array_equal(predicted, expected.loc[shuffled.index])

    @pytest.mark.parametrize("uri", ["models:/hotleads/99", "models:/other@champion", "runs:/none/model", "no/folder"])
    def test_no_such_model_is_named(self, versions: list[str], uri: str) -> None:
        with pytest.raises(LookupError, match=f"there is no model {uri} in sqlite:.*run 'hotleads train' first"):
            load_registered_model(uri)

    def test_a_folder_without_a_model_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(ArtefactError):
            load_registered_model(str(tmp_path))


class TestNothingPersonal:
    def test_in_any_file_or_row_that_a_run_leaves(
        self, store: Path, versions: list[str], private: History, tmp_path: Path
    ) -> None:
        """A backtest and two trainings of people who go by their e-mail addresses."""
        with start_run("backtest", {"history": private.name}):
            scores, report = backtest(private, FitOptions(trials=0), ["month-6", "month-4"])
            (tmp_path / "report.json").write_text(json.dumps(report))
            write_report(report, scores, tmp_path)
            log_metrics(report["mean"])
            log_artifacts([tmp_path / "report.json", tmp_path / "report.html"])
        assert scores["lead_id"].str.contains(PERSONAL[0]).all()
        files = [path for path in store.rglob("*") if path.is_file()]
        assert {"mlflow.db", "report.html", "report.json", "model.json", "card.json"} <= {path.name for path in files}
        with sqlite3.connect(store / "mlflow.db") as database:
            dump = "\n".join(database.iterdump())
        assert "mean_probability" in dump
        for said in PERSONAL:
            assert said not in dump
            assert not [path for path in files if said.encode() in path.read_bytes()]
