"""The registered model for programs that know MLflow alone."""

import subprocess
import sys
from pathlib import Path

import mlflow
import numpy as np
import pandas as pd
import pytest

from hotleads.scoring import Model, compute_probabilities
from hotleads.tracking import build_model_uri

#: Loads the champion beside modules of its own that have the names of this project's packages.
PROGRAM = """
import mlflow, pandas as pd, sys
import features, training
mlflow.set_tracking_uri(sys.argv[1])
model = mlflow.pyfunc.load_model(sys.argv[2])
model.predict(pd.read_parquet("table.parquet")).to_frame().to_parquet("predicted.parquet")
assert features.OWNER == training.OWNER == "me"
assert "hotleads.training" not in sys.modules
"""


def test_programs_that_know_mlflow_alone_get_the_same_probabilities(
    versions: list[str], models: tuple[Model, Model], table: pd.DataFrame
) -> None:
    loaded = mlflow.pyfunc.load_model(build_model_uri(versions[0]))
    shuffled = table.sample(frac=1, random_state=0)[table.columns[::-1]]
    predicted = loaded.predict(shuffled)
    np.testing.assert_array_equal(predicted.index, shuffled.index)
    expected = pd.Series(compute_probabilities(models[0].predict_logits(table)), table.index)
    np.testing.assert_array_equal(predicted, expected.loc[shuffled.index])


@pytest.mark.slow
def test_model_loads_in_a_project_with_its_own_training_and_features(
    store: Path, versions: list[str], models: tuple[Model, Model], table: pd.DataFrame, tmp_path: Path
) -> None:
    (tmp_path / "training").mkdir()
    for name in ("training/__init__.py", "features.py"):
        (tmp_path / name).write_text("OWNER = 'me'\n")
    (tmp_path / "program.py").write_text(PROGRAM)
    table.to_parquet(tmp_path / "table.parquet")
    command = [sys.executable, "program.py", f"sqlite:///{store}/mlflow.db", build_model_uri(versions[0])]
    subprocess.run(command, cwd=tmp_path, check=True)
    predicted = pd.read_parquet(tmp_path / "predicted.parquet")["probability"]
    np.testing.assert_array_equal(predicted, compute_probabilities(models[0].predict_logits(table)))
