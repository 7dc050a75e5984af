"""How fast a feature table is computed, beside reading its columns and beside pandas, DuckDB and Featuretools.

    python benchmarks/feature_table.py [--purchases 10000000] [--rivals pandas duckdb featuretools] [--keep FOLDER]
        [--featuretools-python PYTHON]

One launch that scores everybody known; all declared features of purchases. Each measurement is a process of its own,
so that its peak memory is its own; imports and compilation are reported apart. CPU time is of all threads.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

STARTED = time.perf_counter()
READS, LOOPS = 5, 5_000
MOST_FOR_SIX = 2_000_000  # leads: six whole tables are held at once


class Clock:
    """Wall and CPU seconds of steps, by their names."""

    def __init__(self) -> None:
        self.took: dict[str, Any] = {}

    def time(self, name: str, work: Callable[[], Any], rounds: int = 1) -> Any:
        wall, cpu = [], []
        for _ in range(rounds):
            result = None  # the last round's result must not lie beside this one's
            before = time.perf_counter(), time.process_time()
            result = work()
            wall.append(time.perf_counter() - before[0])
            cpu.append(time.process_time() - before[1])
        self.took[name] = statistics.median(wall), statistics.median(cpu)
        return result


def speed(folder: Path, clock: Clock) -> None:
    """Time the read, the kernel, the function, one lead and six as_of."""
    import numpy as np
    import pyarrow.parquet as pq

    from hotleads.features import (
        FEATURES,
        FeaturePlan,
        build_context,
        compute_features,
        compute_features_of_launches,
        read_launch_inputs,
    )
    from hotleads.features.discovery import list_capture_fields
    from hotleads.features.lead_row_reader import _CAPTURES, _PURCHASES, read_lead_rows, to_lead_ids
    from hotleads.features.partition import split_cohorts
    from hotleads.history import build_cohort, open_history
    from hotleads.history.timestamps import series_to_microseconds

    clock.took["imports"] = time.perf_counter() - STARTED, time.process_time()
    history, features = open_history(folder), [f for f in FEATURES if f.source == "purchases"]
    launch, path = history.get_launch("cut-1"), folder / "purchases.parquet"
    leads = clock.time("cohort", lambda: build_cohort(history, launch), 3)  # the first reads compiled code back
    context = clock.time("context", lambda: build_context(history, launch.as_of))
    plan = FeaturePlan(features, launch, context)
    few = leads.iloc[:2]
    clock.time("compilation, or reading it back", lambda: compute_features(history, launch, few, context, features))

    def read() -> None:
        pq.read_table(path, columns=_PURCHASES, use_threads=False)

    captured = list(dict.fromkeys((*_CAPTURES, *list_capture_fields(history, launch.as_of))))

    def read_captures() -> None:
        pq.read_table(folder / "leads.parquet", columns=captured, use_threads=False)

    read()
    clock.time("read", read, READS)
    read_captures()
    clock.time("read of captures", read_captures, READS)
    clock.time("known of all", lambda: read_launch_inputs(open_history(folder), launch))

    ids, as_of = to_lead_ids(leads["lead_id"]), series_to_microseconds(leads["as_of"])
    kernel: list[tuple[float, float]] = []
    for (part,) in split_cohorts(history, ["purchases"], [ids]):
        (rows,) = read_lead_rows(history, [ids[part]], plan.sources, plan.capture_fields)
        before = time.perf_counter(), time.process_time()
        plan.compute(rows, as_of[part])
        kernel.append((time.perf_counter() - before[0], time.process_time() - before[1]))
    clock.took["kernel"] = sum(wall for wall, _ in kernel), sum(cpu for _, cpu in kernel)
    clock.time("function", lambda: compute_features(history, launch, leads, context, features) is None, 3)

    (rows,) = read_lead_rows(history, [ids[:1000]], plan.sources, plan.capture_fields)
    sales = rows.purchases
    if sales is None:
        raise SystemExit("no purchases were read")
    at = int(np.argmin(np.abs(sales.stops - sales.starts - 20)))
    alone = rows._replace(purchases=sales._replace(starts=sales.starts[at : at + 1], stops=sales.stops[at : at + 1]))
    clock.took["rows of one lead"] = int(sales.stops[at] - sales.starts[at]), 0
    clock.time("loop", lambda: [plan.compute(alone, as_of[:1]) for _ in range(LOOPS)])
    clock.took["one lead"] = clock.took["loop"][0] / LOOPS, clock.took["loop"][1] / LOOPS

    if len(leads) > MOST_FOR_SIX:
        return
    requests = [
        (one, build_cohort(history, one)[["lead_id", "as_of"]], context) for one in list(history.launches.values())
    ]
    clock.time("six as_of", lambda: compute_features_of_launches(history, requests, features) is None)


def written(folder: Path, clock: Clock) -> None:
    """Time what ``hotleads features`` does, for the declared features of purchases alone."""
    from hotleads.features import FEATURES, compute_features, iter_feature_blocks, read_launch_inputs
    from hotleads.history import open_history
    from hotleads.jobs.output import write_feature_blocks

    history, features = open_history(folder), [f for f in FEATURES if f.source == "purchases"]
    launch = history.get_launch("cut-1")
    few = read_launch_inputs(history, launch)  # reads the compiled code back
    compute_features(history, launch, few.leads.iloc[:2], few.context, features)

    def work() -> None:
        history = open_history(folder)
        leads, _, context = read_launch_inputs(history, launch)
        with tempfile.TemporaryDirectory() as out:
            blocks = iter_feature_blocks(history, launch, leads, context, features, by_column=True)
            write_feature_blocks(blocks, Path(out) / "features.parquet")

    clock.time("written", work)


#: Features that each rival can state without effort.
SUBSET = [
    *("purchases", "spend", "days_since_last_purchase", "days_since_first_purchase", "largest_purchase_amount"),
    *(f"{name}_{days}d" for name in ("purchases", "spend") for days in (7, 30, 90, 365)),
    *("purchases_decayed_30d", "spend_decayed_30d", "refunds", "distinct_products"),
]
AS_OF = "2025-01-01"
_READ = ["lead_id", "occurred_at", "status", "bought", "first_of_product", "net_amount", "amount", "currency"]


def ours(folder: Path, clock: Clock) -> Any:
    from hotleads.features import FEATURES, build_context, compute_features
    from hotleads.history import build_cohort, open_history

    history = open_history(folder)
    launch = history.get_launch("cut-1")
    leads, context = build_cohort(history, launch), build_context(history, launch.as_of)
    features = [feature for feature in FEATURES if feature.name in SUBSET]
    compute_features(history, launch, leads.iloc[:2], context, features)
    return clock.time("features", lambda: compute_features(history, launch, leads, context, features))


def pandas(folder: Path, clock: Clock) -> Any:
    """Time careful pandas: few columns, categories, float amounts, one groupby an aggregate."""
    import pandas as pd

    return clock.time("features", lambda: _pandas_table(pd, folder))


def _pandas_table(pd: Any, folder: Path) -> Any:
    rows = pd.read_parquet(folder / "purchases.parquet", columns=_READ)
    rows["lead_id"] = rows["lead_id"].astype("category")
    rows = rows[rows["occurred_at"] < pd.Timestamp(AS_OF, tz="UTC")]
    days = (pd.Timestamp(AS_OF, tz="UTC") - rows["occurred_at"]) / pd.Timedelta(days=1)
    has_main_currency = rows["currency"].isna() | (rows["currency"] == "BRL")
    net = rows["net_amount"].astype("float64").where(has_main_currency, 0.0)
    lead, bought = rows["lead_id"], rows["bought"]
    sold, own_days = lead[bought], days[bought]
    priced = bought & has_main_currency & rows["amount"].notna()
    weight = 0.5 ** (days / 30)
    columns = {
        "purchases": sold.groupby(sold, observed=False).size(),
        "spend": net.groupby(lead, observed=False).sum(),
        "days_since_last_purchase": own_days.groupby(sold, observed=False).min(),
        "days_since_first_purchase": own_days.groupby(sold, observed=False).max(),
        "largest_purchase_amount": net[priced].clip(lower=0).groupby(lead[priced], observed=False).max(),
        "purchases_decayed_30d": weight[bought].groupby(sold, observed=False).sum(),
        "spend_decayed_30d": (net * weight).groupby(lead, observed=False).sum(),
        "refunds": (rows["status"] == "refunded").groupby(lead, observed=False).sum(),
        "distinct_products": rows["first_of_product"].groupby(lead, observed=False).sum(),
    }
    for window in (7, 30, 90, 365):
        recent = days <= window
        columns[f"purchases_{window}d"] = (bought & recent).groupby(lead, observed=False).sum()
        columns[f"spend_{window}d"] = net.where(recent, 0.0).groupby(lead, observed=False).sum()
    return pd.DataFrame(columns)


def duckdb(folder: Path, clock: Clock) -> Any:
    import duckdb as engine
    import pandas  # noqa: F401  (its import is not the query)

    windows = ", ".join(
        f"count(*) FILTER (bought AND days <= {w}) AS purchases_{w}d, "
        f"coalesce(sum(net) FILTER (days <= {w}), 0) AS spend_{w}d"
        for w in (7, 30, 90, 365)
    )
    sql = f"""
        WITH known AS (
            SELECT *, (epoch_us(TIMESTAMPTZ '{AS_OF} 00:00:00+00') - epoch_us(occurred_at)) / 86400000000.0 AS days,
                coalesce(currency = 'BRL', true) AS own,
                CASE WHEN coalesce(currency = 'BRL', true) THEN CAST(net_amount AS DOUBLE) ELSE 0 END AS net
            FROM '{folder}/purchases.parquet' WHERE occurred_at < TIMESTAMPTZ '{AS_OF} 00:00:00+00'
        )
        SELECT lead_id, count(*) FILTER (bought) AS purchases, sum(net) AS spend,
            min(days) FILTER (bought) AS days_since_last_purchase,
            max(days) FILTER (bought) AS days_since_first_purchase,
            max(greatest(net, 0)) FILTER (bought AND own AND amount IS NOT NULL) AS largest_purchase_amount, {windows},
            coalesce(sum(pow(0.5, days / 30)) FILTER (bought), 0) AS purchases_decayed_30d,
            sum(net * pow(0.5, days / 30)) AS spend_decayed_30d,
            count(*) FILTER (status = 'refunded') AS refunds, count(*) FILTER (first_of_product) AS distinct_products
        FROM known GROUP BY lead_id
    """
    con = engine.connect(config={"memory_limit": "2GB", "temp_directory": tempfile.gettempdir()})
    return clock.time("features", lambda: con.execute(sql).to_arrow_table().to_pandas().set_index("lead_id"))


def featuretools(folder: Path, clock: Clock) -> Any:
    """Time deep feature synthesis of one feature, the sum of net amounts at a cut-off: a lower bound."""
    import featuretools as ft
    import pandas as pd

    rows = pd.read_parquet(folder / "purchases.parquet", columns=[*_READ, "transaction_id"])
    rows["net"] = rows["net_amount"].astype("float64").where(rows["currency"].fillna("BRL") == "BRL", 0.0)
    rows = rows[["lead_id", "occurred_at", "net"]].assign(row=range(len(rows)))
    rows["occurred_at"] = rows["occurred_at"].dt.tz_localize(None)

    def synthesis() -> Any:
        entities = ft.EntitySet("shop")
        entities.add_dataframe(rows, "purchases", index="row", time_index="occurred_at")
        entities.normalize_dataframe("purchases", "leads", "lead_id")
        made = {"agg_primitives": ["sum"], "trans_primitives": [], "cutoff_time": pd.Timestamp(AS_OF)}
        table = ft.dfs(entityset=entities, target_dataframe_name="leads", **made)[0]
        return table.rename(columns={"SUM(purchases.net)": "spend"})[["spend"]]

    return clock.time("features", synthesis)


WORKERS: dict[str, Callable[[Path, Clock], Any]] = {
    worker.__name__: worker for worker in (speed, written, ours, pandas, duckdb, featuretools)
}


def run(worker: str, folder: Path, python: str = sys.executable) -> dict[str, Any]:
    """Run a worker in a process; return its times and its peak memory in GB."""
    arguments = [python, __file__, "--worker", worker, "--keep", str(folder)]
    child = subprocess.run(arguments, capture_output=True, text=True)
    if child.returncode:
        last = (child.stderr.strip().splitlines() or [f"ended with {child.returncode}"])[-1]
        return {"failed": last}
    result: dict[str, Any] = json.loads(child.stdout.splitlines()[-1])
    return result


def time_command(folder: Path, out: Path) -> tuple[float, float, float]:
    """Return wall and CPU seconds and peak GB of ``hotleads features`` with every feature, imports included."""
    arguments = ["features", "--history", str(folder), "--launch", "cut-1", "--out", str(out)]
    code = "import sys; from hotleads.cli.main import app; app(sys.argv[1:])"
    before = time.perf_counter()
    started = subprocess.Popen([sys.executable, "-c", code, *arguments], stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(started.pid, 0)
    if status:
        raise SystemExit(f"{' '.join(arguments)} failed")
    return time.perf_counter() - before, used.ru_utime + used.ru_stime, used.ru_maxrss / 1e6


def report_speeds(folder: Path, rivals: list[str], featuretools_python: str) -> None:
    from feature_data import write_history

    took = run("speed", folder)
    if "failed" in took:
        raise SystemExit(took["failed"])
    read = took["read"][1]
    print(f"{'':34} {'wall s':>8} {'CPU s':>8} {'times the read':>15}")
    steps = ("cohort", "context", "known of all", "read", "read of captures", "kernel", "function")
    for name in ("imports", "compilation, or reading it back", *steps):
        wall, cpu = took[name]
        print(f"{name:34} {wall:8.2f} {cpu:8.2f} {cpu / read:15.2f}")
    if "six as_of" in took:
        six, one = took["six as_of"][1], took["function"][1]
        print(f"six as_of: {took['six as_of'][0]:.2f} s, CPU {six:.2f} s, {six / one:.2f} times one")
    print(f"one lead with {took['rows of one lead'][0]} purchases: {1e6 * took['one lead'][1]:.1f} µs")
    both = read + took["read of captures"][1]
    table = run("written", folder)
    wall, cpu = table["written"]
    print(
        f"the same features computed and written: {wall:.1f} s, CPU {cpu:.1f} s, {cpu / both:.1f} times the read of "
        f"both tables; peak memory {table['peak']:.2f} GB"
    )
    with tempfile.TemporaryDirectory() as out:
        wall, cpu, peak = time_command(folder, Path(out) / "features.parquet")
        write_history(Path(out) / "few", 1_000)
        start, fixed, _ = time_command(Path(out) / "few", Path(out) / "few.parquet")
    print(
        f"hotleads features, all of them: {wall:.1f} s, CPU {cpu:.1f} s, of which {start:.1f} s, CPU {fixed:.1f} s for "
        f"1,000 purchases too (imports, compiled code read back); without these {(cpu - fixed) / both:.1f} times the "
        f"read of both tables; peak memory {peak:.2f} GB"
    )
    print(f"\n{len(SUBSET)} features that every rival can compute")
    base: dict[str, Any] = {}
    for name in ["ours", *rivals]:
        result = run(name, folder, featuretools_python if name == "featuretools" else sys.executable)
        if "failed" in result:
            print(f"{name:14} failed: {result['failed']}")
            continue
        base = base or result
        wall, cpu = result["features"]
        differs = describe_agreement(folder, name)
        times = cpu / base["features"][1]
        print(f"{name:14} {wall:8.2f} s, CPU {cpu:8.2f} s, {times:6.2f} times ours, {result['peak']:.2f} GB; {differs}")


def describe_agreement(folder: Path, name: str) -> str:
    import numpy as np
    import pandas as pd

    mine, theirs = (pd.read_parquet(folder / f"{who}.table") for who in ("ours", name))
    theirs = theirs.reindex(mine.index.intersection(theirs.index))
    columns = [column for column in mine if column in theirs]
    mine, theirs = mine.loc[theirs.index, columns], theirs[columns].astype("float64")
    same = np.isclose(mine, theirs, rtol=1e-6, atol=1e-6, equal_nan=True)
    return f"{len(columns)} columns of {len(theirs):,} leads, {same.mean():.4%} the same"


def work(worker: str, folder: Path) -> None:
    import resource

    clock = Clock()
    table = WORKERS[worker](folder, clock)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    if table is not None:
        table.index = table.index.astype("str")
        table[table.index.str.endswith("7")].to_parquet(folder / f"{worker}.table")
    print(json.dumps(clock.took | {"peak": peak}))


def main() -> None:
    """Make a history, measure, and remove the history."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--purchases", type=int, default=10_000_000)
    parser.add_argument("--rivals", nargs="*", default=["pandas", "duckdb", "featuretools"])
    parser.add_argument("--keep", type=Path, help="Folder of the history; made where absent, and kept.")
    python = {"default": sys.executable, "help": "A Python that has Featuretools, which is no dependency of ours."}
    parser.add_argument("--featuretools-python", **python)
    parser.add_argument("--worker", choices=WORKERS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        work(options.worker, options.keep)
        return
    from feature_data import write_history

    packages = ", ".join(f"{name} {version(name)}" for name in ("numba", "numpy", "pandas", "pyarrow", "duckdb"))
    print(f"Python {platform.python_version()}, {packages}, {platform.machine()}, {os.cpu_count()} cores")
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.keep or Path(scratch) / "history"
        if not folder.exists():
            write_history(folder, options.purchases)
        rows = json.loads((folder / "manifest.json").read_text())["rows"]
        print(f"{rows['purchases']:,} purchases of {rows['leads']:,} leads\n")
        report_speeds(folder, options.rivals, options.featuretools_python)


if __name__ == "__main__":
    main()
