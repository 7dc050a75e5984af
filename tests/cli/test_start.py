"""What every command has: an answer at once where it needs no data, a version, one way to name a history, help."""

import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest
from typer.testing import CliRunner

import hotleads
from hotleads.cli.commands.options import (
    LanguageOption,
    MatureOption,
    ProcessesOption,
    ReasonsOption,
    SeedOption,
    TrialsOption,
)
from hotleads.cli.main import app
from hotleads.cli.settings import Settings

#: Each takes a good part of a second to import, or more.
HEAVY = {
    "pandas",
    "numpy",
    "numba",
    "duckdb",
    "pyarrow",
    "scipy",
    "sklearn",
    "mlflow",
    "optuna",
    "xgboost",
    "evidently",
}
CODE = """
import sys
from hotleads.cli.main import app
try:
    app(sys.argv[1:])
except SystemExit as stop:
    code = stop.code
print("loaded", code, *sys.modules)
"""


def run_in_new_process(folder: Path, *command: str) -> tuple[str, int, set[str]]:
    done = subprocess.run(
        [sys.executable, "-c", CODE, *command], cwd=folder, capture_output=True, text=True, check=True
    )
    shown, _, loaded = done.stdout.rpartition("loaded ")
    code, *modules = loaded.split()
    return shown + done.stderr, int(code), set(modules)


@pytest.mark.parametrize(
    ("command", "code", "expected_message"),
    [
        (["check", "nowhere"], 1, "nowhere is no folder"),
        (["train", "--history", "nowhere"], 1, "nowhere is no folder"),
        (["score", "--bogus"], 2, "--bogus"),
        (["settings"], 0, "trials"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_an_answer_that_needs_no_data_imports_no_heavy_library(
    tmp_path: Path, command: list[str], code: int, expected_message: str
) -> None:
    output, exit_code, modules = run_in_new_process(tmp_path, *command)
    assert (exit_code, expected_message in output) == (code, True), output
    assert not HEAVY & modules


def test_the_version_is_told(tmp_path: Path) -> None:
    assert run_in_new_process(tmp_path, "--version")[:2] == (f"hotleads {hotleads.__version__}\n", 0)


@pytest.mark.parametrize("command", ["check", "backtest", "train", "score", "features", "explain", "monitor", "oracle"])
def test_every_command_takes_its_history_as_check_does_or_as_an_option(command: str, tmp_path: Path) -> None:
    others = {
        "backtest": ("--out", "o"),
        "score": ("--launch", "L", "--out", "o.csv"),
        "features": ("--launch", "L", "--out", "o"),
        "explain": ("--launch", "L", "--lead", "l"),
        "monitor": ("--launch", "L", "--out", "o"),
        "oracle": ("--scores", "s"),
    }.get(command, ())
    missing = str(tmp_path / "missing")
    for names in ([missing], ["--history", missing]):
        result = CliRunner().invoke(app, [command, *names, *others])
        assert result.exit_code == 1
        assert "is no folder" in result.output
    for wrong in ([], [missing, "--history", missing]):
        result = CliRunner().invoke(app, [command, *wrong, *others])
        assert result.exit_code == 2
        assert "HISTORY" in result.output


def test_help_tells_the_defaults_that_the_settings_have() -> None:
    options = {
        "trials": TrialsOption,
        "seed": SeedOption,
        "mature": MatureOption,
        "language": LanguageOption,
        "reasons": ReasonsOption,
        "processes": ProcessesOption,
    }
    for name, option in options.items():
        default = Settings.model_fields[name].default
        shown = {"True": "mature", "False": "plain"}.get(str(default), str(default))
        assert f"(default: {shown})" in get_args(option)[1].help
