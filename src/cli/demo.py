"""The first five minutes: the whole job on a small history, shown on the screen."""

from pathlib import Path

from rich.markup import escape

from ..history import open_history
from ..jobs.oracle import regret
from ..jobs.score import run_score
from ..jobs.training import run_backtest, run_train
from ..tracking.client import get_tracking_uri
from ..tracking.registry import build_model_uri
from ..training import FitOptions
from .console import console, forecast_table, hottest_table, launches_table, progress, regret_table


def run_demo(folder: Path, out: Path, settings: FitOptions) -> None:
    """Backtest every launch of the history at ``folder``, train for the last one, score it, and show all."""
    history = open_history(folder)
    launch = list(history.launches.values())[-1]
    with progress() as tell:
        judged, report = run_backtest(history, out, settings, None, tell)
        trained = run_train(history, None, settings, tell)
        tell(f"scoring {launch.launch_id}")
        model, next_launch = build_model_uri(trained.registry_version), out / "next_launch.parquet"
        scored = run_score(history, launch, model, next_launch, settings.reasons)
    console.print(launches_table(report))
    for entry in report["skipped"]:
        console.print(f"[dim]{escape(entry['launch_id'])} was not judged: {escape(entry['reason'])}", soft_wrap=True)
    if len(judged) and any(folder.glob("truth.*")):
        rows = regret(folder, judged)
        console.print(regret_table(rows[rows["figure"] == "roc_auc"]))
    console.print(forecast_table(launch.launch_id, scored.forecast))
    console.print(hottest_table(scored.hottest))
    for what, where in (
        ("Report (open in a browser)", out / "report.html"),
        ("Scored leads", next_launch),
        ("MLflow UI", f"make ui, or mlflow ui --backend-store-uri {get_tracking_uri()}"),
    ):
        console.print(f"[bold]{what}:[/] {escape(str(where))}", soft_wrap=True)
