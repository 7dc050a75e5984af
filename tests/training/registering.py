"""Registers and promotes a model over and over, killed some steps later each time, and says what each kill leaves.

    python registering.py MODEL OTHER_MODEL STRIDE

A step is a commit to the database or a file opened for writing beside it. Each try is a process of its own.
"""

import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mlflow
from mlflow import MlflowClient
from sqlalchemy import event
from sqlalchemy.engine import Engine

from hotleads.scoring import load
from hotleads.tracking.client import get_tracking_uri
from hotleads.tracking.registry import (
    REGISTERED_MODEL,
    build_model_uri,
    get_champion_version,
    load_registered_model,
    promote,
    register_model,
)
from hotleads.tracking.runs import start_run


def main() -> None:
    """One line of JSON a kill: the step, whether it was killed there, and what is left."""
    store = Path(os.environ["MLFLOW_TRACKING_URI"].removeprefix("sqlite:///")).parent
    first, second, stride = *sys.argv[1:3], int(sys.argv[3])
    in_child(lambda: train(first))
    for step in range(0, 1000, stride):
        folder = (second, first)[step // stride % 2]
        killed = in_child(lambda folder=folder, step=step: (kill_at(step, store), train(folder))) == signal.SIGKILL
        in_child(lambda killed=killed, step=step: print(json.dumps(describe_registry(step, killed)), flush=True))
        if not killed:  # it was done before it came to that step
            return


def train(folder: str) -> None:
    """What the end of a training does."""
    model = load(Path(folder))  # here, since XGBoost's threads do not outlive a fork
    with start_run("train", {"job": "train"}):
        promote(register_model(model), "better on the gate launch")


def kill_at(step: int, store: Path) -> None:
    """Kill this process before it does one step more than ``step``."""
    done = 0

    def count(*_: object) -> None:
        nonlocal done
        done += 1
        if done > step:
            os.kill(os.getpid(), signal.SIGKILL)

    def opened(name: str, arguments: tuple[Any, ...]) -> None:
        if name == "open" and str(arguments[0]).startswith(str(store)) and "w" in str(arguments[1] or ""):
            count()

    event.listen(Engine, "commit", count)
    sys.addaudithook(opened)


def describe_registry(step: int, killed: bool) -> dict[str, Any]:
    """The champion, and for each version its tag and what the model of that version says of itself."""
    mlflow.set_tracking_uri(get_tracking_uri())
    registered = MlflowClient().search_model_versions(f"name = '{REGISTERED_MODEL}'")
    versions = {
        str(version.version): [
            version.tags.get("model_version"),
            load_registered_model(build_model_uri(version.version)).version,
        ]
        for version in registered
    }
    return {"step": step, "killed": killed, "champion": get_champion_version(), "versions": versions}


def in_child(work: Callable[[], object]) -> int:
    """Do it in a process of its own; the signal that ended it, or 0."""
    child = os.fork()
    if child == 0:
        work()
        os._exit(0)
    return os.WTERMSIG(os.waitpid(child, 0)[1])


if __name__ == "__main__":
    main()
