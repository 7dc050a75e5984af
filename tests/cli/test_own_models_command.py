"""`hotleads backtest --model module:factory` as a user runs it: a module in the working folder, beside our model."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from hotleads.cli.main import app
from tests.training.businesses import build_shop

LAUNCH = "month-6"
MODULE = "estimators_in_the_working_folder"
SOURCE = """
from sklearn.dummy import DummyClassifier


def build_half():
    return DummyClassifier()


def build_nothing():
    return 0
"""


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shop")
    for name, frame in build_shop().items():
        frame.to_csv(folder / f"{name}.csv", index=False)
    return folder


@pytest.fixture(autouse=True)
def _working_folder(tmp_path: Path, new_store: Callable[[Path], str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder with the module and an MLflow store; what the command imports from it is forgotten afterwards."""
    (tmp_path / f"{MODULE}.py").write_text(SOURCE, encoding="utf-8")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", new_store(tmp_path))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.setitem(sys.modules, MODULE, None)
    monkeypatch.delitem(sys.modules, MODULE)


def backtest(history: Path, *arguments: str) -> tuple[int, str]:
    command = ["backtest", "--history", str(history), "--out", "out", "--launches", LAUNCH, "--trials", "0"]
    result = CliRunner().invoke(app, [*command, *arguments])
    assert isinstance(result.exception, SystemExit | None), "an error must not end in a traceback"
    return result.exit_code, " ".join(result.output.split())


@pytest.mark.slow
def test_a_factorys_estimator_stands_in_the_report_beside_ours(history: Path) -> None:
    code, text = backtest(history, "--model", f"{MODULE}:build_half")
    assert code == 0, text
    (launch,) = json.loads(Path("out/report.json").read_text())["launches"]
    entries = {entry["baseline"]: entry for entry in launch["baselines"]}
    assert entries["build_half"]["metrics"]["roc_auc"] == 0.5
    assert launch["metrics"]["roc_auc"] > 0.5
    assert "build_half" in Path("out/report.html").read_text()


@pytest.mark.parametrize(
    ("models", "message"),
    [
        (["build_half"], "write module:function"),
        (["no_such_module:build"], "no module 'no_such_module'"),
        ([f"{MODULE}:build"], "no function 'build'"),
        ([f"{MODULE}:build_nothing"], "build_nothing is no estimator"),
        ([f"{MODULE}:build_half", f"{MODULE}:build_half"], "two models are called build_half"),
    ],
)
def test_what_makes_no_estimator_is_refused_with_what_to_do(history: Path, models: list[str], message: str) -> None:
    code, text = backtest(history, *(part for model in models for part in ("--model", model)))
    assert code == 1
    assert message in text
    assert not Path("out").exists()
