"""CPU and memory of monitoring a large launch with all its features: ``python benchmarks/monitor.py``.

A small marketplace is simulated, a model trained on it, and every lead multiplied under other ids until the last launch
is large. That launch is monitored in a process of its own: signals, expected and realised quality, baselines,
Evidently's two reports, the page. The rival, in the same run, is Evidently's own preset on what one report compares.
"""

import argparse
import resource
import shutil
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path

import duckdb
import pandas as pd

from hotleads.history import import_history, open_history
from hotleads.scoring import load, save
from hotleads.simulator import SimulationOptions, simulate
from hotleads.training import FitOptions, fit_model


def monitor(folder: Path) -> dict[str, float]:
    """Monitor the last launch as the command does; return CPU seconds since the process began, and MiB."""
    from hotleads.jobs.monitor import write_monitoring_files
    from hotleads.monitoring import monitor_launch
    from hotleads.monitoring.report import render_monitoring_report
    from hotleads.monitoring.workspace import add_to_workspace

    imported = time.process_time()
    history = open_history(folder / "imported")
    launch = list(history.launches.values())[-1]
    result = monitor_launch(history, launch, load(folder / "model"))
    monitored = time.process_time()
    write_monitoring_files(result, folder / "out")
    launches = add_to_workspace(folder / "workspace", history.name, launch.strategy, result)
    (folder / "out" / "launches.html").write_text(render_monitoring_report(history.name, result, launches))
    sizes = {path.name: path.stat().st_size / 1e6 for path in (folder / "out").glob("*.html")}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "leads": result.leads,
        "features": len(result.drifts["training"].table) - 2,
        "CPU s, imports": imported,
        "CPU s, findings and drift": monitored - imported,
        "CPU s, files": time.process_time() - monitored,
        "CPU s, all": time.process_time(),
        "peak MiB": peak,
    } | {f"MB {name}": size for name, size in sizes.items()}


def run_preset(folder: Path) -> dict[str, float]:
    """Run Evidently's preset on what one report compares; return CPU seconds and MB."""
    from evidently import DataDefinition, Dataset, Report
    from evidently.presets import DataDriftPreset

    from hotleads.monitoring.drift import MAX_ROWS
    from hotleads.monitoring.launch_rows import read_compared_rows
    from hotleads.monitoring.references import find_earlier_launches

    history = open_history(folder / "imported")
    launch, model = list(history.launches.values())[-1], load(folder / "model")
    rows, earlier = read_compared_rows(history, launch, find_earlier_launches(history, launch, model), model)
    now, then = rows.table, pd.concat([launch_rows.table for launch_rows in earlier])
    now, then = (side.iloc[:: -(-len(side) // MAX_ROWS)] for side in (now, then))
    shown = [name for name in now if now[name].notna().any() and then[name].notna().any()]
    definition = DataDefinition(numerical_columns=shown)
    start = time.process_time()
    sides = [Dataset.from_pandas(side[shown].reset_index(drop=True), definition) for side in (now, then)]
    preset = DataDriftPreset(num_method="wasserstein")  # the distance of its choice for large samples; ours too
    Report([preset]).run(*sides).save_html(str(folder / "preset.html"))
    size = (folder / "preset.html").stat().st_size / 1e6
    return {"CPU s, preset on one reference": time.process_time() - start, "MB preset.html": size}


def multiply(source: Path, out: Path, times: int) -> None:
    """Write the imported history with every lead so many times; rows stay in the order of lead and time."""
    shutil.copytree(source, out)
    for table in ("leads", "purchases", "events"):
        other = ", transaction_id || '-' || copy AS transaction_id" if table == "purchases" else ""
        left = "lead_id, transaction_id" if table == "purchases" else "lead_id"
        rows = f"(SELECT *, row_number() OVER () AS place FROM read_parquet('{source / table}.parquet'))"
        copies = (
            f"SELECT lead_id || '-' || copy AS lead_id{other}, * EXCLUDE ({left}, copy) "
            f"FROM {rows}, range({times}) AS copies(copy)"
        )
        ordered = f"SELECT * EXCLUDE (place) FROM ({copies}) ORDER BY lead_id, place"
        with duckdb.connect() as con:
            con.execute("SET TimeZone = 'UTC'")
            con.execute(f"COPY ({ordered}) TO '{out / table}.parquet' (FORMAT parquet, COMPRESSION zstd)")


def main() -> None:
    """Simulate, train, multiply, and print both."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--leads", type=int, default=8_000, help="in the small marketplace")
    parser.add_argument("--times", type=int, default=50)
    options = parser.parse_args()
    print(", ".join(f"{name} {version(name)}" for name in ("evidently", "pandas", "numpy", "plotly")))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        simulate(folder / "raw", SimulationOptions(leads=options.leads, launches=9, seed=0))
        import_history(folder / "raw", folder / "small")
        multiply(folder / "small", folder / "imported", options.times)
        history = open_history(folder / "small")
        launch = list(history.launches.values())[-1]
        save(fit_model(history, launch, launch.as_of, FitOptions(trials=0)).model, folder / "model")
        for work in (monitor, run_preset):  # each in a process of its own, which imports and compiles afresh
            with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
                for figure, value in pool.submit(work, folder).result().items():
                    print(f"{figure}: {value:,.2f}", flush=True)


if __name__ == "__main__":
    main()
