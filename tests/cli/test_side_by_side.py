"""Commands that somebody starts beside each other in one folder: real processes, and each ends well."""

import os
import shutil
import subprocess
import sys
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
#: Nothing was replaced yet when the roll-back came first: it says so.
REFUSALS = ("there is nothing to roll back to",)
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


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a history `h`, and `base` with a champion from before its last launch."""
    folder = tmp_path_factory.mktemp("pairs")
    simulate(folder / "h", SimulationOptions(leads=1_500, launches=4, seed=11))
    opens = pd.read_csv(folder / "h" / "launches.csv")["cart_opens_at"].iloc[-1]
    (folder / "base").mkdir()
    process = start(folder / "base", f"train ../h --trials 0 --until {opens}")
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
        refused = process.returncode == 1 and any(reason in output for reason in REFUSALS)
        advised = str(command).startswith("monitor") and process.returncode in MONITOR_CODES
        assert process.returncode == 0 or refused or advised, output
    if "score" in pair:
        assert set(pd.read_csv(place / "a.csv")["launch_id"]) == {launch}
        assert (place / "a.html").read_text(encoding="utf-8").endswith("</html>")
