"""Simulated histories of six launches, clean and with what can go wrong switched on."""

from collections.abc import Callable

import pytest

from hotleads import simulator
from hotleads.history import History, import_history, open_history

Simulated = Callable[..., History]


@pytest.fixture(scope="session")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Simulated:
    """The history of a seed and its switches, made once."""
    made: dict[object, History] = {}

    def history(seed: int, drift: tuple[str, ...] = (), defects: tuple[str, ...] = ()) -> History:
        key = (seed, drift, defects)
        if key not in made:
            folder = tmp_path_factory.mktemp("simulated")
            simulator.simulate(
                folder / "raw",
                simulator.SimulationOptions(leads=8_000, launches=6, seed=seed, drift=drift, defects=defects),
            )
            import_history(folder / "raw", folder / "history")
            made[key] = open_history(folder / "history")
        return made[key]

    return history
