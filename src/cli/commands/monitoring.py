"""The command that monitors a launch."""

from pathlib import Path
from typing import Annotated, cast

import typer
from rich.markup import escape

from ...language import Translator
from ..console import console, report_errors, show_progress
from .options import HistoryArgument, HistoryOption, LanguageOption, PriorModelOption, choose_history

#: Exit codes by advice, for schedulers; 1 is bad input, 2 a wrong argument.
EXIT_CODES = {"keep": 0, "recalibrate": 10, "retrain": 11, "stop": 12}


def monitor(
    *,
    folder: HistoryArgument = None,
    history: HistoryOption = None,
    launch: Annotated[str, typer.Option(help="Id of the launch.")],
    out: Annotated[Path, typer.Option(help="Folder for monitor.json, launches.html and the drift reports.")],
    against: Annotated[
        str | None, typer.Option(help="Id of a launch, or training (default: training and the last such launch).")
    ] = None,
    model: Annotated[
        str | None, typer.Option(help="Model folder or MLflow URI (default: the one that scored the launch).")
    ] = None,
    workspace: Annotated[Path, typer.Option(help="Evidently workspace that shows all launches.")] = Path(
        "out/workspace"
    ),
    apply: Annotated[str | None, typer.Option(help="Register a challenger: recalibrate or retrain.")] = None,
    prior_model: PriorModelOption = None,
    language: LanguageOption = None,
) -> None:
    """Monitor a launch: what changed, what it costs and what to do.

    Exit codes: 0 keep, 10 recalibrate, 11 retrain, 12 stop; 1 bad input, 2 a wrong argument.
    """
    history = choose_history(folder, history)
    from ...history import open_history
    from ...jobs.monitor import ModelUpdate, MonitorOptions, run_monitor
    from ..settings import load_settings
    from ..tables import render_advice, render_signals_table

    if apply not in (None, "recalibrate", "retrain"):
        raise typer.BadParameter(f"--apply takes recalibrate or retrain, not {apply!r}")
    with report_errors():
        language_name = load_settings(language=language).language
    options = MonitorOptions(
        launch=launch,
        out=out,
        against=against,
        model_uri=model,
        workspace=workspace,
        apply=cast(ModelUpdate | None, apply),
        prior_model_uri=prior_model,
        language=language_name,
    )
    with report_errors(), show_progress() as progress:
        run = run_monitor(open_history(history), options, progress)
    translate = Translator(language_name)
    console.print(render_signals_table(run.result, translate))
    for line in render_advice(run.result, translate):
        console.print(line, soft_wrap=True)
    if run.challenger:
        console.print(f"Registered as models:/hotleads/{run.challenger}, the challenger; `hotleads train` is its gate")
    console.print(f"Reports: {escape(str(out))} (run {run.run_id})", soft_wrap=True)
    raise typer.Exit(EXIT_CODES[run.result.advice.action])
