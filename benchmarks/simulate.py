"""How fast a marketplace is simulated, beside a plain Python loop that draws the buyers and nothing else.

    python benchmarks/simulate.py [--leads 400000] [--processes 2]

Prints status rows of purchases a second (wall time and processor time), the size of what was written, and peak memory.
The rival draws BG/NBD orders, one by one, and writes five columns of them as CSV: no launch, no event, no truth.
"""

import argparse
import csv
import platform
import random
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import numpy as np
import pyarrow as pa

from hotleads import simulator

RIVAL_LEADS = 50_000
CDNOW = (0.243, 4.414, 0.793, 2.426)
WEEKS = 78.0
USAGES = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
Result = TypeVar("Result")


def main() -> None:
    """Time the simulator, then the rival."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--leads", type=int, default=400_000)
    parser.add_argument("--launches", type=int, default=9)
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args()
    print(f"Python {platform.python_version()}, numpy {np.__version__}, pyarrow {pa.__version__}, {platform.machine()}")
    ours = measure_ours(options.leads, options.launches, options.processes)
    theirs = measure_rival()
    print(f"rows of all tables a processor second, ratio to the rival: {ours / theirs:.1f}")


def measure_ours(leads: int, launches: int, processes: int) -> float:
    """Print the simulator's figures; return the rows of all tables a processor second."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder)
        rows, wall, processor = time_job(
            lambda: simulator.simulate(
                out,
                simulator.SimulationOptions(leads=leads, launches=launches, seed=1, processes=processes, parquet=True),
            )
        )
        size = sum(file.stat().st_size for file in out.iterdir()) / 1e6
    listed = ", ".join(f"{count:,} {name}" for name, count in rows.items())
    print(f"simulator, {leads:,} leads, {processes} processes: {listed}; {size:.0f} MB")
    print(f"  {wall:.1f} s, {rows['purchases'] / wall:,.0f} purchases a second of wall time", end="")
    print(f"; {processor:.1f} s, {rows['purchases'] / processor:,.0f} a second of processor time")
    parent, workers = (resource.getrusage(who).ru_maxrss // 1024 for who in USAGES)
    print(f"  peak memory: {parent} MiB, and {workers} MiB the largest worker")
    return sum(rows.values()) / processor


def measure_rival() -> float:
    """Print the plain loop's figures; return the purchases a processor second."""
    with tempfile.TemporaryDirectory() as folder:
        rows, wall, processor = time_job(lambda: draw_one_by_one(Path(folder) / "purchases.csv"))
    print(f"plain loop, {RIVAL_LEADS:,} buyers, orders alone, no launch, no truth: {rows:,} purchases")
    print(f"  {wall:.1f} s, {rows / wall:,.0f} a second of wall time; {rows / processor:,.0f} of processor time")
    return rows / processor


def draw_one_by_one(path: Path) -> int:
    """Write BG/NBD buyers with ``random``, one order at a time; return the number of rows."""
    r, alpha, a, b = CDNOW
    draw, rows = random.Random(1), 0  # noqa: S311
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["transaction_id", "lead_id", "occurred_at", "amount", "status"])
        for lead in range(RIVAL_LEADS):
            rate, dropout, week = draw.gammavariate(r, 1 / alpha), draw.betavariate(a, b), 0.0
            while week < WEEKS:
                writer.writerow(
                    [f"T{rows}", f"L{lead:08d}", f"{week:.5f}", round(draw.gammavariate(6.25, 5.6), 2), "approved"]
                )
                rows += 1
                if week > 0 and draw.random() < dropout:
                    break
                week += draw.expovariate(max(rate, 1e-9))
    return rows


def time_job(job: Callable[[], Result]) -> tuple[Result, float, float]:
    """Return the job's result, wall seconds, and processor seconds of this process and its children."""
    wall, processor = time.perf_counter(), read_processor_seconds()
    result = job()
    return result, time.perf_counter() - wall, read_processor_seconds() - processor


def read_processor_seconds() -> float:
    """Return the processor seconds so far, ended children included."""
    return sum(usage.ru_utime + usage.ru_stime for usage in map(resource.getrusage, USAGES))


if __name__ == "__main__":
    main()
