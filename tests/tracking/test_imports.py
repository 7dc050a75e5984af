"""What loading a model imports: a service must not pay for training's libraries."""

import subprocess
import sys

CODE = "import sys, hotleads.tracking.registry; print(*sys.modules)"


def test_tracking_imports_neither_training_nor_its_libraries() -> None:
    modules = subprocess.run([sys.executable, "-c", CODE], check=True, capture_output=True, text=True).stdout.split()
    assert "hotleads.tracking.registry" in modules
    # XGBoost itself imports a part of scikit-learn where it is installed, but no estimators.
    assert not {"optuna", "sklearn.linear_model", "hotleads.training", "hotleads.monitoring"} & set(modules)
