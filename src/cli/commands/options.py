"""Options that several commands share; left out, they are what the settings say."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

HistoryOption = Annotated[Path, typer.Option("--history", help="Folder of the history, imported or raw.")]
TrialsOption = Annotated[int | None, typer.Option(min=0, help="Optuna trials a model; 0 keeps the default parameters.")]
SeedOption = Annotated[int | None, typer.Option(min=0, help="The same seed gives the same model and scores.")]
MatureOption = Annotated[bool | None, typer.Option("--mature/--plain", help="Labels net of refunds within 30 days.")]
LanguageOption = Annotated[str | None, typer.Option(help="Of the reasons: en or pt_BR.")]
ReasonsOption = Annotated[int | None, typer.Option(min=0, help="Reasons a lead.")]
ProcessesOption = Annotated[int | None, typer.Option(min=0, help="0 is one a core; never changes a result.")]

PriorModelOption = Annotated[
    str | None,
    typer.Option(help="For small sellers: folder or MLflow URI of a model made from another seller's history."),
]


def instant(text: str | None) -> datetime | None:
    """The instant that ``text`` names, in UTC where it names no zone. Raises BadParameter."""
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no ISO 8601 instant, such as 2025-06-02T13:00:00Z") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
