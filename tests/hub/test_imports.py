"""What the hub's processes load: never training, which a job has in a child process of its own."""

import subprocess
import sys

import pytest

from tests.hub.installations import Installation

CODE = """
import sys
from hotleads.hub.site.setup import open_installation
open_installation()
import hotleads.hub.site.work, hotleads.hub.site.job_kinds, hotleads.hub.intake.uploads, hotleads.hub.feed.scores
import hotleads.hub.engine.arrivals
print(*sys.modules)
"""


@pytest.mark.slow
def test_worker_and_rooms_import_no_training(sqlite_installation: Installation) -> None:
    loaded = subprocess.run(
        [sys.executable, "-c", CODE], env=sqlite_installation.environment, capture_output=True, text=True, check=True
    ).stdout.split()
    assert "hotleads.hub.engine.worker" in loaded
    assert not [name for name in loaded if name.split(".")[:2] == ["hotleads", "training"]]
    assert not {"mlflow", "xgboost", "optuna", "sklearn"} & set(loaded)
