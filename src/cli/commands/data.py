"""Commands about histories: import one, write its features, simulate one, compare scores with its truth."""

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from ...language import Translator
from ..console import console, print_findings, report_errors, show_progress
from .options import HistoryArgument, HistoryOption, LanguageOption, SeedOption, choose_history


def import_command(
    source: Annotated[Path, typer.Argument(help="Folder of the exports.")],
    history: Annotated[
        Path | None, typer.Argument(help="Folder of the history to write; an earlier import is replaced.")
    ] = None,
    mapping: Annotated[Path | None, typer.Option(help="TOML file that maps a foreign export to the tables.")] = None,
    timezone: Annotated[str | None, typer.Option(help="Time zone of times without an offset (default: UTC).")] = None,
    suggest: Annotated[bool, typer.Option("--suggest", help="Propose a mapping instead, with doubts marked.")] = False,
    out: Annotated[Path | None, typer.Option(help="File for the proposed mapping (default: print it).")] = None,
    language: LanguageOption = None,
) -> None:
    """Check a folder of exports and write it as a history: Parquet, ordered by lead and time."""
    from ...jobs.import_history import ImportOptions, run_import
    from ..settings import load_settings
    from ..tables import render_outcomes_table, render_tables_table

    if suggest:
        _propose_mapping(source, out)
        return
    if history is None:
        raise typer.BadParameter("give the folder of the history to write, or --suggest")
    with report_errors():
        language_name = load_settings(language=language).language
        result = run_import(ImportOptions(source, history, mapping, timezone))
    manifest, translate = result.manifest, Translator(language_name)
    console.print(render_tables_table(result.tables, manifest["rows_left_out"], translate))
    if len(result.launches):
        console.print(render_outcomes_table(result.launches, translate))
    for table, columns in manifest["columns_ignored"].items():
        if columns:
            console.print(f"[yellow]{table}: ignored columns {escape(', '.join(columns))}")
    if len(manifest["currencies"]) > 1:
        console.print(
            f"[yellow]purchases: amounts in {escape(', '.join(manifest['currencies']))}; only the main one counts as "
            "spend. A table of rates converts the others"
        )
    print_findings(result.findings, language_name)
    unusable = any(finding.severity == "error" for finding in result.findings)
    suffix = ", but no model can be made of it yet" if unusable else ""
    console.print(f"The history is in {escape(str(history))}{suffix}", soft_wrap=True)


def _propose_mapping(source: Path, out: Path | None) -> None:
    from ...jobs.import_history import propose_mapping

    with report_errors():
        text = propose_mapping(source, out)
    if out is None:
        print(text, end="")
    else:
        console.print(f"The proposed mapping is in {escape(str(out))}: review what it marks as UNSURE", soft_wrap=True)


def features(
    folder: HistoryArgument = None,
    history: HistoryOption = None,
    launch: Annotated[str | None, typer.Option(help="Id of the launch.")] = None,
    out: Annotated[Path | None, typer.Option(help="File to write (.parquet or .csv), or a folder for parts.")] = None,
    describe: Annotated[bool, typer.Option("--describe", help="Print what each declared feature means.")] = False,
) -> None:
    """Write the feature table of a launch: one row a lead, as known when the launch opens."""
    if describe:
        from ...features import FEATURES, describe_features

        print(describe_features(FEATURES), end="")
        return
    history = choose_history(folder, history)
    if launch is None or out is None:
        raise typer.BadParameter("give --launch and --out, or --describe alone")
    from ...history import open_history
    from ...jobs.features import FeaturesOptions, run_features

    with report_errors(), show_progress() as progress:
        size = run_features(open_history(history), FeaturesOptions(launch, out), progress)
    console.print(f"{size.leads:,} leads x {size.features} features are in {escape(str(out))}", soft_wrap=True)


def simulate(
    out: Annotated[Path, typer.Option(help="Folder to write: a raw history and its truth.")],
    leads: Annotated[int, typer.Option(min=1, help="How many people.")] = 10_000,
    launches: Annotated[int, typer.Option(min=1, help="How many launches.")] = 6,
    seed: SeedOption = None,
    drift: Annotated[list[str] | None, typer.Option(help="Drift to switch on; repeatable.")] = None,
    defect: Annotated[list[str] | None, typer.Option(help="Defect to switch on; repeatable.")] = None,
    world: Annotated[
        str,
        typer.Option(
            help="creator; resting: two months after a purchase buy most; small: form answers alone; annual, "
            "annual-captures: once a year; cdnow: buyers like those of CDNOW."
        ),
    ] = "creator",
    level_spread: Annotated[
        float, typer.Option(min=0.0, help="How far launches differ, on the log scale of the odds.")
    ] = 0.0,
    level_drift: Annotated[float, typer.Option(help="What the log-odds gain from launch to launch.")] = 0.0,
) -> None:
    """Simulate a marketplace where every lead's probability of buying is known, and write its history."""
    from ...jobs.simulate import run_simulate
    from ...simulator import SimulationOptions
    from ..settings import load_settings

    with report_errors(), show_progress() as progress:
        seed = load_settings(seed=seed).seed
        try:
            options = SimulationOptions(
                leads=leads,
                launches=launches,
                seed=seed,
                world=world,
                drift=drift or (),
                defects=defect or (),
                level_spread=level_spread,
                level_drift=level_drift,
            )
            rows = run_simulate(out, options, progress)
        except ValueError as error:
            raise typer.BadParameter(str(error)) from None
    console.print(", ".join(f"{table} {count:,}" for table, count in rows.items()))
    console.print(f"The history is in {escape(str(out))}", soft_wrap=True)


def oracle(
    *,
    folder: HistoryArgument = None,
    history: HistoryOption = None,
    scores: Annotated[Path, typer.Option(help="Scored rows of its launches, from score or backtest.")],
    language: LanguageOption = None,
) -> None:
    """Compare scores with the truth of a simulated history: the best possible, the model, and the regret between."""
    history = choose_history(folder, history)
    from ...jobs.oracle import OracleOptions, run_oracle
    from ..settings import load_settings
    from ..tables import render_regret_table

    with report_errors():
        translate = Translator(load_settings(language=language).language)
        console.print(render_regret_table(run_oracle(OracleOptions(history, scores)), translate))
