"""Commands about scores: score a launch, explain a lead, the demonstration."""

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from hotleads.commands.options import HistoryOption, LanguageOption, ReasonsOption, SeedOption, TrialsOption
from hotleads.console import console, tiers_table, told_errors


def score(
    history: HistoryOption,
    launch: Annotated[str, typer.Option(help="Id of the launch whose leads are scored.")],
    out: Annotated[Path, typer.Option(help="File to write: .parquet, or .csv for people.")],
    model: Annotated[str | None, typer.Option(help="Model folder or MLflow URI (default: the champion).")] = None,
    reasons: ReasonsOption = 3,
    language: LanguageOption = "en",
) -> None:
    """Score a launch's leads, hottest first, with tier and reasons."""
    from history import open_history
    from hotleads.explain import reading
    from hotleads.output import write_scores
    from hotleads.score_job import run_score

    with told_errors():
        opened = open_history(history)
        scores = run_score(opened, opened.launch(launch), model, reasons, reading(language))
        write_scores(scores, out)
    console.print(tiers_table(scores))
    console.print(f"{len(scores):,} leads are in {escape(str(out))}", soft_wrap=True)


def explain(
    history: HistoryOption,
    launch: Annotated[str, typer.Option(help="Id of the launch.")],
    lead: Annotated[str, typer.Option(help="Id of the lead.")],
    against: Annotated[str | None, typer.Option(help="Why it moved: since this instant, or from this model.")] = None,
    model: Annotated[str | None, typer.Option(help="Model folder or MLflow URI (default: the champion).")] = None,
    reasons: ReasonsOption = 5,
    language: LanguageOption = "en",
) -> None:
    """Say why a lead has its score, and with --against why the score moved."""
    from history import open_history
    from hotleads.console import changes_table, reasons_table
    from hotleads.explain import lead_movement, lead_reasons, reading
    from training.registry import CHAMPION_URI, load_registered

    with told_errors():
        opened = open_history(history)
        target, scorer, tongue = opened.launch(launch), load_registered(model or CHAMPION_URI), reading(language)
        probability, told = lead_reasons(opened, target, scorer, lead, tongue, reasons)
        console.print(reasons_table(lead, probability, told))
        if against is not None:
            console.print(changes_table(*lead_movement(opened, target, scorer, lead, against, tongue, reasons)))


def demo(
    history: HistoryOption = Path("data/sample"),
    out: Annotated[Path, typer.Option(help="Folder for the results.")] = Path("out/demo"),
    trials: TrialsOption = 12,
    seed: SeedOption = 0,
) -> None:
    """The whole job on a sample: backtest the past launches, train, and score the next one."""
    from hotleads.demo import run_demo

    with told_errors():
        run_demo(history, out, trials, seed)
