"""Simulates a marketplace and writes it as a history with its truth."""

import shutil
import tempfile
from collections import Counter, deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from pathlib import Path

import pyarrow as pa

from ..history.process_pool import start_process_pool
from .block_tables import BLOCK_LEADS, LATE_FOLDER, draw_block_tables
from .options import SimulationOptions
from .simulation_files import render_campaigns_file, render_launches_file, render_simulation_file
from .world import World
from .worlds import build_world
from .writer import CsvWriter, ParquetWriter, TableWriter

CSV_UP_TO_LEADS = 100_000
TABLES = ("leads", "purchases", "events", "truth", f"{LATE_FOLDER}/purchases", f"{LATE_FOLDER}/events")
CSV, PARQUET = ".csv.gz", ".parquet"
_DEFAULT_OPTIONS = SimulationOptions()


def simulate(
    out: Path,
    options: SimulationOptions = _DEFAULT_OPTIONS,
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, int]:
    """Simulate a marketplace and write its history, and its truth, to the folder ``out``.

    Parameters
    ----------
    out : pathlib.Path
        Folder to write; the files of an earlier simulation in it are replaced once all are finished.
    options : SimulationOptions
        What to simulate, and how to write it.
    progress : callable
        Called after each block with the leads done and the leads in all.

    Returns
    -------
    dict of str to int
        Rows written, by table.

    Raises
    ------
    ValueError
        For sizes that are not positive, an unknown switch or an unknown world. Nothing is written then.
    """
    options.check_sizes()
    world = build_world(options)
    parquet = options.leads > CSV_UP_TO_LEADS if options.parquet is None else options.parquet
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out, prefix=".unfinished-") as scratch:
        folder = Path(scratch)
        rows = _write_tables(folder, world, options, PARQUET if parquet else CSV, progress)
        (folder / "launches.csv").write_bytes(render_launches_file(world))
        (folder / "truth_campaigns.csv").write_bytes(render_campaigns_file(world))
        (folder / "simulation.json").write_bytes(render_simulation_file(world, options, rows))
        _replace(folder, out)
    return rows


def _write_tables(
    folder: Path,
    world: World,
    options: SimulationOptions,
    ending: str,
    progress: Callable[[int, int], None] | None,
) -> dict[str, int]:
    writers: dict[str, TableWriter] = {}
    rows: Counter[str] = Counter()
    done = 0
    for tables in _draw_blocks(world, options):
        for name, table in tables.items():
            if name not in writers:
                writers[name] = _open_writer(folder / f"{name}{ending}")
            writers[name].write(table)
            rows[name] += table.num_rows
        done = min(done + BLOCK_LEADS, options.leads)
        if progress:
            progress(done, options.leads)
    for writer in writers.values():
        writer.close()
    return dict(rows)


def _open_writer(path: Path) -> TableWriter:
    path.parent.mkdir(exist_ok=True)
    return ParquetWriter(path) if path.name.endswith(PARQUET) else CsvWriter(path)


def _draw_blocks(world: World, options: SimulationOptions) -> Iterator[dict[str, pa.Table]]:
    """Return every block's tables in order; with several processes, never more than a few blocks at a time."""
    numbers = range(-(-options.leads // BLOCK_LEADS))
    draw = partial(draw_block_tables, world, options.seed, leads=options.leads)
    processes = min(options.processes, len(numbers))
    if processes == 1:
        yield from map(draw, numbers)
        return
    with start_process_pool(processes) as pool:
        ahead: deque[Future[dict[str, pa.Table]]] = deque()
        for number in numbers:
            ahead.append(pool.submit(draw, number))
            if len(ahead) > processes + 1:
                yield ahead.popleft().result()
        while ahead:
            yield ahead.popleft().result()


def _replace(finished: Path, out: Path) -> None:
    """Move the finished files over the earlier ones, and drop what an earlier simulation leaves behind."""
    for name in TABLES:
        for ending in (CSV, PARQUET):
            (out / f"{name}{ending}").unlink(missing_ok=True)
    with suppress(OSError):  # there is none, or somebody else's files lie in it
        (out / LATE_FOLDER).rmdir()
    for path in sorted(finished.rglob("*")):
        if path.is_file():
            target = out / path.relative_to(finished)
            target.parent.mkdir(exist_ok=True)
            shutil.move(path, target)
