"""Commands of the hub's installation: its tables, and what runs on them."""

from pathlib import Path
from typing import Annotated

import typer

from ..console import console, report_errors

DataOption = Annotated[
    Path, typer.Option("--data", envvar="HOTLEADS_DATA", help="Folder of the installation.", show_envvar=False)
]


def work(
    data: DataOption,
    drain: Annotated[
        bool, typer.Option("--drain", help="End when no job is due, instead of waiting for more.")
    ] = False,
) -> None:
    """Run the hub's jobs until stopped: each in a process of its own, what arrives never behind what takes long."""
    from ...hub.site.setup import open_installation

    with report_errors():
        open_installation(data)
        from ...hub.site.work import run_worker

        run_worker(drain=drain)


def migrate(data: DataOption) -> None:
    """Make or update the hub's tables; a new installation gets its key, which must be kept with every backup."""
    from ...hub.site.setup import create_installation

    with report_errors():
        create_installation(data)
        from ...hub.site.migrate import migrate_database

        applied = migrate_database()
    console.print(f"{len(applied)} migrations applied" if applied else "The tables are up to date")
