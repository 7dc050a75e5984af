"""A small simulated marketplace, a model for its last launch, and that launch monitored."""

import os

os.environ.setdefault(
    "OMP_WAIT_POLICY", "passive"
)  # before XGBoost loads: on a busy machine its threads spin otherwise

from pathlib import Path

import pytest

from hotleads.history import History, Launch, open_history
from hotleads.monitoring import MonitoringResult, monitor_launch
from hotleads.monitoring.launch_rows import LaunchRows, read_earlier_rows, read_launch_rows
from hotleads.monitoring.references import find_earlier_launches
from hotleads.scoring import Model
from hotleads.simulator import SimulationOptions, simulate
from hotleads.training import FitOptions, fit_model

LEADS, LAUNCHES, SEED = 4_000, 6, 11


def simulated(folder: Path, **switches: list[str]) -> History:
    """Six launches, five of them classic; the switches set in with the last."""
    simulate(folder, SimulationOptions(leads=LEADS, launches=LAUNCHES, seed=SEED, **switches))
    return open_history(folder)


@pytest.fixture(scope="session")
def history(tmp_path_factory: pytest.TempPathFactory) -> History:
    return simulated(tmp_path_factory.mktemp("clean"))


@pytest.fixture(scope="session")
def launch(history: History) -> Launch:
    return list(history.launches.values())[-1]


@pytest.fixture(scope="session")
def model(history: History, launch: Launch) -> Model:
    """Trained on what was over when the last launch opened."""
    return fit_model(history, launch, launch.as_of, FitOptions(trials=0)).model


@pytest.fixture(scope="session")
def rows(history: History, launch: Launch, model: Model) -> LaunchRows:
    return read_launch_rows(history, launch, model)


@pytest.fixture(scope="session")
def earlier(history: History, launch: Launch, model: Model) -> list[LaunchRows]:
    return read_earlier_rows(
        history, find_earlier_launches(history, launch, model), model, known_at=launch.as_of, max_leads=None
    )


@pytest.fixture(scope="session")
def monitored(history: History, launch: Launch, model: Model) -> MonitoringResult:
    return monitor_launch(history, launch, model)
