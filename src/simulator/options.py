"""What to simulate."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class SimulationOptions:
    """What to simulate, and how to write it. Equal options give equal bytes, whatever the number of processes.

    Attributes
    ----------
    leads, launches : int
        How many people and launches.
    seed : int
        Another seed gives another history of the same world.
    world : str
        A name of ``WORLDS``.
    drift, defects : sequence of str
        Names of switches (``DRIFTS``, ``DEFECTS``), all off by default.
    level_spread : float
        How far launches differ for no reason that a lead shows: the standard deviation of what each adds to the
        log-odds.
    level_drift : float
        What the log-odds gain from each launch to the next.
    open_last_launch : bool
        Leave out everything at or after the opening of the last launch's cart.
    parquet : bool or None
        Parquet rather than gzip CSV; None: above 100,000 leads.
    processes : int
        How many work at the same time. More than one are started afresh, so a script that asks for them needs the usual
        ``if __name__ == "__main__"``.
    """

    leads: int = 10_000
    launches: int = 6
    seed: int = 0
    world: str = "creator"
    drift: Sequence[str] = ()
    defects: Sequence[str] = ()
    level_spread: float = 0.0
    level_drift: float = 0.0
    open_last_launch: bool = False
    parquet: bool | None = None
    processes: int = 1

    def check_sizes(self) -> None:
        """Raise ``ValueError`` for a size that makes no sense."""
        for name in ("leads", "launches", "processes"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, not {getattr(self, name)}")
        for name in ("seed", "level_spread"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} must not be negative, but is {getattr(self, name)}")
