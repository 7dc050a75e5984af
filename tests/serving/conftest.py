"""The sample's next launch scored as a batch, and the same model and facts behind the service's app."""

import os

os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # before XGBoost loads

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from starlette.testclient import TestClient

from hotleads.history import History, open_history
from hotleads.scoring import LaunchProfile, Model, build_scored_rows, predict_launch, save
from hotleads.scoring.online import build_request_leads
from hotleads.scoring.online.scorer import Scorer
from hotleads.serving.scoring_service import ScoringService, build_host
from hotleads.serving.settings import ServingSettings
from hotleads.training import FitOptions, fit_model

SAMPLE = Path(__file__).parents[2] / "data" / "sample"
LAUNCH = "2025-06-bread-course"
Row = dict[str, Any]
Ask = Callable[..., Any]


@pytest.fixture(scope="session")
def history() -> History:
    return open_history(SAMPLE)


@pytest.fixture(scope="session")
def model(history: History) -> Model:
    launch = history.get_launch(LAUNCH)
    return fit_model(history, launch, launch.as_of, FitOptions(trials=0)).model


@pytest.fixture(scope="session")
def batch(history: History, model: Model) -> tuple[pd.DataFrame, LaunchProfile]:
    """The launch's scored rows, and its facts as they come back from a file."""
    ranked = predict_launch(history, history.get_launch(LAUNCH), model)
    rows = pd.concat(build_scored_rows(ranked), ignore_index=True)
    return rows, LaunchProfile.from_json(json.loads(json.dumps(ranked.profile.to_json())))


@pytest.fixture(scope="session")
def scorer(model: Model, batch: tuple[pd.DataFrame, LaunchProfile]) -> Scorer:
    return Scorer(model, "tests", {LAUNCH: batch[1]})


@pytest.fixture(scope="session")
def leads(history: History, batch: tuple[pd.DataFrame, LaunchProfile]) -> list[Row]:
    """The launch's leads as requests hold them, in the order of the scored rows."""
    return build_request_leads(history, batch[0]["lead_id"])


@pytest.fixture(scope="session")
def folder(model: Model, batch: tuple[pd.DataFrame, LaunchProfile], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The model with its launch as a folder that the service can serve."""
    path = tmp_path_factory.mktemp("served") / "model"
    save(model, path)
    (path / "launches").mkdir()
    (path / "launches" / f"{LAUNCH}.json").write_text(json.dumps(batch[1].to_json()))
    return path


@contextmanager
def serve(
    folder: Path, server: str = "http://127.0.0.1", **settings: Any
) -> Iterator[tuple[TestClient, ScoringService]]:
    """A client of an app that has loaded its model."""
    service = ScoringService(
        ServingSettings(model=str(folder), **{"poll_seconds": 0.05, "log_requests": False} | settings)
    )
    with TestClient(build_host(service), base_url=server, raise_server_exceptions=False) as client:
        wait_for(lambda: service.watcher.scorer is not None)
        yield client, service


def wait_for(is_so: Callable[[], bool], seconds: float = 60) -> None:
    """Until it is so; fails where it takes too long."""
    ends = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < ends, "waited too long"
        time.sleep(0.02)


@pytest.fixture(scope="module")
def client(folder: Path) -> Iterator[TestClient]:
    with serve(folder) as (test_client, _):
        yield test_client
