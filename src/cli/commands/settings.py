"""The command that shows the settings."""

from typing import Annotated

import typer

from ..console import console, report_errors


def settings(
    describe: Annotated[bool, typer.Option("--describe", help="Print the page that describes all settings.")] = False,
) -> None:
    """Show the settings in force: from the environment, else `hotleads.toml`, else the defaults."""
    from ..settings import describe_settings, load_settings
    from ..tables import render_settings_table

    if describe:
        print(describe_settings(), end="")
        return
    with report_errors():
        console.print(render_settings_table(load_settings().model_dump()))
