"""The command about settings: what is in force, and what there is."""

from typing import Annotated

import typer

from ..console import console, settings_table, told_errors


def settings(
    describe: Annotated[bool, typer.Option("--describe", help="Print the page of all settings.")] = False,
) -> None:
    """Show the settings in force: from `hotleads.toml`, else the environment, else the defaults."""
    from ..settings import describe_settings, load_settings

    if describe:
        print(describe_settings(), end="")
        return
    with told_errors():
        console.print(settings_table(load_settings().model_dump()))
