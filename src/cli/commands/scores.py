"""Commands about scores: score a launch, explain a lead, the demonstration."""

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from ...language import Translator
from ..console import console, print_findings, report_errors, show_progress
from .options import (
    HistoryArgument,
    HistoryOption,
    LanguageOption,
    ModelOption,
    ProcessesOption,
    ReasonsOption,
    SeedOption,
    TrialsOption,
    choose_history,
    parse_instant,
)


def score(
    *,
    folder: HistoryArgument = None,
    history: HistoryOption = None,
    launch: Annotated[str, typer.Option(help="Id of the launch whose leads are scored.")],
    out: Annotated[Path, typer.Option(help="File to write: .parquet for programs, .csv or .xlsx for people.")],
    model: ModelOption = None,
    reasons: ReasonsOption = None,
    language: LanguageOption = None,
    hot: Annotated[float | None, typer.Option(min=0, max=1, help="Hot from this probability on.")] = None,
    warm: Annotated[float | None, typer.Option(min=0, max=1, help="Warm from this probability on.")] = None,
    capacity: Annotated[int | None, typer.Option(min=1, help="At most so many hot leads.")] = None,
    price: Annotated[float | None, typer.Option(min=0.01, help="Price of the product, for revenue and profit.")] = None,
    margin: Annotated[float | None, typer.Option(min=0.01, max=1, help="Share of the price that you keep.")] = None,
    contact_cost: Annotated[float | None, typer.Option(min=0, help="Cost of contacting one lead.")] = None,
    expected_rate: Annotated[
        float | None, typer.Option(min=0.0001, max=0.9999, help="Share of the leads who will buy, if you know it.")
    ] = None,
    as_of: Annotated[
        str | None, typer.Option(help="Score as if the cart opened at this time (ISO 8601), before it does.")
    ] = None,
    with_contacts: Annotated[
        bool, typer.Option("--with-contacts", help="Write names, e-mail addresses and phones into the file.")
    ] = False,
) -> None:
    """Score a launch's leads, hottest first, with tier and reasons, and forecast what each tier will bring.

    A lead is hot from twice the share of buyers in earlier launches, and warm from once. --hot and --warm set other
    probabilities, --capacity a number of leads. With only --price and --contact-cost, warm is where a contact pays and
    hot where it pays twice. With --expected-rate the probabilities average that rate; the order of the leads stays.
    """
    from ...jobs.output_path import SCORE_SUFFIXES, validate_output

    history = choose_history(folder, history)
    with report_errors():
        validate_output(out, SCORE_SUFFIXES)

    from ...scoring.xgboost_import import import_xgboost_alone

    import_xgboost_alone()
    from ...history import open_history
    from ...jobs.score import ScoreOptions, run_score
    from ...jobs.stage_timer import StageTimer
    from ..settings import load_settings
    from ..tables import render_forecast_table
    from .tier_options import build_economics, build_tier_rule

    try:
        economics = build_economics(price, margin, contact_cost)
        tiers = build_tier_rule(hot, warm, capacity, economics)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    with report_errors(), show_progress() as progress:
        settings = load_settings(reasons=reasons, language=language)
        timer = StageTimer(progress)
        timer("reading")
        options = ScoreOptions(
            launch=launch,
            out=out,
            model_uri=model,
            reasons=settings.reasons,
            language=settings.language,
            tiers=tiers,
            expected_rate=expected_rate,
            economics=economics,
            as_of=parse_instant(as_of),
            with_contacts=with_contacts,
        )
        summary = run_score(open_history(history), options, timer)
    print_findings(summary.findings, settings.language)
    console.print(render_forecast_table(launch, summary.forecast, Translator(settings.language)))
    if summary.page is not None:
        console.print(f"[bold]The launch's page (open in a browser):[/] {escape(str(summary.page))}", soft_wrap=True)
    console.print(f"{summary.leads:,} leads are in {escape(str(out))}", soft_wrap=True)
    if summary.contacts is not None:
        warning = f"{out} holds personal data: name, e-mail address or phone of {summary.contacts:,} leads. "
        remedy = "Keep it where only those who need it can read it, and delete it afterwards."
        console.print(f"[yellow]{escape(warning + remedy)}[/]", soft_wrap=True)
    console.print(timer.summary(), soft_wrap=True)


def explain(
    *,
    folder: HistoryArgument = None,
    history: HistoryOption = None,
    launch: Annotated[str, typer.Option(help="Id of the launch.")],
    lead: Annotated[str, typer.Option(help="Id of the lead, or its e-mail address.")],
    against: Annotated[
        str | None, typer.Option(help="Explain the change since this time (ISO 8601), or from this model.")
    ] = None,
    model: ModelOption = None,
    reasons: ReasonsOption = None,
    language: LanguageOption = None,
) -> None:
    """Explain a lead's score, and with --against why it changed."""
    history = choose_history(folder, history)
    from ...scoring.xgboost_import import import_xgboost_alone

    import_xgboost_alone()
    from ...history import open_history
    from ...jobs.explain import ExplainOptions, run_explain
    from ..settings import load_settings
    from ..tables import render_change_table, render_reasons_table

    with report_errors():
        settings = load_settings(reasons=reasons, language=language)
        options = ExplainOptions(launch, lead, against, model, settings.reasons, settings.language)
        explanation = run_explain(open_history(history), options)
    print_findings(explanation.findings, settings.language)
    translate = Translator(settings.language)
    console.print(render_reasons_table(explanation, translate))
    if explanation.change is not None:
        console.print(render_change_table(explanation.change, translate))


def demo(
    folder: HistoryArgument = None,
    history: HistoryOption = None,
    out: Annotated[Path, typer.Option(help="Folder for the results.")] = Path("out/demo"),
    trials: TrialsOption = None,
    seed: SeedOption = None,
    processes: ProcessesOption = None,
) -> None:
    """Run the whole job on a sample: backtest the past launches, train, and score the next one."""
    from ...history.sample import get_sample_folder

    history = choose_history(folder, history) if folder or history else get_sample_folder()
    from ..demo import run_demo
    from ..settings import load_settings

    with report_errors():
        settings = load_settings(trials=trials, seed=seed, processes=processes)
        run_demo(history, out, settings.to_fit_options())
