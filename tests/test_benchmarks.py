"""The benchmarks open: what they import from each other and from the package is there, and what they write is read."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from hotleads.history import open_history
from tests.conftest import REPOSITORY

FOLDER = REPOSITORY / "benchmarks"
#: Runs in an environment of its own, with AutoGluon's packages.
ELSEWHERE = {"learner_autogluon_fit"}


@pytest.mark.slow
def test_every_benchmark_opens() -> None:
    names = sorted({path.stem for path in FOLDER.glob("*.py")} - ELSEWHERE)
    code = f"import importlib\nfor name in {names}: importlib.import_module(name)"
    opened = subprocess.run(
        [sys.executable, "-c", code], cwd=FOLDER, capture_output=True, text=True, timeout=300, check=False
    )
    assert opened.returncode == 0, opened.stderr


def test_the_history_of_the_feature_table_is_one(study: Callable[[str], ModuleType], tmp_path: Path) -> None:
    rows = study("feature_data").write_history(tmp_path / "history", 5_000)
    history = open_history(tmp_path / "history")
    assert len(history.read("purchases", ["lead_id", "seller_id"])) == rows["purchases"]
