"""`hotleads monitor` as a person or a schedule runs it: files, exit codes, MLflow, a challenger, pages in a browser."""

import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import mlflow
import pytest
from mlflow import MlflowClient
from typer.testing import CliRunner

from hotleads.cli.main import app
from hotleads.history import open_history
from hotleads.scoring import save
from hotleads.simulator import SimulationOptions, simulate
from hotleads.tracking.registry import load_registered_model
from hotleads.training import FitOptions, fit_model
from tests.pages import FIND_CUT_OFF

CHROMIUM = shutil.which("chromium")
LAST = "2024-12-cake-course"  # the last launch that `monitored` simulates

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Place:
    history: Path
    model: Path
    out: Path
    workspace: Path
    text: str
    exit_code: int


@pytest.fixture(scope="module")
def monitored(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A launch whose leads buy less than before, scored, monitored and recalibrated."""
    folder = tmp_path_factory.mktemp("monitor")
    simulate(folder / "history", SimulationOptions(leads=5_000, launches=6, seed=11, drift=["prior-shift"]))
    history = open_history(folder / "history")
    launch = list(history.launches.values())[-1]
    save(fit_model(history, launch, launch.as_of, FitOptions(trials=0)).model, folder / "model")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{folder}/mlflow.db")
        patch.chdir(folder)
        common = ["--history", str(folder / "history"), "--launch", launch.launch_id, "--model", str(folder / "model")]
        scored = CliRunner().invoke(app, ["score", *common, "--out", "leads.parquet"])
        assert scored.exit_code == 0, scored.output
        places = ["--out", "report", "--workspace", "workspace"]
        done = CliRunner().invoke(app, ["monitor", *common, *places, "--apply", "recalibrate"])
        yield Place(
            folder / "history",
            folder / "model",
            folder / "report",
            folder / "workspace",
            done.output,
            done.exit_code,
        )


def test_the_exit_code_is_the_advice(monitored: Place) -> None:
    assert monitored.exit_code == 10, monitored.text
    assert json.loads((monitored.out / "monitor.json").read_text())["advice"]["action"] == "recalibrate"
    assert "Advice: recalibrate" in monitored.text


def test_pages_stay_small(monitored: Place) -> None:
    pages = {path.name: path.stat().st_size for path in monitored.out.glob("*.html")}
    assert len(pages) == 3
    assert pages.pop("launches.html") < 1_000_000
    assert max(pages.values()) < 10_000_000


def test_figures_and_files_are_in_the_run_that_scored_the_launch(monitored: Place) -> None:
    (run,) = mlflow.search_runs(experiment_names=["hotleads"], filter_string="tags.job = 'score'", output_format="list")
    assert run.data.tags["monitor_diagnosis"] == "conversion"
    assert run.data.metrics["monitor_base_rate"] < run.data.metrics["monitor_expected_conversion"]
    names = {Path(artifact.path).name for artifact in MlflowClient().list_artifacts(run.info.run_id, "monitoring")}
    assert {"monitor.json", "launches.html", "drift-against-training.html"} <= names
    (line,) = mlflow.search_runs(
        experiment_names=["hotleads"], filter_string="tags.job = 'launches'", output_format="list"
    )
    assert line.data.metrics["base_rate"] == run.data.metrics["monitor_base_rate"]


def test_the_challenger_is_recalibrated_and_no_champion(monitored: Place) -> None:
    challenger, old = load_registered_model("models:/hotleads@challenger"), load_registered_model(str(monitored.model))
    assert challenger.card["recalibrated"]["from_version"] == old.version
    assert challenger.calibration.intercept < old.calibration.intercept
    assert challenger.context.reference_rate == old.context.reference_rate
    with pytest.raises(LookupError):
        load_registered_model()


def test_a_wrong_remedy_and_an_unknown_launch_have_codes_of_their_own(monitored: Place) -> None:
    common = ["monitor", "--history", str(monitored.history), "--model", str(monitored.model), "--out", "nowhere"]
    assert CliRunner().invoke(app, [*common, "--launch", LAST, "--apply", "pray"]).exit_code == 2
    assert CliRunner().invoke(app, [*common, "--launch", "none"]).exit_code == 1


@pytest.mark.skipif(CHROMIUM is None and "CI" not in os.environ, reason="chromium is not installed")
def test_pages_are_titled_whole_and_ask_for_nothing(monitored: Place) -> None:
    from playwright.sync_api import sync_playwright

    quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", *quiet])
        context = browser.new_context(offline=True, viewport={"width": 1280, "height": 900})
        for path in sorted(monitored.out.glob("*.html")):
            page, requests, errors = context.new_page(), [], []
            page.on("request", lambda request, urls=requests: urls.append(request.url))
            page.on(
                "console", lambda line, messages=errors: messages.append(line.text) if line.type == "error" else None
            )
            page.on("pageerror", lambda error, messages=errors: messages.append(str(error)))
            page.goto(path.as_uri(), wait_until="load", timeout=120_000)
            page.wait_for_timeout(1_000)
            assert LAST in page.title(), path.name
            assert page.evaluate(FIND_CUT_OFF) == [], path.name
            assert [url for url in requests if not url.startswith(("data:", "blob:"))] == [path.as_uri()], path.name
            assert not errors, path.name
            assert len(page.inner_text("body")) > 500, path.name
        browser.close()


def test_monitored_again_the_workspace_holds_the_launch_once(monitored: Place) -> None:
    from evidently.ui.workspace import Workspace

    from hotleads.monitoring import monitor_launch
    from hotleads.monitoring.workspace import add_to_workspace
    from hotleads.scoring import load

    history = open_history(monitored.history)
    launch = list(history.launches.values())[-1]
    result = monitor_launch(history, launch, load(monitored.model), reports=False)
    (entry,) = add_to_workspace(monitored.workspace, history.name, launch.strategy, result)
    assert entry["launch_id"] == launch.launch_id
    assert entry["figures"]["base_rate"] == pytest.approx(result.figures["base_rate"])
    (project,) = Workspace.create(str(monitored.workspace)).list_projects()
    assert len(project.dashboard.model().panels) == 7
