"""Options that several commands share. An option that is not given takes its value from the settings."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

HistoryOption = Annotated[Path, typer.Option("--history", help="Folder of the history, imported or raw.")]
TrialsOption = Annotated[int | None, typer.Option(min=0, help="Optuna trials a model; 0 takes the default parameters.")]
SeedOption = Annotated[int | None, typer.Option(min=0, help="The same seed gives the same model and scores.")]
MatureOption = Annotated[
    bool | None, typer.Option("--mature/--plain", help="Labels net of refunds within 30 days, or plain.")
]
LanguageOption = Annotated[str | None, typer.Option(help="Language of the reasons: en or pt_BR.")]
ReasonsOption = Annotated[int | None, typer.Option(min=0, help="Reasons a lead.")]
ModelOption = Annotated[str | None, typer.Option(help="Model folder or MLflow URI (default: the champion).")]
ProcessesOption = Annotated[int | None, typer.Option(min=0, help="Processes; 0: one a core. The result is the same.")]

PriorModelOption = Annotated[
    str | None,
    typer.Option(help="For small sellers: folder or MLflow URI of a model trained on another seller's history."),
]


def parse_instant(text: str | None) -> datetime | None:
    """Return the instant of an ISO 8601 text, in UTC where it has no offset. Raises BadParameter."""
    if text is None:
        return None
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not an ISO 8601 time, such as 2025-06-02T13:00:00Z") from None
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)
