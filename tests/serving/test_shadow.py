"""A challenger in the shadow: what both said is recorded, and the comparison is in an MLflow run."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from mlflow import MlflowClient

from hotleads.scoring import Calibration, Model, save, with_content_version

from .conftest import LAUNCH, Row, serve, wait_for


@pytest.mark.slow
def test_both_are_recorded_and_compared(
    folder: Path,
    model: Model,
    leads: list[Row],
    tmp_path: Path,
    new_store: Callable[[Path], str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    uri = new_store(tmp_path)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    challenger = with_content_version(replace(model, calibration=Calibration(1.2, 0.3)))
    save(challenger, tmp_path / "challenger")
    settings = {"shadow": str(tmp_path / "challenger"), "shadow_records": str(tmp_path / "records")}
    with serve(folder, **settings) as (client, service):
        assert service.shadow is not None
        wait_for(lambda: service.shadow is not None and service.shadow.challenger.scorer is not None)
        answered = client.post("/score", json={"launch_id": LAUNCH, "leads": [*leads[:30], {"no": 1}]}).json()["leads"]
        assert client.post("/features", json={"launch_id": LAUNCH, "leads": leads[:3]}).status_code == 200
    (file,) = (tmp_path / "records").iterdir()
    rows = [json.loads(line) for line in file.read_text().splitlines()]
    assert [row["lead_id"] for row in rows] == [lead["lead_id"] for lead in leads[:30]]
    first = np.array([row["champion"] for row in rows])
    second = np.array([row["challenger"] for row in rows])
    assert first.tolist() == [row["probability"] for row in answered[:30]]
    slope, offset = 1.2 / model.calibration.slope, 0.3 - 1.2 / model.calibration.slope * model.calibration.intercept
    expected = slope * np.log(first / (1 - first)) + offset
    assert np.allclose(np.log(second / (1 - second)), expected, atol=1e-6)  # in one context

    client_of_runs = MlflowClient(uri)
    experiment = client_of_runs.get_experiment_by_name("hotleads")
    (run,) = client_of_runs.search_runs([experiment.experiment_id], "tags.job = 'shadow'")
    assert run.data.tags["model_version"] == model.version
    assert run.data.tags["challenger_version"] == challenger.version
    figures = run.data.metrics
    assert figures["leads"] == 30
    assert 0 < figures["same_tier"] <= 1
    assert figures["champion_mean_probability"] == pytest.approx(first.mean())
    assert figures["challenger_mean_probability"] == pytest.approx(second.mean())
    assert figures["mean_absolute_difference"] == pytest.approx(np.abs(first - second).mean())
    assert figures["correlation"] == pytest.approx(np.corrcoef(first, second)[0, 1])
