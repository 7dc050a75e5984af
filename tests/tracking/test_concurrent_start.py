"""Commands that are started at the same moment in a folder where nothing was tracked yet."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from mlflow import MlflowClient

from hotleads.tracking import EXPERIMENT

pytestmark = pytest.mark.slow

#: What every job does first, and what every command that reads the registry does.
START = """
import sys
import time
from pathlib import Path
from hotleads.tracking import find_runs, start_run

Path(f"ready-{sys.argv[1]}").touch()
while len(list(Path().glob("ready-*"))) < 3:
    time.sleep(0.001)
find_runs({"job": "test"})
with start_run(f"run {sys.argv[1]}", {"job": "test"}):
    pass
"""


def test_three_commands_that_create_the_store_together_all_run(tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "MLFLOW_TRACKING_URI"}
    started = [
        subprocess.Popen(
            [sys.executable, "-c", START, str(number)],
            cwd=tmp_path,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for number in range(3)
    ]
    outputs = [process.communicate()[0] for process in started]
    assert [process.returncode for process in started] == [0, 0, 0], outputs
    client = MlflowClient(f"sqlite:///{tmp_path}/mlruns/mlflow.db")
    (experiment,) = [found for found in client.search_experiments() if found.name == EXPERIMENT]
    assert len(client.search_runs([experiment.experiment_id])) == 3
