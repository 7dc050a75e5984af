"""The command that checks a history."""

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from ...language import Translator
from ..console import console, report_errors
from .options import HistoryArgument, HistoryOption, LanguageOption, choose_history


def check(
    folder: HistoryArgument = None,
    history: HistoryOption = None,
    launch: Annotated[str | None, typer.Option(help="Check only what concerns the scores of this launch.")] = None,
    json: Annotated[Path | None, typer.Option("--json", help="Also write the results to this file.")] = None,
    language: LanguageOption = None,
    describe: Annotated[bool, typer.Option("--describe", help="Print what each check and code means.")] = False,
) -> None:
    """Check a history as a careful analyst would before trusting its scores.

    Each check has a verdict: ok, note, warning or error. Exit code 0: nothing worse than a note; 3: warnings;
    4: errors; 1: the history cannot be read.
    """
    if describe:
        from ...checks import describe_checks

        print(describe_checks(), end="")
        return
    history = choose_history(folder, history)
    from ...checks import CODES
    from ...history import open_history
    from ...jobs.check import CheckOptions, run_check
    from ..settings import load_settings
    from ..tables import render_checks_table

    with report_errors():
        translate = Translator(load_settings(language=language).language)
        results = run_check(open_history(history), CheckOptions(launch, json))
    console.print(render_checks_table(results, translate))
    for finding in (finding for result in results for finding in result.findings):
        remedy = translate(CODES[finding.code].remedy)
        console.print(f"[bold]{escape(finding.code)}[/]: {escape(remedy)}.", soft_wrap=True)
    verdicts = {result.verdict for result in results}
    raise typer.Exit(4 if "error" in verdicts else 3 if "warning" in verdicts else 0)
