"""Options that several commands share."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

HistoryOption = Annotated[Path, typer.Option("--history", help="Folder of the history, imported or raw.")]
TrialsOption = Annotated[int, typer.Option(min=0, help="Optuna trials a model; 0 keeps the default parameters.")]
SeedOption = Annotated[int, typer.Option(min=0, help="The same seed gives the same model and scores.")]
MatureOption = Annotated[bool, typer.Option("--mature", help="Labels net of refunds within 30 days.")]
LanguageOption = Annotated[str, typer.Option(help="Of the reasons: en or pt_BR.")]
ReasonsOption = Annotated[int, typer.Option(min=0, help="Reasons a lead.")]


def instant(text: str | None) -> datetime | None:
    """The instant that ``text`` names, in UTC where it names no zone. Raises BadParameter."""
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no ISO 8601 instant, such as 2025-06-02T13:00:00Z") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
