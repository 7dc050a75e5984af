"""Commands that judge what others made: a tool's scores, and a function that may see the future."""

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from ..console import console, print_findings, report_errors, show_progress
from .options import LanguageOption, SeedOption, parse_instant

#: Exit codes of both commands: nothing wrong, what it looks for was found, or it could not look.
GOOD, BAD, CANNOT_RUN = 0, 1, 2


def judge(
    *,
    scores: Annotated[Path, typer.Argument(metavar="SCORES", help="File of scores: .csv, .csv.gz, .xlsx or .parquet.")],
    history: Annotated[Path | None, typer.Option(help="Folder of the history, imported or raw.")] = None,
    outcomes: Annotated[
        Path | None, typer.Option(help="Instead of a history: a file with id, bought (yes or no) and time.")
    ] = None,
    lead: Annotated[str | None, typer.Option(help="Column that tells who was scored (default: found).")] = None,
    score: Annotated[str | None, typer.Option(help="Column of the score (default: found).")] = None,
    time: Annotated[str | None, typer.Option(help="Column of when the score was given (default: found).")] = None,
    launch: Annotated[str | None, typer.Option(help="Column of the launch (default: found).")] = None,
    scored_at: Annotated[
        str | None,
        typer.Option(help="When scores without a time were given, such as the day of the export (ISO 8601)."),
    ] = None,
    timezone: Annotated[str, typer.Option(help="Time zone of times without an offset.")] = "UTC",
    scale: Annotated[
        str | None, typer.Option(help="probability, percent, points or words (default: by the values).")
    ] = None,
    order: Annotated[str | None, typer.Option(help="Words of the score, best first, separated by commas.")] = None,
    reversed_: Annotated[
        bool | None, typer.Option("--reversed/--rising", help="Less is better, as of a risk or a rank.")
    ] = None,
    launches: Annotated[
        str | None, typer.Option(help="Launch ids to judge by, separated by commas (default: those after the scores).")
    ] = None,
    horizon_days: Annotated[
        float | None, typer.Option(min=0.01, help="Judge each lead by its first score, for so many days after it.")
    ] = None,
    product: Annotated[str | None, typer.Option(help="With --horizon-days, the product that counts.")] = None,
    capacity: Annotated[
        int | None, typer.Option(min=1, help="Leads that you can call in a launch (default: a tenth).")
    ] = None,
    margin: Annotated[float, typer.Option(min=0.01, max=1, help="Share of the revenue that you keep.")] = 1.0,
    contact_cost: Annotated[float, typer.Option(min=0, help="Cost of contacting one lead.")] = 0.0,
    rivals: Annotated[
        bool, typer.Option("--rivals/--no-rivals", help="Compare with simple rules, boosting and hotleads' own model.")
    ] = True,
    out: Annotated[Path | None, typer.Option(help="Page to write (.html); it opens offline.")] = None,
    json: Annotated[
        Path | None, typer.Option("--json", help="Write the judgement as JSON to this file, or - to print it.")
    ] = None,
    track: Annotated[bool, typer.Option("--track", help="Keep the judgement as an MLflow run.")] = False,
    seed: SeedOption = None,
    language: LanguageOption = None,
) -> None:
    """Judge any tool's scores by what happened afterwards: is this lead score any good?

    Exit codes: 0 nothing against it; 1 worse than a simple rule, no better than chance, given too late or too good to
    be true; 2 it cannot be judged.
    """
    from ...history.source_folder import check_source_folder
    from ...jobs.output_path import validate_output

    with report_errors(CANNOT_RUN):
        if (history is None) == (outcomes is None):
            raise typer.BadParameter("name what happened once, with --history or with --outcomes")
        if history is not None:
            check_source_folder(history)
        if out is not None:
            validate_output(out, (".html", ".htm"))
    from ...history import open_history
    from ...jobs.judge import JudgeJob, run_judge
    from ...judge import JudgeOptions, ListOptions, ScoreFile, judgement_to_json
    from ...judge.scales import KINDS
    from ..judge_text import print_judgement, print_values
    from ..settings import load_settings

    kind = next((name for name in KINDS if name == scale), None)
    if scale is not None and kind is None:
        raise typer.BadParameter(f"--scale takes {', '.join(KINDS)}, not {scale!r}")
    file = ScoreFile(
        scores,
        lead,
        score,
        time,
        launch,
        parse_instant(scored_at),
        timezone,
        kind,
        tuple(_split(order)),
        reversed_,
    )
    with report_errors(CANNOT_RUN), show_progress(quiet=_is_stdout(json)) as progress:
        settings = load_settings(seed=seed, language=language)
        options = JudgeOptions(
            launches=_split(launches) or None,
            horizon_days=horizon_days,
            product_id=product,
            lists=ListOptions(capacity, margin, contact_cost),
            rivals=rivals,
            seed=settings.seed,
        )
        written = None if _is_stdout(json) else json
        job = JudgeJob(file, outcomes, options, out, written, track, settings.language)
        judgement = run_judge(open_history(history) if history is not None else None, job, progress)
    if _is_stdout(json):
        print_values(judgement_to_json(judgement))
    else:
        print_judgement(judgement, settings.language)
        print_findings(judgement.findings, settings.language)
        if out is not None:
            console.print(f"[bold]The page (open in a browser):[/] {escape(str(out))}", soft_wrap=True)
    if judgement.verdict.is_bad:
        raise typer.Exit(BAD)
    raise typer.Exit(CANNOT_RUN if judgement.verdict.code == "nothing-to-judge" else GOOD)


def leak_test(
    *,
    function: Annotated[str, typer.Argument(metavar="MODULE:FUNCTION", help="Called as function(tables, as_of).")],
    history: Annotated[Path, typer.Option(help="Folder of the history, imported or raw.")],
    launch: Annotated[str | None, typer.Option(help="Launch whose opening is as_of (default: the last one).")] = None,
    as_of: Annotated[str | None, typer.Option(help="The instant instead of a launch (ISO 8601).")] = None,
    frames: Annotated[str, typer.Option(help="What it takes: pandas, polars, arrow or folder.")] = "pandas",
    json: Annotated[
        Path | None, typer.Option("--json", help="Write the report to this file, or - to print it.")
    ] = None,
) -> None:
    """Test whether your function knows the future: change what comes after as_of, and see what moves.

    It gets the tables leads, purchases, events and launches by name and returns a frame with lead_id and features or
    scores. Exit codes: 0 clean; 1 it leaks, or differs from call to call; 2 it cannot be tested.
    """
    from ...history.source_folder import check_source_folder

    if launch is not None and as_of is not None:
        raise typer.BadParameter("give --launch or --as-of, not both")
    with report_errors(CANNOT_RUN):
        check_source_folder(history)
    from ...history import open_history
    from ...jobs.leak_test import LeakTestJob, run_leak_test
    from ...judge.frames import FRAMES
    from ..judge_text import print_leak_report, print_values

    kind = next((name for name in FRAMES if name == frames), None)
    if kind is None:
        raise typer.BadParameter(f"--frames takes {', '.join(FRAMES)}, not {frames!r}")
    is_printed = _is_stdout(json)
    with report_errors(CANNOT_RUN), show_progress(quiet=is_printed) as progress:
        job = LeakTestJob(function, launch, parse_instant(as_of), kind, None if is_printed else json)
        report = run_leak_test(open_history(history), job, progress)
    if is_printed:
        print_values(report.to_json())
    else:
        print_leak_report(report)
        print_findings(report.findings)
    raise typer.Exit(GOOD if report.is_clean else BAD)


def _split(text: str | None) -> list[str]:
    return [part.strip() for part in (text or "").split(",") if part.strip()]


def _is_stdout(path: Path | None) -> bool:
    return path is not None and str(path) == "-"
