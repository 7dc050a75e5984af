"""A million leads scored in one command from a history of ten million purchases: time by stage, and peak memory.

    python benchmarks/million_leads.py [--leads 1000000] [--purchases 10] [--work DIR]

Makes a history, or uses the one that an earlier run left in DIR. A model of the default parameters is trained on a
second history, of a twentieth of the leads, so that training does not take most of the time. Then runs ``hotleads
score`` as a user does. Each command runs in a separate process, whose peak memory the system reports.
"""

import argparse
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

START, DAYS, LAUNCHES = pd.Timestamp("2023-01-01T00:00Z"), 900, 4
CART_DAYS, CAPTURE_DAYS = 7, 21
CHUNK = 100_000
SOURCES, METHODS, PRODUCTS = ("instagram", "google", "youtube", "email"), ("credit_card", "pix", "billet"), 12
EVENTS = ("email_opened", "page_viewed", "webinar_attended")


def main() -> None:
    """Print each command's time and memory, and the stages that ``hotleads score`` prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--leads", type=int, default=1_000_000)
    parser.add_argument("--purchases", type=float, default=10.0, help="a lead, on average")
    parser.add_argument("--work", type=Path, help="folder that keeps the history and the model")
    options = parser.parse_args()
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    print(f"Python {platform.python_version()}, {platform.machine()}, {cores} cores, {options.leads:,} leads")
    with tempfile.TemporaryDirectory() as scratch:
        run(options.work or Path(scratch), options.leads, options.purchases)


def run(work: Path, leads: int, purchases: float) -> None:
    """Run the whole benchmark in the folder ``work``."""
    history, out = work / "history", work / "scores.parquet"
    os.environ["MLFLOW_TRACKING_URI"] = f"sqlite:///{work}/mlflow.db"
    if not history.is_dir():
        for name, size in (("small", leads // 20), ("history", leads)):
            make_history(work / f"raw_{name}", size, purchases)
            run_command("import", work / f"raw_{name}", work / name)
        run_command("train", "--history", work / "small", "--trials", "0", "--force")  # the gate may find it too weak
    run_command("score", "--history", history, "--launch", f"L{LAUNCHES}", "--out", out)
    written = pq.ParquetFile(out)
    reasons = sum(len(group.column(0).combine_chunks().flatten()) for group in read_row_groups(written, "reasons"))
    tiers = pd.concat([group.to_pandas()["tier"] for group in read_row_groups(written, "tier")]).value_counts()
    print(
        f"{written.metadata.num_rows:,} rows, {reasons:,} reasons, {tiers.to_dict()}, {out.stat().st_size / 1e6:.0f} MB"
    )


def read_row_groups(file: pq.ParquetFile, column: str) -> list[pa.Table]:
    """Return one column of each row group."""
    return [file.read_row_group(i, columns=[column]) for i in range(file.num_row_groups)]


def run_command(*arguments: object) -> None:
    """Run hotleads with these arguments; print its last line, its time and its memory."""
    began = time.perf_counter()
    completed = subprocess.run(
        [sys.executable, "-c", "from hotleads.cli.main import app; app()", *map(str, arguments)],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    took = time.perf_counter() - began
    most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1e6
    print(
        f"hotleads {arguments[0]}: {took:.1f} s; largest peak memory of the commands so far {most:.2f} GB", flush=True
    )
    print("  " + completed.stdout.strip().splitlines()[-1], flush=True)


def make_history(raw: Path, leads: int, purchases: float) -> None:
    """Write a history of leads who differ in how much they buy, open mails and join launches."""
    raw.mkdir(parents=True)
    rng, began, opens = np.random.default_rng(0), time.perf_counter(), make_launches(raw)
    tables = {name: Writer(raw / f"{name}.parquet") for name in ("leads", "purchases", "events")}
    for start in range(0, leads, CHUNK):
        ids = np.char.add("lead", np.char.zfill(np.arange(start, min(start + CHUNK, leads)).astype(str), 8))
        # the last days of a lead's activity fall anywhere, so that recency tells who is still there
        ends, rate = rng.uniform(DAYS * 0.3, DAYS * 1.3, len(ids)), rng.gamma(0.8, purchases / 0.8, len(ids))
        tables["leads"].write(draw_captures(rng, ids, opens))
        tables["purchases"].write(draw_purchases(rng, ids, ends, rate))
        tables["events"].write(draw_events(rng, ids, ends, rate / purchases * 3))
    rows = {name: table.close() for name, table in tables.items()}
    print(f"history made in {time.perf_counter() - began:.1f} s: {rows}", flush=True)


def make_launches(raw: Path) -> list[float]:
    """Write the launches; return the days on which their carts open."""
    opens = [DAYS * (number + 2) / (LAUNCHES + 1) - CART_DAYS for number in range(LAUNCHES)]
    table = pd.DataFrame({"launch_id": [f"L{number + 1}" for number in range(LAUNCHES)], "strategy": "classic"})
    table["cart_opens_at"] = to_times(np.array(opens))
    table["cart_closes_at"] = table["cart_opens_at"] + pd.Timedelta(days=CART_DAYS)
    table.to_parquet(raw / "launches.parquet")
    return opens


def draw_captures(rng: np.random.Generator, ids: np.ndarray, opens: list[float]) -> pd.DataFrame:
    """Draw one capture of each lead in the last launch, and in four of ten others."""
    size = len(ids) * len(opens)
    days = np.tile(opens, len(ids)) - rng.uniform(0, CAPTURE_DAYS, size)
    table = pd.DataFrame({"lead_id": np.repeat(ids, len(opens)), "captured_at": to_times(days)})
    table["launch_id"] = np.tile([f"L{number + 1}" for number in range(len(opens))], len(ids))
    table = table.assign(utm_source=rng.choice(SOURCES, size), attr_income=rng.choice(["1k", "3k", "5k", "9k"], size))
    return table[(table["launch_id"] == f"L{len(opens)}") | (rng.random(size) < 0.4)]


def draw_purchases(rng: np.random.Generator, ids: np.ndarray, ends: np.ndarray, rate: np.ndarray) -> pd.DataFrame:
    """Draw purchases up to each lead's end, and the refund of one in thirty."""
    counts = rng.poisson(rate)
    size, leads = counts.sum(), np.repeat(np.arange(len(ids)), counts)
    table = pd.DataFrame({"lead_id": ids[leads], "status": "approved", "currency": "BRL"})
    table["transaction_id"] = table["lead_id"] + "-" + np.arange(size).astype(str)
    days = rng.uniform(0, 1, size) * ends[leads]
    table["product_id"] = "p" + pd.Series(rng.integers(0, PRODUCTS, size)).astype(str)
    table["amount"] = rng.gamma(2, 60, size).round(2)
    table["payment_method"], table["installments"] = rng.choice(METHODS, size), rng.integers(1, 13, size)
    table["occurred_at"] = to_times(days)
    refunded = table[rng.random(size) < 1 / 30].assign(status="refunded")
    refunded["occurred_at"] += pd.Timedelta(days=6)
    table = pd.concat([table, refunded], ignore_index=True)
    return table[table["occurred_at"] < START + pd.Timedelta(days=DAYS)]


def draw_events(rng: np.random.Generator, ids: np.ndarray, ends: np.ndarray, rate: np.ndarray) -> pd.DataFrame:
    """Draw events up to each lead's end."""
    leads = np.repeat(np.arange(len(ids)), rng.poisson(rate))
    table = pd.DataFrame({"lead_id": ids[leads], "event_type": rng.choice(EVENTS, len(leads))})
    table["occurred_at"] = to_times(rng.uniform(0, 1, len(leads)) * ends[leads])
    return table[table["occurred_at"] < START + pd.Timedelta(days=DAYS)]


def to_times(days: np.ndarray) -> pd.Series:
    """Return the instants so many days after the start."""
    return pd.Series(START + pd.to_timedelta((days * 86_400).astype(np.int64), unit="s"))


class Writer:
    """One Parquet file, written chunk by chunk."""

    def __init__(self, path: Path) -> None:
        self._path, self._writer, self._rows = path, None, 0

    def write(self, table: pd.DataFrame) -> None:
        """Append the rows."""
        rows = pa.Table.from_pandas(table, preserve_index=False)
        self._writer = self._writer or pq.ParquetWriter(self._path, rows.schema, compression="lz4")
        self._writer.write_table(rows)
        self._rows += len(table)

    def close(self) -> int:
        """Close the file; return how many rows it has."""
        self._writer.close()
        return self._rows


if __name__ == "__main__":
    main()
