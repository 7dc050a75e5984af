"""Killed at any point, a job leaves a champion that is whole, and the next command goes on to the same end."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import mlflow
import pandas as pd
import pytest

from hotleads.history import History
from hotleads.scoring import Model, ScoringOptions, save, score_launch
from hotleads.tracking.registry import build_model_uri, get_champion_version, load_registered_model
from hotleads.training import FitOptions, backtest, fit_model

from .businesses import to_instant

REPOSITORY = Path(__file__).parents[2]
#: Dies once the first batch is on disk, with a process of its own at work.
KILLED_IN_TUNING = """
import os, signal
from hotleads.training import trials, tuning
trials._MIN_CELLS_FOR_PROCESSES, write = 0, tuning.write_study
def write_and_die(study, file):
    write(study, file)
    os.kill(os.getpid(), signal.SIGKILL)
tuning.write_study = write_and_die
"""
#: Dies once the second launch is saved.
KILLED_IN_BACKTEST = """
import os, signal
from hotleads.training import result_cache
save, names = result_cache.save, []
def save_and_die(folder, name, result):
    save(folder, name, result)
    names.append(name)
    if len(names) == 2:
        os.kill(os.getpid(), signal.SIGKILL)
result_cache.save = save_and_die
"""
TWO_PROCESSES = "from hotleads.training import trials; trials._MIN_CELLS_FOR_PROCESSES = 0"


def build_environment(folder: Path) -> dict[str, str]:
    (folder / "tmp").mkdir(parents=True, exist_ok=True)
    return os.environ | {
        "MLFLOW_TRACKING_URI": f"sqlite:///{folder}/mlflow.db",
        "HOTLEADS_CACHE": str(folder / "cache"),
        "HOTLEADS_PROCESSES": "1",
        "TMPDIR": str(folder / "tmp"),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }


def run_hotleads(folder: Path, *arguments: object, first: str = "") -> int:
    """Runs a command in a process of its own, after the code ``first``; its exit code, or minus its signal."""
    command = [str(argument) for argument in arguments]
    code = f"{first}\nif __name__ == '__main__':\n from hotleads.cli.main import app\n app({command!r})"
    script = folder / "command.py"
    folder.mkdir(parents=True, exist_ok=True)
    script.write_text(code)
    ran = subprocess.run([sys.executable, script], env=build_environment(folder), cwd=folder, check=False)
    return ran.returncode


def run_mlflow(folder: Path, entry_point: str, **parameters: object) -> None:
    given = [part for name, value in parameters.items() for part in ("-P", f"{name}={value}")]
    command = [sys.executable, "-m", "mlflow", "run", REPOSITORY, "--env-manager", "local", "-e", entry_point, *given]
    subprocess.run(command, env=build_environment(folder), cwd=folder, check=True)


def load_first_version(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Model:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{folder}/mlflow.db")
    return load_registered_model(build_model_uri("1"))


@pytest.mark.slow
def test_a_registration_killed_at_any_step_leaves_a_whole_champion(shop: History, tmp_path: Path) -> None:
    for seed in (0, 1):
        save(
            fit_model(shop, shop.get_launch("month-6"), to_instant(150), FitOptions(trials=0, seed=seed)).model,
            tmp_path / f"model-{seed}",
        )
    models = [tmp_path / "model-0", tmp_path / "model-1"]
    command = [sys.executable, Path(__file__).with_name("registering.py"), *models, "5"]
    completed = subprocess.run(
        command, env=build_environment(tmp_path / "store"), check=True, capture_output=True, text=True
    )
    tries = [json.loads(line) for line in completed.stdout.splitlines()]
    assert [attempt["killed"] for attempt in tries] == [True] * (len(tries) - 1) + [False]
    assert len(tries) > 5
    before = "1"
    for attempt in tries:
        assert attempt["champion"] in (before, max(attempt["versions"], key=int))
        assert all(tag == loaded for tag, loaded in attempt["versions"].values()), (
            "a version is of the model that it says"
        )
        before = attempt["champion"]
    assert before == max(tries[-1]["versions"], key=int), "the one that nobody killed is the champion"


@pytest.mark.slow
def test_one_model_whatever_its_training_went_through(
    shop: History, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    train = ("train", "--history", shop.folder, "--trials", 10)
    uninterrupted, resumed, project = tmp_path / "whole", tmp_path / "resumed", tmp_path / "project"
    assert run_hotleads(uninterrupted, *train) == 0

    assert run_hotleads(resumed, *train, "--processes", 2, first=KILLED_IN_TUNING) == -signal.SIGKILL
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{resumed}/mlflow.db")
    mlflow.set_tracking_uri(os.environ["MLFLOW_TRACKING_URI"])
    assert get_champion_version() is None
    assert list((resumed / "cache").glob("study-*.log"))
    for _ in range(100):  # the process that was at work ends and clears up behind both
        if not (behind := list((resumed / "tmp").glob("hotleads-*"))):
            break
        time.sleep(0.2)
    assert not behind
    assert run_hotleads(resumed, *train, "--processes", 2, first=TWO_PROCESSES) == 0
    assert not list((resumed / "cache").glob("study-*.log"))

    run_mlflow(project, "train", history=shop.folder, trials=10, seed=0)

    models = [load_first_version(folder, monkeypatch) for folder in (uninterrupted, resumed, project)]
    assert len({model.version for model in models}) == 1
    launch, options = shop.get_launch("month-7"), ScoringOptions(reasons=0)
    first, *others = (score_launch(shop, launch, model, model.context, options=options) for model in models)
    for other in others:
        assert other["logit"].to_numpy().tobytes() == first["logit"].to_numpy().tobytes()


@pytest.mark.slow
def test_a_backtest_that_was_killed_goes_on_to_the_same_scores(shop: History, tmp_path: Path) -> None:
    command = ("backtest", "--history", shop.folder, "--out", tmp_path / "out", "--trials", 0, "--processes", 2)
    assert run_hotleads(tmp_path, *command, first=KILLED_IN_BACKTEST) == -signal.SIGKILL
    assert not (tmp_path / "out").exists()
    assert len(list((tmp_path / "cache").rglob("*.pickle"))) == 2
    progress: list[str] = []
    settings = FitOptions(trials=0, cache=tmp_path / "cache")
    scores, report = backtest(shop, settings, progress=progress.append)
    expected, uninterrupted = backtest(shop, FitOptions(trials=0))
    assert {message.split(":")[0] for message in progress} == {"month-6", "month-7"}
    pd.testing.assert_frame_equal(scores, expected, check_exact=True)
    assert report["launches"] == uninterrupted["launches"]


@pytest.mark.slow
def test_the_projects_entry_points(shop: History, tmp_path: Path) -> None:
    """All but ``train``, which another test runs so, and ``score``, which needs what it made."""
    raw = REPOSITORY / "data" / "sample"
    run_mlflow(tmp_path, "import", source=raw, out=tmp_path / "history")
    run_mlflow(tmp_path, "features", history=shop.folder, launch="month-6", out=tmp_path / "features.parquet")
    run_mlflow(tmp_path, "backtest", history=shop.folder, out=tmp_path / "backtest", trials=0)
    assert (tmp_path / "history" / "manifest.json").is_file()
    assert (tmp_path / "features.parquet").is_file()
    assert (tmp_path / "backtest" / "report.html").is_file()
