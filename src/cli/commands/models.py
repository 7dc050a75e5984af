"""Commands about models: backtest, train, roll back."""

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
    MatureOption,
    PriorModelOption,
    ProcessesOption,
    SeedOption,
    TrialsOption,
    choose_history,
    parse_instant,
)


def backtest(
    *,
    folder: HistoryArgument = None,
    history: HistoryOption = None,
    out: Annotated[Path, typer.Option(help="Folder for scores.parquet, report.json and report.html.")],
    launches: Annotated[str | None, typer.Option(help="Launch ids, separated by commas (default: all).")] = None,
    trials: TrialsOption = None,
    seed: SeedOption = None,
    mature: MatureOption = None,
    processes: ProcessesOption = None,
    prior_model: PriorModelOption = None,
    language: LanguageOption = None,
    model: Annotated[
        list[str] | None,
        typer.Option(metavar="MODULE:FACTORY", help="Makes an estimator of your own, compared with ours (repeatable)."),
    ] = None,
) -> None:
    """Score past launches, each with a model that knew only what came before it, and evaluate the scores."""
    history = choose_history(folder, history)
    from ...checks import Finding
    from ...history import open_history
    from ...jobs.backtest import BacktestOptions, run_backtest
    from ...jobs.named_object import load_own_models
    from ...training.forecast_check import describe_forecasts
    from ...training.report_text import describe_better_models
    from ..settings import load_settings
    from ..tables import render_launches_table

    with report_errors(), show_progress() as progress:
        names = [name.strip() for name in launches.split(",") if name.strip()] if launches else None
        settings = load_settings(trials=trials, seed=seed, mature=mature, processes=processes, language=language)
        models = load_own_models(model or ())
        options = BacktestOptions(out, names, settings.to_fit_options(), prior_model, settings.language, models)
        report = run_backtest(open_history(history), options, progress).report
    console.print(render_launches_table(report, Translator(settings.language)))
    better = describe_better_models(report["launches"], Translator(settings.language))
    if better:
        console.print(f"[bold yellow]{escape(better)}[/]", soft_wrap=True)
    console.print(escape(describe_forecasts(report["launches"])), soft_wrap=True)
    for entry in report["skipped"]:
        why = f"{entry['reason']} ({entry['code']})"
        console.print(f"[yellow]{escape(entry['launch_id'])}[/] was not scored: {escape(why)}", soft_wrap=True)
    warnings = [warning for entry in report["launches"] for warning in entry["warnings"]]
    findings = (Finding(**finding) for finding in [*warnings, *report["history_findings"]])
    print_findings(findings, settings.language)
    console.print(f"Report: {escape(str(out / 'report.html'))}", soft_wrap=True)


def train(
    *,
    folder: HistoryArgument = None,
    history: HistoryOption = None,
    until: Annotated[str | None, typer.Option(help="Learn only from what is before this time (ISO 8601).")] = None,
    trials: TrialsOption = None,
    seed: SeedOption = None,
    mature: MatureOption = None,
    processes: ProcessesOption = None,
    prior_model: PriorModelOption = None,
    force: Annotated[bool, typer.Option("--force", help="Promote even if the gate rejects it.")] = False,
) -> None:
    """Train a model for the next launch, track it in MLflow and register it as `hotleads`."""
    history = choose_history(folder, history)
    from ...history import open_history
    from ...jobs.train import TrainOptions, run_train
    from ...training.report_text import describe_base_weights, describe_immature
    from ..settings import load_settings

    with report_errors(), show_progress() as progress:
        settings = load_settings(trials=trials, seed=seed, mature=mature, processes=processes)
        options = TrainOptions(parse_instant(until), settings.to_fit_options(), prior_model, force)
        result = run_train(open_history(history), options, progress)
    card = result.model.card
    rows, buyers = (sum(window[name] for window in card["windows"]) for name in ("rows", "buyers"))
    console.print(f"Model {result.model.version}: {rows:,} rows, {buyers:,} buyers, {len(card['windows'])} windows")
    if prior := card.get("prior"):
        share = f"{prior['own_share']:.0%} of the score is learned from your own leads"
        console.print(f"Prior: {share}, the rest from model {prior['version']}")
    if card["base_weights"]["learned_share"]:
        console.print(f"Learned from windows left out: {describe_base_weights(card['base_weights'])}")
    print_findings(result.findings)
    for warning in describe_immature(card["maturity"]):
        console.print(f"[yellow]Not mature: {escape(warning)}[/]", soft_wrap=True)
    status = "now the champion" if result.champion else "[yellow]not the champion[/]"
    console.print(f"Registered as models:/hotleads/{result.registry_version} (run {result.run_id}), {status}")
    if result.rejected_because is not None:
        console.print(f"[yellow]{escape(result.rejected_because)}[/]; --force promotes it anyway", soft_wrap=True)
    console.print(f"Recipe: {escape(result.verdict.reason)}", soft_wrap=True)


def rollback() -> None:
    """Make the version that the present champion replaced the champion again."""
    from ...tracking.registry import rollback as restore_replaced_version

    with report_errors():
        version = restore_replaced_version()
    console.print(f"The champion is models:/hotleads/{version} again")
