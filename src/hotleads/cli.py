"""The commands. Each parses, calls one job and shows its result."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from hotleads.console import console, launches_table, progress, tiers_table, told_errors

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_show_locals=False,  # a traceback must not print people's data
    help="""Score leads by how likely they are to buy, from what people really bought.

    A *history* is a folder with `leads`, `purchases`, `events` and `launches` as CSV, gzip CSV or Parquet.
    Start with `hotleads demo`, then `hotleads backtest --history DIR --out DIR` on your own.""",
)

HistoryOption = Annotated[Path, typer.Option("--history", help="Folder of the history, imported or raw.")]
TrialsOption = Annotated[int, typer.Option(min=0, help="Optuna trials a model; 0 keeps the default parameters.")]
SeedOption = Annotated[int, typer.Option(min=0, help="The same seed gives the same model and scores.")]
MatureOption = Annotated[bool, typer.Option("--mature", help="Labels net of refunds within 30 days.")]
LanguageOption = Annotated[str, typer.Option(help="Of the reasons: en or pt_BR.")]
ReasonsOption = Annotated[int, typer.Option(min=0, help="Reasons a lead.")]


@app.command("import")
def import_command(
    source: Annotated[Path, typer.Argument(help="Folder of the exports.")],
    out: Annotated[Path, typer.Argument(help="Folder of the history to write; an earlier import is replaced.")],
    mapping: Annotated[Path | None, typer.Option(help="TOML file that says how a foreign export maps.")] = None,
    timezone: Annotated[str | None, typer.Option(help="Zone of times without an offset (default UTC).")] = None,
) -> None:
    """Check a folder of exports and write it as a history: Parquet, ordered by lead and time."""
    from history import import_history

    with told_errors():
        manifest = import_history(source, out, mapping=mapping, timezone=timezone)
    for table, rows in manifest["rows"].items():
        left_out = manifest["rows_left_out"].get(table)
        console.print(f"{table}: {rows:,} rows" + (f", {left_out:,} source rows left out" if left_out else ""))
    for table, columns in manifest["columns_ignored"].items():
        if columns:
            console.print(f"[yellow]{table}: ignored columns {escape(', '.join(columns))}")
    console.print(f"The history is in {escape(str(out))}")


@app.command()
def backtest(
    history: HistoryOption,
    out: Annotated[Path, typer.Option(help="Folder for scores.parquet, report.json and report.html.")],
    launches: Annotated[str | None, typer.Option(help="Launch ids, separated by commas (default: all).")] = None,
    trials: TrialsOption = 12,
    seed: SeedOption = 0,
    mature: MatureOption = False,
) -> None:
    """Score past launches, each with a model that knew only what came before it, and judge the scores."""
    from history import open_history
    from hotleads.jobs import run_backtest
    from training import Settings

    with told_errors(), progress() as tell:
        names = [name.strip() for name in launches.split(",") if name.strip()] if launches else None
        _, report = run_backtest(open_history(history), out, Settings(trials, seed, mature), names, tell)
    console.print(launches_table(report))
    for entry in report["skipped"]:
        console.print(
            f"[yellow]{escape(entry['launch_id'])}[/] was not scored: {escape(entry['reason'])}", soft_wrap=True
        )
    console.print(f"Report: {escape(str(out / 'report.html'))}", soft_wrap=True)


@app.command()
def train(
    history: HistoryOption,
    until: Annotated[str | None, typer.Option(help="Instant (ISO 8601) from which on nothing is known.")] = None,
    trials: TrialsOption = 12,
    seed: SeedOption = 0,
    mature: MatureOption = False,
) -> None:
    """Train a model for the next launch, track it in MLflow and register it as `hotleads`."""
    from history import open_history
    from hotleads.jobs import run_train
    from training import Settings

    with told_errors(), progress() as tell:
        trained = run_train(open_history(history), _instant(until), Settings(trials, seed, mature), tell)
    windows = trained.model.card["windows"]
    rows, buyers = (sum(window[name] for window in windows) for name in ("rows", "buyers"))
    console.print(f"Model {trained.model.version}: {rows:,} rows, {buyers:,} buyers, {len(windows)} windows")
    console.print(f"Registered as models:/hotleads/{trained.registry_version} (run {trained.run_id}), now the champion")
    console.print(f"Recipe: {escape(trained.verdict.reason)}", soft_wrap=True)


@app.command()
def rollback() -> None:
    """Give the alias `champion` back to the version that the present champion replaced."""
    from training.registry import rollback as give_back

    with told_errors():
        version = give_back()
    console.print(f"The champion is models:/hotleads/{version} again")


@app.command()
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
    from hotleads.jobs import run_score
    from hotleads.output import write_scores

    with told_errors():
        opened = open_history(history)
        scores = run_score(opened, opened.launch(launch), model, reasons, reading(language))
        write_scores(scores, out)
    console.print(tiers_table(scores))
    console.print(f"{len(scores):,} leads are in {escape(str(out))}", soft_wrap=True)


@app.command()
def features(
    history: Annotated[Path | None, typer.Option("--history", help="Folder of the history, imported or raw.")] = None,
    launch: Annotated[str | None, typer.Option(help="Id of the launch.")] = None,
    out: Annotated[Path | None, typer.Option(help="File to write: .parquet or .csv.")] = None,
    describe: Annotated[bool, typer.Option("--describe", help="Print what each declared feature means.")] = False,
) -> None:
    """Write the table that a model sees: one row a lead, as known when the launch opens."""
    from features import FEATURES, build_features, describe_features
    from history import open_history
    from hotleads.output import write_table

    if describe:
        print(describe_features(FEATURES), end="")
        return
    if history is None or launch is None or out is None:
        raise typer.BadParameter("give --history, --launch and --out, or --describe alone")
    with told_errors():
        table = build_features(open_history(history), launch)
        write_table(table, out)
    console.print(f"{len(table):,} leads x {table.shape[1]} features are in {escape(str(out))}", soft_wrap=True)


@app.command()
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


@app.command()
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


@app.command()
def simulate(
    out: Annotated[Path, typer.Option(help="Folder to write: a raw history, and the truth beside it.")],
    leads: Annotated[int, typer.Option(min=1, help="How many people.")] = 10_000,
    launches: Annotated[int, typer.Option(min=1, help="How many launches.")] = 6,
    seed: SeedOption = 0,
    drift: Annotated[list[str] | None, typer.Option(help="A drift to switch on; may be given again.")] = None,
    defect: Annotated[list[str] | None, typer.Option(help="A defect to switch on; may be given again.")] = None,
    world: Annotated[str, typer.Option(help="creator, or cdnow: the published CDNOW customers.")] = "creator",
) -> None:
    """Write a history of a marketplace where every lead's probability of buying is known."""
    import os

    from simulator import simulate as run

    with told_errors(), progress() as tell:
        try:
            rows = run(
                out,
                leads=leads,
                launches=launches,
                seed=seed,
                drift=drift or (),
                defects=defect or (),
                world=world,
                processes=os.cpu_count() or 1,
                progress=lambda done, people: tell(f"{done:,} of {people:,} leads"),
            )
        except ValueError as error:
            raise typer.BadParameter(str(error)) from None
    console.print(", ".join(f"{table} {count:,}" for table, count in rows.items()))
    console.print(f"The history is in {escape(str(out))}", soft_wrap=True)


@app.command()
def oracle(
    history: HistoryOption,
    scores: Annotated[Path, typer.Option(help="Scored rows of its launches, as score or backtest write them.")],
) -> None:
    """Compare scores with the truth of a simulated history: the ceiling, the model, and the regret between them."""
    import pandas as pd

    from hotleads.console import regret_table
    from hotleads.oracle import regret

    with told_errors():
        rows = pd.read_csv(scores, dtype={"lead_id": str}) if scores.suffix == ".csv" else pd.read_parquet(scores)
        console.print(regret_table(regret(history, rows)))


def _instant(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no ISO 8601 instant, such as 2025-06-02T13:00:00Z") from None
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)
