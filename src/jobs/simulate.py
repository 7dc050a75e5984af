"""Simulate a marketplace where every lead's probability of buying is known."""

import os
from dataclasses import replace
from pathlib import Path

from ..history.progress import ProgressCallback, ignore_progress
from ..simulator import SimulationOptions, simulate


def run_simulate(out: Path, options: SimulationOptions, progress: ProgressCallback = ignore_progress) -> dict[str, int]:
    """Simulate a history into a folder, on every core, and return its rows by table. Raises ValueError."""
    return simulate(
        out,
        replace(options, processes=os.cpu_count() or 1),
        lambda done, leads: progress(f"{done:,} of {leads:,} leads"),
    )
