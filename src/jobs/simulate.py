"""Simulate a marketplace where every lead's probability of buying is known."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..history.progress import ProgressCallback, ignore_progress
from ..simulator import simulate


@dataclass(frozen=True)
class SimulateOptions:
    """What to simulate.

    Attributes
    ----------
    out
        Folder to write: a raw history, and the truth beside it.
    leads, launches
        How many people and launches.
    seed
        Equal options with an equal seed give equal bytes.
    drift, defects
        Switches of the simulator (``simulator.DRIFTS``, ``simulator.DEFECTS``).
    world
        ``creator``, or ``cdnow``: buyers with the published parameters of CDNOW.
    """

    out: Path
    leads: int = 10_000
    launches: int = 6
    seed: int = 0
    drift: Sequence[str] = ()
    defects: Sequence[str] = ()
    world: str = "creator"


def run_simulate(options: SimulateOptions, progress: ProgressCallback = ignore_progress) -> dict[str, int]:
    """Simulate a history and return its rows by table. Raises ValueError for a switch or world that does not exist."""
    return simulate(
        options.out,
        leads=options.leads,
        launches=options.launches,
        seed=options.seed,
        drift=options.drift,
        defects=options.defects,
        world=options.world,
        processes=os.cpu_count() or 1,
        progress=lambda done, leads: progress(f"{done:,} of {leads:,} leads"),
    )
