"""What scoring imports: neither plots nor training's libraries, which a service should not pay for."""

import subprocess
import sys
from pathlib import Path

import pytest

from hotleads.scoring import Model, save

_LOAD_AND_PREDICT = """
import sys

for name in {absent}:
    sys.modules[name] = None  # importing it raises ImportError

from pathlib import Path

import numpy as np

from hotleads.scoring import load

model = load(Path(sys.argv[1]))
print(model.explain_matrix(np.zeros((3, len(model.features)))).probability.sum() > 0)
print(sorted({{"shap", "optuna", "matplotlib", "mlflow"}} & set(sys.modules)))
"""


@pytest.mark.slow
@pytest.mark.parametrize("absent", [[], ["shap", "sklearn", "optuna", "matplotlib", "mlflow"]])
def test_loading_and_predicting_need_no_library_of_plots_or_training(
    model: Model, tmp_path: Path, absent: list[str]
) -> None:
    """XGBoost itself imports scikit-learn where that is installed, so here it is made absent."""
    save(model, tmp_path / "model")
    script = _LOAD_AND_PREDICT.format(absent=absent)
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "model")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["True", str(sorted({"shap", "optuna", "matplotlib", "mlflow"} & set(absent)))]
