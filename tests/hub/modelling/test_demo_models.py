"""The models and runs of a demonstration go with it, and the next training begins anew in the same store."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from unittest import mock

import pytest

from hotleads.history import History
from hotleads.hub.models import Installation as InstallationRow
from hotleads.hub.site import demo_removal
from hotleads.tracking.registry import CHAMPION_URI, load_registered_model, promote, register_model
from hotleads.tracking.runs import log_artifacts, start_run
from hotleads.training import FitOptions, fit_model
from tests.hub.installations import Installation
from tests.hub.modelling.sample_hub import NOW, OPEN_LAUNCH


@pytest.mark.slow
def test_models_runs_and_their_files_go_and_a_model_can_be_trained_again(
    sqlite_installation: Installation, sample_history: History
) -> None:
    data = sqlite_installation.data
    (data / "backtest").mkdir()
    (data / "backtest" / "report.html").write_text("of invented people")
    InstallationRow.objects.update(is_demo=True)
    model = fit_model(sample_history, sample_history.get_launch(OPEN_LAUNCH), NOW, FitOptions(trials=0)).model

    def train() -> None:
        with start_run("train", {"job": "train"}):
            log_artifacts([Path(__file__)])
            version = register_model(model)
        promote(version, "the only one")

    with mock.patch.dict(os.environ, {"MLFLOW_TRACKING_URI": f"sqlite:///{data}/mlruns/mlflow.db"}):
        train()
        assert list((data / "mlruns" / "artifacts").rglob("*.json"))
        demo_removal.run_removal({}, lambda message: None)
        assert count_rows(data) == {"runs": 0, "logged_models": 0, "registered_models": 0, "model_versions": 0}
        assert not (data / "mlruns" / "artifacts").exists()
        assert not (data / "backtest").exists()
        with pytest.raises(LookupError):
            load_registered_model(CHAMPION_URI)
        train()
        assert load_registered_model(CHAMPION_URI).version == model.version


def count_rows(data: Path) -> dict[str, int]:
    tables = ("runs", "logged_models", "registered_models", "model_versions")
    with closing(sqlite3.connect(data / "mlruns" / "mlflow.db")) as store:
        return {table: store.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables}
