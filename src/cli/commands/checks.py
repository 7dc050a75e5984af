"""The command that checks a history."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from ..console import checks_table, console, told_errors


def check(
    history: Annotated[Path | None, typer.Argument(help="Folder of the history, imported or raw.")] = None,
    launch: Annotated[str | None, typer.Option(help="Judge only what concerns the scores of this launch.")] = None,
    json: Annotated[Path | None, typer.Option("--json", help="File to write the findings to as well.")] = None,
    describe: Annotated[bool, typer.Option("--describe", help="Print what each check and code means.")] = False,
) -> None:
    """Check a history as a careful analyst would before trusting a score of it.

    Each check has a verdict: ok, note, warning or error. Exit code 0: nothing worse than a note; 3: warnings;
    4: errors; 1: the history cannot be read.
    """
    from ...checks import check_history, describe_checks
    from ...history import open_history
    from ...jobs.output import write_json

    if describe:
        print(describe_checks(), end="")
        return
    if history is None:
        raise typer.BadParameter("give the folder of a history, or --describe alone")
    with told_errors():
        opened = open_history(history)
        checked = check_history(opened, None if launch is None else opened.get_launch(launch))
        if json is not None:
            write_json(
                {"history": opened.name, "checks": [asdict(each) | {"verdict": each.verdict} for each in checked]}, json
            )
    console.print(checks_table(checked))
    for found in (found for each in checked for found in each.findings):
        console.print(f"[bold]{escape(found.code)}[/]: {escape(found.remedy)}", soft_wrap=True)
    verdicts = {each.verdict for each in checked}
    raise typer.Exit(4 if "error" in verdicts else 3 if "warning" in verdicts else 0)
