"""The hub's feed at size: purchases from SQLite and PostgreSQL to typed Parquet parts, then only what is new.

    python benchmarks/hub_feed.py --purchases 10000000 [--databases sqlite,postgresql]

Prints for each database the seconds (wall and CPU) and the peak memory of the process that exports, the same for a
second run after 1,000 new rows, and those of the history built of the parts.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
NEW_ROWS = 1_000
_MEASURED = """
import json, re, sys, time
from pathlib import Path
from hotleads.hub.site.setup import open_installation
open_installation()
from django.conf import settings
from hotleads.hub.feed.export import export_feed
from hotleads.hub.feed.parts import open_parts
from hotleads.hub.feed.sync import export_history
folder = Path(settings.HUB_DATA)
started, cpu = time.perf_counter(), time.process_time()
if sys.argv[1] == "feed":
    with open_parts(folder / "feed") as parts:
        rows = export_feed(parts)
else:
    rows = export_history(folder / "history")
# Of this program alone: getrusage counts what the process that started it held.
peak = int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) / 1024
figures = {"seconds": time.perf_counter() - started, "cpu": time.process_time() - cpu, "megabytes": peak}
print(json.dumps(figures | {"rows": rows["purchases"]}))
"""
_COLUMNS = (
    "contact_id, original_contact_id, transaction_id, occurred_at, received_at, source, event_id, product_id, status, "
    "amount_minor, currency, payment_method, installments, recurrence_number, seller_id, offer, country, language, "
    "utm_source, utm_medium, utm_campaign, utm_content, utm_term, row_key"
)
_VALUES = (
    "1 + n % {contacts}, 1 + n % {contacts}, 'HP' || n, {instant}, {instant}, 'csv', 'e' || n, 'product-' || n % 50, "
    "'approved', 4990 + n % 10000, 'BRL', 'CREDIT_CARD', 1 + n % 12, 1, '', 'offer-' || n % 200, 'BR', 'pt_BR', "
    "'', '', '', '', '', {key}"
)
_SQLITE = (
    "WITH RECURSIVE number(n) AS (SELECT {first} UNION ALL SELECT n + 1 FROM number WHERE n + 1 < {end}) "
    f"INSERT INTO hub_purchase ({_COLUMNS}) SELECT {_VALUES} FROM number"
)
_POSTGRES = f"INSERT INTO hub_purchase ({_COLUMNS}) SELECT {_VALUES} FROM generate_series({{first}}, {{end}} - 1) AS n"
_CHUNK = 500_000


def measure(purchases: int, database: str) -> dict[str, dict[str, float]]:
    """Return what each step took on one database."""
    with tempfile.TemporaryDirectory(prefix="hub-feed-") as folder, run_database(database) as url:
        environment = os.environ | {"HOTLEADS_DATA": folder, "HOTLEADS_HUB_DATABASE": url, "PYTHONPATH": str(ROOT)}
        run([sys.executable, "-m", "hotleads", "migrate", "--data", folder], environment)
        fill = [sys.executable, __file__, "--fill"]
        run([*fill, "0", str(purchases)], environment)
        figures = {"first": run_measured("feed", environment)}
        run([*fill, str(purchases), str(purchases + NEW_ROWS)], environment)
        figures["second"] = run_measured("feed", environment)
        figures["history"] = run_measured("history", environment)
    expected = {"first": purchases, "second": NEW_ROWS, "history": purchases + NEW_ROWS}
    if {step: measured["rows"] for step, measured in figures.items()} != expected:
        raise RuntimeError(f"{database}: rows were lost or taken twice: {figures}")
    return figures


@contextmanager
def run_database(database: str) -> Iterator[str]:
    """Give the URL of an empty database; empty for SQLite in the data folder."""
    if database == "sqlite":
        yield ""
        return
    sys.path.insert(0, str(ROOT))
    from tests.hub.postgres import run_postgres

    with run_postgres() as url:
        yield url


def run_measured(step: str, environment: dict[str, str]) -> dict[str, float]:
    """Run a step in a process of its own and return what it took."""
    figures: dict[str, float] = json.loads(run([sys.executable, "-c", _MEASURED, step], environment))
    return figures


def run(command: list[str], environment: dict[str, str]) -> str:
    """Run a command and return what it printed."""
    return subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout


def fill_purchases(first: int, end: int) -> None:
    """Insert purchases into the installation of the environment."""
    from hotleads.hub.site.setup import open_installation

    open_installation()
    from django.db import connection

    from hotleads.hub.models import Contact, Launch

    contacts = max(1, (first or end) // 8)
    with connection.cursor() as cursor:
        is_postgres = connection.vendor == "postgresql"
        if is_postgres:
            cursor.execute("SET session_replication_role = replica")  # no check of each foreign key
        if first == 0:
            Launch.objects.create(key="spring", strategy="classic", cart_opens_at="2026-03-01T00:00:00Z")
            blank = "'', '', '{}'::jsonb, true, now()" if is_postgres else "'', '', '{}', 1, '2025-01-01 00:00:00'"
            numbers = (
                f"SELECT {blank} FROM generate_series(1, {contacts})"
                if is_postgres
                else f"WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < {contacts}) "
                f"SELECT {blank} FROM number"
            )
            table = Contact._meta.db_table
            cursor.execute(f"INSERT INTO {table} (country, language, said_at, came_by_file_only, created_at) {numbers}")
        instant = "'2025-01-01'::timestamptz + n * interval '3 seconds'"
        key = "decode(lpad(to_hex(n), 64, '0'), 'hex')"
        if not is_postgres:
            instant, key = "datetime(1735689600 + n * 3, 'unixepoch')", "CAST(printf('%032d', n) AS BLOB)"
        for start in range(first, end, _CHUNK):
            bounds = {"first": start, "end": min(start + _CHUNK, end), "contacts": contacts}
            template = _POSTGRES if is_postgres else _SQLITE
            cursor.execute(template.format(instant=instant, key=key, **bounds), None)
        if is_postgres:
            cursor.execute("ANALYZE hub_purchase")


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--purchases", type=int, default=1_000_000)
    parser.add_argument("--databases", default="sqlite,postgresql")
    parser.add_argument("--fill", type=int, nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.fill:
        fill_purchases(*options.fill)
        return
    for database in options.databases.split(","):
        for step, figures in measure(options.purchases, database).items():
            print(
                f"{database:10}  {step:8} {figures['rows']:>12,} rows  {figures['seconds']:7.1f} s  "
                f"{figures['cpu']:7.1f} s CPU  {figures['megabytes']:6.0f} MB",
                flush=True,
            )


if __name__ == "__main__":
    main()
