"""Purchases from CSV into a history, beside pandas reading and sorting the same file and doing nothing else.

    python benchmarks/importing.py [--purchases 10000000] [--rival 2000000] [--memory 1500MB]

Each runs in a process of its own; prints seconds of wall and processor time, and the peak memory of the process. The
rows lie in no order. The import checks every value, computes the ledger, orders by lead and time and writes Parquet;
the rival parses, sorts by lead and time, and writes Parquet.
"""

import argparse
import platform
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb
import pandas as pd

PURCHASES_A_LEAD = 9
#: Random draws by a hash of the row's number: the same file every time.
ROWS = """
    SELECT 'HP' || lpad(CAST(i // 2 AS VARCHAR), 10, '0') AS transaction_id,
        'lead-' || lpad(CAST(hash(i // 2) % ({rows} // {each} + 1) AS VARCHAR), 8, '0') AS lead_id,
        strftime(TIMESTAMP '2022-01-01' + to_seconds(CAST(hash(i // 2, 1) % 63072000 + (i % 2) * 86400 AS BIGINT)),
                 '%Y-%m-%dT%H:%M:%SZ') AS occurred_at,
        CASE WHEN i % 2 = 0 THEN 'approved' WHEN hash(i, 2) % 10 = 0 THEN 'refunded' ELSE 'complete' END AS status,
        'product-' || hash(i // 2, 3) % 20 AS product_id,
        CAST(hash(i // 2, 4) % 100000 / 100 AS DECIMAL(9, 2)) AS amount,
        'BRL' AS currency,
        ['credit_card', 'billet', 'pix'][CAST(1 + hash(i // 2, 5) % 3 AS BIGINT)] AS payment_method,
        1 + hash(i // 2, 6) % 12 AS installments
    FROM range({rows}) AS r(i)
    ORDER BY hash(i, 7)
"""
LAUNCHES = "launch_id,strategy,cart_opens_at,cart_closes_at\nL,classic,2023-12-01,2023-12-08\n"

IMPORT = """
from pathlib import Path
from hotleads.history import import_history
print(import_history(Path({source!r}), Path({out!r}), memory_limit={memory!r})["rows"]["purchases"], end=" rows, ")
"""
RIVAL = """
import pandas as pd
frame = pd.read_csv({source!r} + "/purchases.csv", parse_dates=["occurred_at"])
frame.sort_values(["lead_id", "occurred_at"]).to_parquet({source!r} + "/rival.parquet", compression="zstd")
print(len(frame), end=" rows, ")
"""
IDLE = "import hotleads.history, pandas"
#: Peak memory since the program began; the one that getrusage tells has the parent's in it. Linux only.
PEAK = """
from pathlib import Path
status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
print(int(status["VmHWM"].split()[0]) // 1024, "MiB peak memory", end="")
"""


def main() -> None:
    """Write the rows, import them, and time pandas on the same file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--purchases", type=int, default=10_000_000)
    parser.add_argument("--rival", type=int, default=2_000_000)
    parser.add_argument("--memory", default="1500MB", help="DuckDB's own limit")
    options = parser.parse_args()
    print(f"Python {platform.python_version()}, DuckDB {duckdb.__version__}, pandas {pd.__version__}")
    print("importing the packages alone:", end=" ")
    measure_import(IDLE)
    for title, program, rows in (
        ("hotleads import", IMPORT, options.purchases),
        ("hotleads import", IMPORT, options.rival),
        ("pandas read, sort, write", RIVAL, options.rival),
    ):
        with tempfile.TemporaryDirectory() as folder:
            source = Path(folder) / "source"
            size = write(source, rows)
            print(f"{title}, {size:,.0f} MB of CSV:", end=" ", flush=True)
            measure_import(program.format(source=str(source), out=str(Path(folder) / "out"), memory=options.memory))


def write(source: Path, rows: int) -> float:
    """Write the exports; return the size of the purchases in MB."""
    source.mkdir()
    (source / "launches.csv").write_text(LAUNCHES)
    with duckdb.connect(config={"memory_limit": "2GB", "temp_directory": str(source / "spill")}) as con:
        con.execute(f"COPY ({ROWS.format(rows=rows, each=PURCHASES_A_LEAD)}) TO '{source}/purchases.csv' (HEADER)")
    return (source / "purchases.csv").stat().st_size / 1e6


def measure_import(program: str) -> None:
    """Run a Python program, and print its times and its peak memory."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run([sys.executable, "-c", program + PEAK], check=True)
    wall, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(f"; {wall:.1f} s, {processor:.1f} s of processor time", flush=True)


if __name__ == "__main__":
    main()
