"""The first five minutes: the whole job on a small history, shown on the console."""

from pathlib import Path

from rich.markup import escape

from ..history import open_history
from ..jobs.backtest import BacktestOptions, run_backtest
from ..jobs.oracle import compute_regret
from ..jobs.score import ScoreOptions, run_score
from ..jobs.train import TrainOptions, run_train
from ..tracking.client import get_tracking_uri
from ..tracking.registry import build_model_uri
from ..training import FitOptions
from ..training.forecast_check import describe_forecasts
from .console import console, show_progress
from .tables import render_forecast_table, render_hottest_table, render_launches_table, render_regret_table


def run_demo(folder: Path, out: Path, fit: FitOptions) -> None:
    """Backtest every launch of the history in a folder, train for the last one, score it, and show the results."""
    history = open_history(folder)
    launch_id = list(history.launches)[-1]
    scores_file = out / "next_launch.parquet"
    with show_progress() as progress:
        scores, report, _ = run_backtest(history, BacktestOptions(out, fit=fit), progress)
        trained = run_train(history, TrainOptions(fit=fit), progress)
        progress(f"scoring {launch_id}")
        model_uri = build_model_uri(trained.registry_version)
        summary = run_score(history, ScoreOptions(launch_id, scores_file, model_uri, fit.reasons))
    console.print(render_launches_table(report))
    console.print(escape(describe_forecasts(report["launches"])), soft_wrap=True)
    for entry in report["skipped"]:
        reason = escape(entry["reason"])
        console.print(f"[dim]{escape(entry['launch_id'])} was not evaluated: {reason}", soft_wrap=True)
    if len(scores) and any(folder.glob("truth.*")):
        regret = compute_regret(folder, scores)
        console.print(render_regret_table(regret[regret["figure"] == "roc_auc"]))
    console.print(render_forecast_table(launch_id, summary.forecast))
    console.print(render_hottest_table(summary.hottest))
    for name, path in (
        ("The launch's page (open in a browser)", summary.page),
        ("Backtest report", out / "report.html"),
        ("Scored leads", scores_file),
        ("MLflow UI", f"make ui, or mlflow ui --backend-store-uri {get_tracking_uri()}"),
    ):
        console.print(f"[bold]{name}:[/] {escape(str(path))}", soft_wrap=True)
