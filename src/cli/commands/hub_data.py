"""Commands that bring rows into the hub, and take its history out."""

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from ..console import console, report_errors, show_progress
from .hub import DataOption

history_app = typer.Typer(no_args_is_help=True, help="The hub's rows as a history.")


@history_app.command("export")
def export(
    out: Annotated[Path, typer.Argument(metavar="DIR", help="Folder of the history to write; replaced in one step.")],
    data: DataOption,
) -> None:
    """Write the hub's rows as a history: Parquet, ordered by lead and time. Only what is new is read anew."""
    from ...hub.site.setup import open_installation

    with report_errors(), show_progress() as progress:
        open_installation(data)
        from ...hub.feed.sync import export_history

        rows = export_history(out, progress)
    console.print(", ".join(f"{table} {count:,}" for table, count in rows.items()))
    console.print(f"The history is in {escape(str(out))}", soft_wrap=True)
