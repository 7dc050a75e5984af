"""Two models of a shop whose leads have their e-mail addresses as ids, and an MLflow store for each test module."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pytest

from hotleads.features import build_features
from hotleads.history import History, history_from_frames
from hotleads.scoring import Model
from hotleads.tracking import promote, register_model, start_run
from hotleads.training import FitOptions, fit_model
from tests.training.businesses import build_shop, to_instant


@pytest.fixture(scope="session")
def private() -> History:
    """The shop, whose leads go by their e-mail addresses."""
    renamed = {
        name: frame.assign(lead_id=frame["lead_id"] + "@person.example") if "lead_id" in frame else frame
        for name, frame in build_shop().items()
    }
    return history_from_frames(**renamed)


@pytest.fixture(scope="session")
def models(private: History) -> tuple[Model, Model]:
    first, second = (
        fit_model(private, private.get_launch("month-6"), to_instant(150), FitOptions(trials=0, seed=seed)).model
        for seed in (0, 1)
    )
    assert first.version != second.version
    return first, second


@pytest.fixture(scope="session")
def table(private: History, models: tuple[Model, Model]) -> pd.DataFrame:
    return build_features(private, "month-6", context=models[0].context)


@pytest.fixture(scope="module")
def store(new_store: Callable[[Path], str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder of an empty store."""
    folder = tmp_path_factory.mktemp("tracked")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLFLOW_TRACKING_URI", new_store(folder))
        yield folder


@pytest.fixture(scope="module")
def versions(store: Path, models: tuple[Model, Model]) -> list[str]:
    """Registry versions of both models, each from a run of its own; the first is the champion."""
    registered = []
    for model in models:
        with start_run("train", {"job": "train"}):
            registered.append(register_model(model))
    promote(registered[0], "there was none")
    return registered
