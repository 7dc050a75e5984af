"""The bento: it says at once what it lacks, and serves where the project is not installed."""

import json
import re
import subprocess
import sys
import sysconfig
from pathlib import Path

import httpx
import pandas as pd
import pytest
import yaml

from hotleads.scoring import LaunchProfile

from .conftest import LAUNCH, Row
from .running import ROOT, build_outside_environment, find_free_port, run_service

LOCK = "requirements-core.lock"


def read_pins(file: Path) -> set[tuple[str, str]]:
    """Names with their exact versions; in the whole lock file some have one for each Python."""
    return set(re.findall(r"^([a-z0-9][a-z0-9._-]*)==([^\s;\\]+)", file.read_text(), re.MULTILINE))


def test_the_cores_lock_is_part_of_the_whole_one() -> None:
    core, all_pins = read_pins(ROOT / LOCK), read_pins(ROOT / "requirements.lock")
    assert len(core) > 100
    names = {name for name, _ in core}
    assert core <= all_pins
    assert not {"pytest", "jupyterlab"} & names
    assert "://" not in (ROOT / LOCK).read_text()
    declared = re.findall(
        r'^    "([a-z0-9-]+)[>=]', (ROOT / "pyproject.toml").read_text().split("[project.opt")[0], re.M
    )
    assert set(declared) - {"xgboost"} <= names


@pytest.fixture(scope="module")
def bento(tmp_path_factory: pytest.TempPathFactory) -> Path:
    store = tmp_path_factory.mktemp("bento")
    env = build_outside_environment(store)
    subprocess.run(["make", "bento"], cwd=ROOT, env=env, check=True, capture_output=True)
    (folder,) = store.glob("bentoml/bentos/hotleads/*/")
    return folder


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A Python that has the libraries and not the project."""
    folder = tmp_path_factory.mktemp("python")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    paths = {"base": str(folder), "platbase": str(folder)}
    site_packages = Path(sysconfig.get_path("purelib", "venv", vars=paths))
    # A .pth file of a folder that a .pth file names is not read, so the project's own is not.
    (site_packages / "libraries.pth").write_text(sysconfig.get_path("purelib"))
    python = Path(sysconfig.get_path("scripts", "venv", vars=paths)) / "python"
    has = [
        str(python),
        "-c",
        "from importlib.util import find_spec as f; print(bool(f('bentoml')), bool(f('hotleads')))",
    ]
    completed = subprocess.run(
        has, cwd=folder, env=build_outside_environment(folder), check=True, capture_output=True, text=True
    )
    assert completed.stdout.split() == ["True", "False"]
    return str(python)


@pytest.mark.slow
class TestBento:
    def test_holds_the_packages_and_nothing_else(self, bento: Path) -> None:
        assert {path.name for path in (bento / "src").iterdir()} == {"bentofile.yaml", "hotleads"}
        assert (bento / "src" / "hotleads" / "py.typed").is_file()
        assert not list(bento.rglob("__pycache__"))
        assert (bento / "src" / "hotleads" / "reports" / "templates" / "report.html").is_file()
        assert read_pins(bento / "env" / "python" / "requirements.txt") == read_pins(ROOT / LOCK)
        texts = [path.read_text() for path in bento.rglob("*") if path.suffix in (".yaml", ".txt", ".json", ".md")]
        assert not [text for text in texts if str(ROOT) in text]

    def test_has_a_file_for_a_container(self, bento: Path) -> None:
        lines = (bento / "env" / "docker" / "Dockerfile").read_text().splitlines()
        assert "FROM python:3.11-slim AS base-container" in lines
        for source in re.findall(r"^COPY --chown=\S+ (\S+)", "\n".join(lines), re.MULTILINE):
            assert (bento / source).exists(), source
        assert any("pip install -r $BENTO_PATH/env/python/requirements.txt" in line for line in lines)
        assert "USER bentoml" in lines
        assert (bento / "env" / "docker" / "entrypoint.sh").is_file()
        assert yaml.safe_load((bento / "bento.yaml").read_text())["service"] == "hotleads.serving.service:HotLeads"

    def test_says_at_once_what_it_lacks(self, bento: Path, elsewhere: str, tmp_path: Path) -> None:
        env = build_outside_environment(tmp_path)
        command = [elsewhere, "-m", "bentoml", "serve", str(bento), "--port", str(find_free_port())]
        ended = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=300, check=False)
        assert ended.returncode == 1
        assert "hotleads cannot serve: there is no model models:/hotleads@champion" in ended.stderr
        assert "HOTLEADS_SERVING_MODEL" in ended.stderr
        assert "Traceback" not in ended.stderr

    def test_gives_the_bits_of_the_batch(
        self,
        bento: Path,
        elsewhere: str,
        folder: Path,
        batch: tuple[pd.DataFrame, LaunchProfile],
        leads: list[Row],
        tmp_path: Path,
    ) -> None:
        port = find_free_port()
        command = [elsewhere, "-m", "bentoml", "serve", str(bento), "--port", str(port)]
        with run_service(tmp_path, {"HOTLEADS_SERVING_MODEL": str(folder)}, command, port) as service:
            body = {"launch_id": LAUNCH, "leads": leads}
            response = httpx.post(f"{service.url}/score", json=body, timeout=60).json()
            source = service.workers()[0].cwd()
        assert not Path(source).is_relative_to(ROOT)
        assert response["context_hash"] == batch[0]["context_hash"].iloc[0]
        assert [row["probability"] for row in response["leads"]] == batch[0]["probability"].tolist()
        assert [json.dumps(row["reasons"]) for row in response["leads"]] == [
            json.dumps(list(reasons)) for reasons in batch[0]["reasons"]
        ]
