"""Options that several commands share. An option that is not given takes its value from the settings."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from ...history.source_folder import check_source_folder
from ..console import report_errors

HistoryArgument = Annotated[
    Path | None, typer.Argument(metavar="HISTORY", help="Folder of the history, imported or raw.")
]
HistoryOption = Annotated[Path | None, typer.Option("--history", help="The same folder, as an option.")]
# Defaults that help shows and the settings have: pydantic would take a good part of what --help costs.
TrialsOption = Annotated[
    int | None, typer.Option(min=0, help="Optuna trials a model; 0 takes the default parameters (default: 12).")
]
SeedOption = Annotated[
    int | None,
    typer.Option(min=0, help="The same seed gives the same model and scores, on one kind of processor (default: 0)."),
]
MatureOption = Annotated[
    bool | None,
    typer.Option("--mature/--plain", help="Labels net of refunds within 30 days, or plain (default: plain)."),
]
LanguageOption = Annotated[
    str | None, typer.Option(help="Language of reasons, tables and pages: en or pt_BR (default: en).")
]
ReasonsOption = Annotated[int | None, typer.Option(min=0, help="Reasons a lead (default: 3).")]
ModelOption = Annotated[str | None, typer.Option(help="Model folder or MLflow URI (default: the champion).")]
ProcessesOption = Annotated[
    int | None, typer.Option(min=0, help="Processes; 0: one a core. The result is the same (default: 0).")
]

PriorModelOption = Annotated[
    str | None,
    typer.Option(help="For small sellers: folder or MLflow URI of a model trained on another seller's history."),
]


def choose_history(argument: Path | None, option: Path | None) -> Path:
    """Return the folder that a command names as its history, or end the program where there is none.

    This comes before a command's imports, so that a wrong name is answered at once.
    """
    if (argument is None) == (option is None):
        raise typer.BadParameter("name the folder of the history once, as HISTORY or after --history")
    folder = argument or option or Path()
    with report_errors():
        check_source_folder(folder)
    return folder


def parse_instant(text: str | None) -> datetime | None:
    """Return the instant of an ISO 8601 text, in UTC where it has no offset. Raises BadParameter."""
    if text is None:
        return None
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not an ISO 8601 time, such as 2025-06-02T13:00:00Z") from None
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)
