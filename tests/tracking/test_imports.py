"""What loading a model imports: a service must not pay for training's libraries."""

import subprocess
import sys

import pytest

CODE = "import sys, hotleads.tracking.registry; print(*sys.modules)"


@pytest.mark.slow
def test_tracking_imports_neither_training_nor_its_libraries() -> None:
    modules = subprocess.run([sys.executable, "-c", CODE], check=True, capture_output=True, text=True).stdout.split()
    assert "hotleads.tracking.registry" in modules
    # XGBoost itself imports a part of scikit-learn where it is installed, but no estimators.
    assert not {"optuna", "sklearn.linear_model", "hotleads.training", "hotleads.monitoring"} & set(modules)


@pytest.mark.slow
def test_scoring_imports_neither_the_distributions_nor_the_spreadsheets() -> None:
    """`scipy.stats` takes a second, openpyxl a fifth of one, and a Parquet file of scores needs neither."""
    alone = "from hotleads.scoring.xgboost_import import import_xgboost_alone; import_xgboost_alone(); "
    code = f"{alone}import sys, hotleads.jobs.score; print(*sys.modules)"
    modules = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.split()
    assert not {"scipy.stats", "openpyxl"} & set(modules)
