"""Commands that somebody starts beside each other in one folder: real processes, and each ends well."""

import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pandas as pd
import pytest

from hotleads.simulator import SimulationOptions, simulate

pytestmark = pytest.mark.slow

#: Two commands, the exit codes that are well for each, and whether a champion is there before.
PAIRS = {
    "train, backtest": ("train ../h --trials 0", "backtest ../h --trials 0 --out bt", False),
    "score, score": ("score ../h --launch {launch} --out a.csv", "score ../h --launch {launch} --out a.csv", True),
    "score, explain": (
        "score ../h --launch {launch} --out a.csv",
        "explain ../h --launch {launch} --lead {lead}",
        True,
    ),
    "score, monitor": ("score ../h --launch {launch} --out a.csv", "monitor ../h --launch {launch} --out m", True),
    "train, rollback": ("train ../h --trials 0 --force", "rollback", True),
}
MONITOR_CODES = (10, 11, 12)


def start(folder: Path, command: str) -> "subprocess.Popen[str]":
    environment = {name: value for name, value in os.environ.items() if name != "MLFLOW_TRACKING_URI"}
    return subprocess.Popen(
        [sys.executable, "-m", "hotleads", *command.split()],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def read_champion(folder: Path) -> int:
    with closing(sqlite3.connect(folder / "mlruns" / "mlflow.db")) as store:
        rows = store.execute("SELECT version FROM registered_model_aliases WHERE alias = 'champion'").fetchall()
    return int(rows[0][0])


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a history `h`, and `base` with a champion from before its last launch, which replaced another."""
    folder = tmp_path_factory.mktemp("pairs")
    simulate(folder / "h", SimulationOptions(leads=800, launches=4, seed=11))
    opens = pd.read_csv(folder / "h" / "launches.csv")["cart_opens_at"].iloc[-1]
    (folder / "base").mkdir()
    for seed in (0, 1):
        process = start(folder / "base", f"train ../h --trials 0 --until {opens} --seed {seed} --force")
        output = process.communicate()[0]
        assert process.returncode == 0, output
    return folder


@pytest.mark.parametrize("pair", PAIRS)
def test_two_commands_side_by_side_end_well_or_say_why(pair: str, trained: Path) -> None:
    *commands, needs_champion = PAIRS[pair]
    place = trained / pair.replace(", ", "-")
    if needs_champion:
        shutil.copytree(trained / "base", place)
    else:
        place.mkdir()
    leads = pd.read_csv(trained / "h" / "leads.csv.gz", dtype=str).dropna(subset="launch_id")
    launch = pd.read_csv(trained / "h" / "launches.csv")["launch_id"].iloc[-1]
    lead = leads.loc[leads["launch_id"] == launch, "lead_id"].iloc[0]
    processes = [start(place, str(command).format(launch=launch, lead=lead)) for command in commands]
    for command, process in zip(commands, processes, strict=True):
        output = process.communicate()[0]
        assert "Traceback" not in output, output
        advised = str(command).startswith("monitor") and process.returncode in MONITOR_CODES
        assert process.returncode == 0 or advised, output
    if "rollback" in pair:
        assert read_champion(place) in (2, 3)  # the roll-back came after the promotion, or before
    if "score" in pair:
        assert set(pd.read_csv(place / "a.csv")["launch_id"]) == {launch}
        assert (place / "a.html").read_text(encoding="utf-8").endswith("</html>")
