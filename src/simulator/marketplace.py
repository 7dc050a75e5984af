"""Simulates a marketplace and writes it as a history with its truth."""

import shutil
import tempfile
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from pathlib import Path

import pyarrow as pa

from ..history.process_pool import start_process_pool
from .block_tables import BLOCK_LEADS, LATE_FOLDER, draw_block_tables
from .simulation_files import render_campaigns_file, render_launches_file, render_simulation_file
from .switches import Switches
from .world import World, build_cdnow_world, build_creator_world
from .writer import CsvWriter, ParquetWriter, TableWriter

CSV_UP_TO_LEADS = 100_000
TABLES = ("leads", "purchases", "events", "truth", f"{LATE_FOLDER}/purchases", f"{LATE_FOLDER}/events")
CSV, PARQUET = ".csv.gz", ".parquet"


def simulate(
    out: Path,
    *,
    leads: int,
    launches: int,
    seed: int,
    drift: Sequence[str] = (),
    defects: Sequence[str] = (),
    world: str = "creator",
    open_last_launch: bool = False,
    parquet: bool | None = None,
    processes: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, int]:
    """Simulate a creator's marketplace and write its history, and its truth, to the folder ``out``.

    Parameters
    ----------
    leads, launches, seed : how many people and launches; equal arguments give equal bytes.
    drift, defects : names of switches (``DRIFTS``, ``DEFECTS``), all off by default.
    world : ``creator``, or ``cdnow``: BG/NBD buyers with the published parameters and nothing else.
    open_last_launch : leave out everything at or after the opening of the last launch's cart.
    parquet : Parquet rather than gzip CSV; by default above ``CSV_UP_TO_LEADS`` leads.
    processes : how many work at the same time (the bytes stay the same). More than one are started afresh, so a script
        that asks for them needs the usual ``if __name__ == "__main__"``.
    progress : called after each block with the leads done and the leads in all.

    Returns
    -------
    Rows written, by table.

    Raises
    ------
    ValueError
        For sizes that are not positive, an unknown switch or an unknown world. Nothing is written then.
    """
    _check_sizes(leads=leads, launches=launches, processes=processes)
    plan = _build_world(launches, seed, Switches.from_names(drift, defects), world, open_last_launch)
    ending = PARQUET if (leads > CSV_UP_TO_LEADS if parquet is None else parquet) else CSV
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out, prefix=".unfinished-") as folder:
        rows = _write_tables(Path(folder), plan, seed, leads, ending, processes, progress)
        (Path(folder) / "launches.csv").write_bytes(render_launches_file(plan))
        (Path(folder) / "truth_campaigns.csv").write_bytes(render_campaigns_file(plan))
        (Path(folder) / "simulation.json").write_bytes(render_simulation_file(plan, seed, leads, rows))
        _replace(Path(folder), out)
    return rows


def _check_sizes(**sizes: int) -> None:
    for name, value in sizes.items():
        if value < 1:
            raise ValueError(f"{name} must be at least 1, not {value}")


def _build_world(launches: int, seed: int, switches: Switches, world: str, open_last_launch: bool) -> World:
    if seed < 0:
        raise ValueError(f"seed must not be negative, but is {seed}")
    if world == "cdnow":
        if any(switches.as_dict().values()) or open_last_launch:
            raise ValueError("the cdnow world has no switches and no open last launch; choose the creator's")
        return build_cdnow_world(launches, seed, switches)
    if world != "creator":
        raise ValueError(f"unknown world {world!r}: choose from creator, cdnow")
    return build_creator_world(launches, seed, switches, open_last_launch)


def _write_tables(
    folder: Path,
    world: World,
    seed: int,
    leads: int,
    ending: str,
    processes: int,
    progress: Callable[[int, int], None] | None,
) -> dict[str, int]:
    writers: dict[str, TableWriter] = {}
    rows: Counter[str] = Counter()
    done = 0
    for tables in _draw_blocks(world, seed, leads, processes):
        for name, table in tables.items():
            if name not in writers:
                writers[name] = _open_writer(folder / f"{name}{ending}")
            writers[name].write(table)
            rows[name] += table.num_rows
        done = min(done + BLOCK_LEADS, leads)
        if progress:
            progress(done, leads)
    for writer in writers.values():
        writer.close()
    return dict(rows)


def _open_writer(path: Path) -> TableWriter:
    path.parent.mkdir(exist_ok=True)
    return ParquetWriter(path) if path.name.endswith(PARQUET) else CsvWriter(path)


def _draw_blocks(world: World, seed: int, leads: int, processes: int) -> Iterator[dict[str, pa.Table]]:
    """Return every block's tables in order; with several processes, never more than a few blocks at a time."""
    numbers = range(-(-leads // BLOCK_LEADS))
    draw = partial(draw_block_tables, world, seed, leads=leads)
    if min(processes, len(numbers)) == 1:
        yield from map(draw, numbers)
        return
    with start_process_pool(min(processes, len(numbers))) as pool:
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
