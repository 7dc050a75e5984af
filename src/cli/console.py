"""The console: progress, findings, and errors without a traceback."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer
from rich.console import Console
from rich.markup import escape

from ..language import Translator

if TYPE_CHECKING:  # pandas takes seconds to import
    from ..checks import Finding
    from ..history.progress import ProgressCallback

#: A log or a pipe has no width of its own; rich's 80 columns would cut the names of launches.
_LOG_WIDTH = 110

console = Console()
error_console = Console(stderr=True)
if not console.is_terminal and "COLUMNS" not in os.environ:
    console.width = _LOG_WIDTH


@contextmanager
def report_errors(exit_code: int = 1) -> Iterator[None]:
    """End the program with a message and an exit code on bad input; a bug keeps its traceback."""
    try:
        yield
    except (ValueError, LookupError, OSError) as error:
        if not _is_expected(error):
            raise
        code = getattr(error, "code", None)
        suffix = f" ({code})" if isinstance(code, str) else ""
        error_console.print(f"[bold red]error{suffix}:[/] {escape(str(error))}", soft_wrap=True)
        raise typer.Exit(exit_code) from None


def _is_expected(error: Exception) -> bool:
    from ..history.errors import HistoryError, LaunchError
    from ..hub.errors import HubError
    from ..jobs.output_path import OutputError
    from ..judge.errors import LeakTestError
    from ..scoring.errors import ArtefactError
    from ..tracking.errors import RegistryUnavailableError
    from .settings import SettingsError

    expected = (
        HistoryError,
        LaunchError,
        LeakTestError,
        OutputError,
        ArtefactError,
        SettingsError,
        HubError,
        FileExistsError,
        RegistryUnavailableError,
    )
    return isinstance(error, expected) or type(error) is LookupError


@contextmanager
def show_progress(*, quiet: bool = False) -> Iterator[ProgressCallback]:
    """Give a function that shows what is done now: in one moving line on a terminal, line by line in a log.

    With ``quiet`` it shows nothing, where the result itself is printed for a program.
    """
    if quiet:
        yield lambda message: None
        return
    if not console.is_terminal:
        yield lambda message: console.print(f"  {escape(message)}", highlight=False, soft_wrap=True)
        return
    with console.status("starting") as status:
        yield lambda message: status.update(escape(message))


def print_findings(findings: Iterable[Finding], language: str = "en") -> None:
    """Print a line for each problem of a history, in the language."""
    for finding in findings:
        from ..checks import describe_finding  # only where there is one: numpy takes long to import

        console.print(f"[yellow]{escape(describe_finding(finding, Translator(language)))}[/]", soft_wrap=True)
