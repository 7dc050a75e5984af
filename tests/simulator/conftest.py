"""Histories that several tests of the simulator read."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from hotleads import simulator

Tables = dict[str, pd.DataFrame]
TIMES = {"leads": ["captured_at"], "purchases": ["occurred_at"], "events": ["occurred_at"]}


def read_tables(folder: Path) -> Tables:
    """The three tables as written, and the truth."""
    tables: Tables = {"truth": simulator.read_truth(folder)}
    for name, times in TIMES.items():
        tables[name] = pd.read_csv(folder / f"{name}.csv.gz", parse_dates=times, dtype={"phone": "str"})
    return tables


@pytest.fixture(scope="session")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Tables]:
    """The tables of a small history with the named switches; each choice of them is simulated once."""
    made: dict[str, Tables] = {}

    def tables(**options: object) -> Tables:
        key = repr(sorted(options.items()))
        if key not in made:
            folder = tmp_path_factory.mktemp("history")
            simulator.simulate(
                folder, simulator.SimulationOptions(**{"leads": 4_000, "launches": 9, "seed": 11} | options)
            )
            made[key] = read_tables(folder)
        return made[key]

    return tables
