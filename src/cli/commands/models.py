"""Commands about models: backtest, train, roll back."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from ..console import console, launches_table, progress, tell_findings, told_errors
from .options import (
    HistoryOption,
    MatureOption,
    PriorModelOption,
    ProcessesOption,
    SeedOption,
    TrialsOption,
    instant,
)


def backtest(
    history: HistoryOption,
    out: Annotated[Path, typer.Option(help="Folder for scores.parquet, report.json and report.html.")],
    launches: Annotated[str | None, typer.Option(help="Launch ids, separated by commas (default: all).")] = None,
    trials: TrialsOption = None,
    seed: SeedOption = None,
    mature: MatureOption = None,
    processes: ProcessesOption = None,
    prior_model: PriorModelOption = None,
) -> None:
    """Score past launches, each with a model that knew only what came before it, and judge the scores."""
    from ...checks import Finding
    from ...history import open_history
    from ...jobs.training import run_backtest
    from ...tracking.registry import load_registered_model
    from ..settings import load_settings

    with told_errors(), progress() as tell:
        names = [name.strip() for name in launches.split(",") if name.strip()] if launches else None
        settings = load_settings(trials=trials, seed=seed, mature=mature, processes=processes).training()
        settings = replace(settings, prior=load_registered_model(prior_model) if prior_model else None)
        _, report = run_backtest(open_history(history), out, settings, names, tell)
    console.print(launches_table(report))
    for entry in report["skipped"]:
        why = f"{entry['reason']} ({entry['code']})"
        console.print(f"[yellow]{escape(entry['launch_id'])}[/] was not scored: {escape(why)}", soft_wrap=True)
    tell_findings(Finding(**each) for each in report["history_findings"])
    console.print(f"Report: {escape(str(out / 'report.html'))}", soft_wrap=True)


def train(
    history: HistoryOption,
    until: Annotated[str | None, typer.Option(help="Instant (ISO 8601) from which on nothing is known.")] = None,
    trials: TrialsOption = None,
    seed: SeedOption = None,
    mature: MatureOption = None,
    processes: ProcessesOption = None,
    prior_model: PriorModelOption = None,
    force: Annotated[bool, typer.Option("--force", help="Promote it whatever bars it.")] = False,
) -> None:
    """Train a model for the next launch, track it in MLflow and register it as `hotleads`."""
    from ...history import open_history
    from ...jobs.training import run_train
    from ...tracking.registry import load_registered_model
    from ...training.report_text import describe_immature
    from ..settings import load_settings

    with told_errors(), progress() as tell:
        settings = load_settings(trials=trials, seed=seed, mature=mature, processes=processes).training()
        settings = replace(settings, prior=load_registered_model(prior_model) if prior_model else None)
        trained = run_train(open_history(history), instant(until), settings, tell, force=force)
    windows = trained.model.card["windows"]
    rows, buyers = (sum(window[name] for window in windows) for name in ("rows", "buyers"))
    console.print(f"Model {trained.model.version}: {rows:,} rows, {buyers:,} buyers, {len(windows)} windows")
    if prior := trained.model.card.get("prior"):
        share = f"{prior['own_share']:.0%} of the score is learned from your own leads"
        console.print(f"Prior: {share}, the rest is model {prior['version']}'s")
    tell_findings(trained.findings)
    for told in describe_immature(trained.model.card["maturity"]):
        console.print(f"[yellow]Not mature: {escape(told)}[/]", soft_wrap=True)
    became = "now the champion" if trained.champion else "[yellow]not the champion[/]"
    console.print(f"Registered as models:/hotleads/{trained.registry_version} (run {trained.run_id}), {became}")
    if trained.barred is not None:
        console.print(f"[yellow]{escape(trained.barred)}[/]; --force promotes it all the same", soft_wrap=True)
    console.print(f"Recipe: {escape(trained.verdict.reason)}", soft_wrap=True)


def rollback() -> None:
    """Give the alias `champion` back to the version that the present champion replaced."""
    from ...tracking.registry import rollback as give_back

    with told_errors():
        version = give_back()
    console.print(f"The champion is models:/hotleads/{version} again")
