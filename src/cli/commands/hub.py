"""Commands of the hub's installation: its tables, and what runs on them."""

from pathlib import Path
from typing import Annotated

import typer

from ..console import console, report_errors

DataOption = Annotated[
    Path, typer.Option("--data", envvar="HOTLEADS_DATA", help="Folder of the installation.", show_envvar=False)
]


def migrate(data: DataOption) -> None:
    """Make or update the hub's tables; a new installation gets its key, which must be kept with every backup."""
    from ...hub.site.setup import create_installation

    with report_errors():
        create_installation(data)
        from ...hub.site.migrate import migrate_database

        applied = migrate_database()
    console.print(f"{len(applied)} migrations applied" if applied else "The tables are up to date")
