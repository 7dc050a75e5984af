"""Commands about launches that were scored: monitor one."""

from pathlib import Path
from typing import Annotated, Literal, cast

import typer
from rich.markup import escape

from ..console import advice_lines, console, progress, signals_table, told_errors
from .options import HistoryOption, PriorModelOption

#: Exit codes, for whoever runs this on a schedule; 1 is bad input, 2 a wrong argument.
EXIT_CODES = {"keep": 0, "recalibrate": 10, "retrain": 11, "stop": 12}


def monitor(
    history: HistoryOption,
    launch: Annotated[str, typer.Option(help="Id of the launch.")],
    out: Annotated[Path, typer.Option(help="Folder for monitor.json, launches.html and the drift reports.")],
    against: Annotated[
        str | None, typer.Option(help="A launch's id, or training (default: training and the last such launch).")
    ] = None,
    model: Annotated[
        str | None, typer.Option(help="Model folder or MLflow URI (default: the one that scored the launch).")
    ] = None,
    workspace: Annotated[Path, typer.Option(help="Evidently workspace that strings the launches together.")] = Path(
        "out/workspace"
    ),
    apply: Annotated[str | None, typer.Option(help="Register a challenger: recalibrate or retrain.")] = None,
    prior_model: PriorModelOption = None,
) -> None:
    """Say what changed in a launch, what it costs and what to do.

    Exit codes: 0 keep, 10 recalibrate, 11 retrain, 12 stop; 1 bad input, 2 a wrong argument.
    """
    from ...history import open_history
    from ...jobs.monitor import run_monitor

    if apply not in (None, "recalibrate", "retrain"):
        raise typer.BadParameter(f"--apply takes recalibrate or retrain, not {apply!r}")
    remedy = cast(Literal["recalibrate", "retrain"] | None, apply)
    with told_errors(), progress() as tell:
        opened = open_history(history)
        target = opened.get_launch(launch)
        done = run_monitor(
            opened,
            target,
            out,
            model_uri=model,
            against=against,
            workspace=workspace,
            apply=remedy,
            prior_uri=prior_model,
            progress=tell,
        )
    console.print(signals_table(done.result))
    for line in advice_lines(done.result):
        console.print(line, soft_wrap=True)
    if done.challenger:
        console.print(f"Registered as models:/hotleads/{done.challenger}, the challenger; `hotleads train` is its gate")
    console.print(f"Reports: {escape(str(out))} (run {done.run_id})", soft_wrap=True)
    raise typer.Exit(EXIT_CODES[done.result.advice.action])
