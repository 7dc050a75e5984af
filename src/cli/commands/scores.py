"""Commands about scores: score a launch, explain a lead, the demonstration."""

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from ..console import console, forecast_table, progress, told_errors
from .options import (
    HistoryOption,
    LanguageOption,
    ProcessesOption,
    ReasonsOption,
    SeedOption,
    TrialsOption,
)


def score(
    history: HistoryOption,
    launch: Annotated[str, typer.Option(help="Id of the launch whose leads are scored.")],
    out: Annotated[Path, typer.Option(help="File to write: .parquet, or .csv for people.")],
    model: Annotated[str | None, typer.Option(help="Model folder or MLflow URI (default: the champion).")] = None,
    reasons: ReasonsOption = None,
    language: LanguageOption = None,
    hot: Annotated[float | None, typer.Option(min=0, max=1, help="Hot from this probability on.")] = None,
    warm: Annotated[float | None, typer.Option(min=0, max=1, help="Warm from this probability on.")] = None,
    capacity: Annotated[int | None, typer.Option(min=1, help="Hot are so many leads at most: I can call 200.")] = None,
    price: Annotated[float | None, typer.Option(min=0.01, help="Of the product: forecasts revenue and profit.")] = None,
    margin: Annotated[float | None, typer.Option(min=0.01, max=1, help="Share of the price that is kept.")] = None,
    contact_cost: Annotated[float | None, typer.Option(min=0, help="Of contacting a lead, as the price is.")] = None,
    prior: Annotated[
        float | None, typer.Option(min=0.0001, max=0.9999, help="Share of the leads who will buy, where you know it.")
    ] = None,
) -> None:
    """Score a launch's leads, hottest first, with tier and reasons, and forecast what each tier will bring.

    A lead is hot from twice the share of buyers in earlier launches, warm from once, unless --hot and --warm, or
    --capacity say otherwise. With --price and --contact-cost alone, warm is where a contact pays, hot where it pays
    twice. With --prior the probabilities add up to that conversion; who comes first stays.
    """
    from ...history import open_history
    from ...jobs.score import run_score
    from ...jobs.stages import Stages
    from ...jobs.tiering import economics, tiering
    from ..settings import load_settings

    try:
        money = economics(price, margin, contact_cost)
        policy = tiering(hot, warm, capacity, money)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    with told_errors(), progress() as tell:
        settings = load_settings(reasons=reasons, language=language)
        stages = Stages(tell)
        stages("reading")
        opened = open_history(history)
        target = opened.get_launch(launch)
        scored = run_score(
            opened,
            target,
            model,
            out,
            settings.reasons,
            settings.language,
            tiers=policy,
            prior=prior,
            economics=money,
            stages=stages,
        )
    console.print(forecast_table(target.launch_id, scored.forecast))
    console.print(f"{scored.leads:,} leads are in {escape(str(out))}", soft_wrap=True)
    console.print(stages.summary(), soft_wrap=True)


def explain(
    history: HistoryOption,
    launch: Annotated[str, typer.Option(help="Id of the launch.")],
    lead: Annotated[str, typer.Option(help="Id of the lead.")],
    against: Annotated[str | None, typer.Option(help="Why it moved: since this instant, or from this model.")] = None,
    model: Annotated[str | None, typer.Option(help="Model folder or MLflow URI (default: the champion).")] = None,
    reasons: ReasonsOption = None,
    language: LanguageOption = None,
) -> None:
    """Say why a lead has its score, and with --against why the score moved."""
    from ...history import open_history
    from ...jobs.explain import lead_movement, lead_reasons
    from ...tracking.registry import CHAMPION_URI, load_registered_model
    from ..console import changes_table, reasons_table
    from ..settings import load_settings

    with told_errors():
        settings = load_settings(reasons=reasons, language=language)
        tongue, most = settings.language, settings.reasons
        opened = open_history(history)
        target, scorer = opened.get_launch(launch), load_registered_model(model or CHAMPION_URI)
        probability, told = lead_reasons(opened, target, scorer, lead, tongue, most)
        console.print(reasons_table(lead, probability, told))
        if against is not None:
            console.print(changes_table(*lead_movement(opened, target, scorer, lead, against, tongue, most)))


def demo(
    history: Annotated[Path | None, typer.Option(help="Folder of a history (default: the sample).")] = None,
    out: Annotated[Path, typer.Option(help="Folder for the results.")] = Path("out/demo"),
    trials: TrialsOption = None,
    seed: SeedOption = None,
    processes: ProcessesOption = None,
) -> None:
    """The whole job on a sample: backtest the past launches, train, and score the next one."""
    from ...history import get_sample_folder
    from ..demo import run_demo
    from ..settings import load_settings

    with told_errors():
        run_demo(
            history or get_sample_folder(), out, load_settings(trials=trials, seed=seed, processes=processes).training()
        )
