"""The benchmarks open: what they import from each other and from the package is there."""

import subprocess
import sys

import pytest

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
