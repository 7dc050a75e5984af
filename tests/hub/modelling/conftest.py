"""The sample in a hub, with a champion that was trained on it: made once a process, since that takes seconds."""

import os
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import pytest

from hotleads.history import History, import_history, open_history
from hotleads.hub.modelling import champion
from hotleads.tracking.registry import promote, register_model
from hotleads.tracking.runs import start_run
from hotleads.training import FitOptions, fit_model
from tests.hub.installations import Installation
from tests.hub.modelling.sample_hub import NOW, OPEN_LAUNCH, SAMPLE, fill_hub


@pytest.fixture(scope="session")
def sample_history(tmp_path_factory: pytest.TempPathFactory) -> History:
    """The sample as the lab imports it."""
    folder = tmp_path_factory.mktemp("sample")
    import_history(SAMPLE, folder)
    return open_history(folder)


@pytest.fixture(scope="session")
def model_store(sample_history: History, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """An MLflow store with a champion."""
    store = tmp_path_factory.mktemp("mlruns")
    with mock.patch.dict(os.environ, {"MLFLOW_TRACKING_URI": f"sqlite:///{store}/mlflow.db"}):
        launch = sample_history.get_launch(OPEN_LAUNCH)
        with start_run("train", {"job": "train"}):
            version = register_model(fit_model(sample_history, launch, NOW, FitOptions(trials=0)).model)
        promote(version, "the first")
        yield store


@pytest.fixture(scope="module")
def sample_hub(module_installation: Installation, model_store: Path) -> Iterator[dict[str, int]]:
    """An installation with a part of the sample's rows, and the champion; gives the contact of each lead."""
    champion._loaded = None
    store = {"MLFLOW_TRACKING_URI": f"sqlite:///{model_store}/mlflow.db"}
    with mock.patch.dict(os.environ, module_installation.environment | store):
        yield fill_hub()
