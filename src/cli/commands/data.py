"""Commands about histories: import them, see their features, simulate one and judge scores by its truth."""

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from ..console import console, progress, told_errors
from .options import HistoryOption, SeedOption


def import_command(
    source: Annotated[Path, typer.Argument(help="Folder of the exports.")],
    history: Annotated[
        Path | None, typer.Argument(help="Folder of the history to write; an earlier import is replaced.")
    ] = None,
    mapping: Annotated[Path | None, typer.Option(help="TOML file that says how a foreign export maps.")] = None,
    timezone: Annotated[str | None, typer.Option(help="Zone of times without an offset (default UTC).")] = None,
    suggest: Annotated[bool, typer.Option("--suggest", help="Propose a mapping instead, its doubts marked.")] = False,
    out: Annotated[Path | None, typer.Option(help="File for the proposed mapping (default: print it).")] = None,
) -> None:
    """Check a folder of exports and write it as a history: Parquet, ordered by lead and time."""
    from ...history import import_history

    if suggest:
        _propose(source, out)
        return
    if history is None:
        raise typer.BadParameter("give the folder of the history to write, or --suggest")
    with told_errors():
        manifest = import_history(source, history, mapping=mapping, timezone=timezone)
    for table, rows in manifest["rows"].items():
        left_out = manifest["rows_left_out"].get(table)
        console.print(f"{table}: {rows:,} rows" + (f", {left_out:,} source rows left out" if left_out else ""))
    for table, columns in manifest["columns_ignored"].items():
        if columns:
            console.print(f"[yellow]{table}: ignored columns {escape(', '.join(columns))}")
    if len(manifest["currencies"]) > 1:
        console.print(
            f"[yellow]purchases: amounts in {escape(', '.join(manifest['currencies']))}; only the main one counts as "
            "spend. A table of rates converts those that have one"
        )
    console.print(f"The history is in {escape(str(history))}")


def _propose(source: Path, out: Path | None) -> None:
    """Print a mapping for a folder of exports, or write it to a file that is not there yet."""
    from ...history import suggest_mapping

    with told_errors():
        text = suggest_mapping(source)
        if out is None:
            print(text, end="")
            return
        if out.exists():  # it may have been mended by hand
            raise FileExistsError(f"{out} exists; remove it or name another file")
        out.write_text(text, encoding="utf-8")
    console.print(f"The proposed mapping is in {escape(str(out))}: read what it marks as UNSURE", soft_wrap=True)


def features(
    history: Annotated[Path | None, typer.Option("--history", help="Folder of the history, imported or raw.")] = None,
    launch: Annotated[str | None, typer.Option(help="Id of the launch.")] = None,
    out: Annotated[Path | None, typer.Option(help="File to write, .parquet or .csv; else a folder of parts.")] = None,
    describe: Annotated[bool, typer.Option("--describe", help="Print what each declared feature means.")] = False,
) -> None:
    """Write the table that a model sees: one row a lead, as known when the launch opens."""
    if describe:
        from ...features import FEATURES, describe_features

        print(describe_features(FEATURES), end="")
        return
    if history is None or launch is None or out is None:
        raise typer.BadParameter("give --history, --launch and --out, or --describe alone")
    from ...history import open_history
    from ...jobs.features import run_features

    with told_errors(), progress() as tell:
        leads, columns = run_features(open_history(history), launch, out, tell)
    console.print(f"{leads:,} leads x {columns} features are in {escape(str(out))}", soft_wrap=True)


def simulate(
    out: Annotated[Path, typer.Option(help="Folder to write: a raw history, and the truth beside it.")],
    leads: Annotated[int, typer.Option(min=1, help="How many people.")] = 10_000,
    launches: Annotated[int, typer.Option(min=1, help="How many launches.")] = 6,
    seed: SeedOption = None,
    drift: Annotated[list[str] | None, typer.Option(help="A drift to switch on; may be given again.")] = None,
    defect: Annotated[list[str] | None, typer.Option(help="A defect to switch on; may be given again.")] = None,
    world: Annotated[str, typer.Option(help="creator, or cdnow: the published CDNOW customers.")] = "creator",
) -> None:
    """Write a history of a marketplace where every lead's probability of buying is known."""
    import os

    from ...simulator import simulate as run
    from ..settings import load_settings

    with told_errors(), progress() as tell:
        try:
            rows = run(
                out,
                leads=leads,
                launches=launches,
                seed=load_settings(seed=seed).seed,
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


def oracle(
    history: HistoryOption,
    scores: Annotated[Path, typer.Option(help="Scored rows of its launches, as score or backtest write them.")],
) -> None:
    """Compare scores with the truth of a simulated history: the ceiling, the model, and the regret between them."""
    import pandas as pd

    from ...jobs.oracle import regret
    from ..console import regret_table

    with told_errors():
        rows = pd.read_csv(scores, dtype={"lead_id": str}) if scores.suffix == ".csv" else pd.read_parquet(scores)
        console.print(regret_table(regret(history, rows)))
