"""Hotmart's webhooks under load, beside bare inserts into the same table; and killed again and again meanwhile.

    python benchmarks/inbox.py [--seconds 10] [--rounds 3] [--databases sqlite,postgresql]
    python benchmarks/inbox.py --kills 20 --deliveries 100000 [--databases sqlite,postgresql]

The first posts deliveries over 32 connections to the route in a process of its own, and in turn lets eight threads
insert the same rows, one a commit, with the database's own driver. Prints for each database both rates, their ratio,
the latencies of the route and its CPU a delivery.

The second posts deliveries from eight clients while the server and the workers are killed at random (``kill -9``) and
started again; whoever gets no 200 posts again. Then every delivery that was acknowledged must be there once, as item
and as row.
"""

import argparse
import asyncio
import itertools
import json
import os
import random
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import aiohttp
import psutil
import psycopg

ROOT = Path(__file__).resolve().parents[1]
HOTTOK = "hottok-of-the-benchmark"
CONNECTIONS = 32
CLIENTS = 8
THREADS = 8
_COLUMNS = "source, envelope_id, received_at, content_type, headers, body, outcome, event_type, error_code"
_PRAGMAS = ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL", "PRAGMA secure_delete=ON", "PRAGMA foreign_keys=ON")
_WARM_UP_SECONDS = 1.0


def build_body(number: int) -> bytes:
    """Return a sale as Hotmart sends it, of a person and a transaction of its own."""
    delivery = {
        "id": f"00000000-0000-4000-8000-{number:012d}",
        "creation_date": 1_772_366_400_000 + number,
        "event": "PURCHASE_APPROVED",
        "version": "2.0.0",
        "data": {
            "product": {"id": 101, "name": "Course", "support_email": "help@example.com", "has_co_production": False},
            "affiliates": [{"affiliate_code": "", "name": ""}],
            "buyer": {
                "email": f"person{number}@example.com",
                "name": f"Person {number}",
                "checkout_phone": "11987654321",
                "address": {"country": "Brasil", "country_iso": "BR", "city": "São Paulo", "zipcode": "01310-100"},
            },
            "producer": {"name": "Producer", "document": "00000000000", "legal_nature": "Pessoa Jurídica"},
            "commissions": [{"value": 19.9, "source": "MARKETPLACE", "currency_value": "BRL"}] * 2,
            "purchase": {
                "transaction": f"HP{number:010d}",
                "status": "APPROVED",
                "order_date": 1_772_366_300_000 + number,
                "approved_date": 1_772_366_350_000 + number,
                "price": {"value": 197, "currency_value": "BRL"},
                "full_price": {"value": 214.9, "currency_value": "BRL"},
                "payment": {"type": "PIX", "installments_number": 1, "pix_code": "0002010102122680" * 8},
                "offer": {"code": "early"},
                "origin": {"sck": "spring|whatsapp|day 4"},
            },
        },
    }
    return json.dumps(delivery).encode()


class Hub:
    """An installation of its own, with the processes that work on it."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder, self.url = folder, url
        self.port = find_free_port()
        self.environment = os.environ | {
            "HOTLEADS_DATA": str(folder),
            "HOTLEADS_HUB_DATABASE": url,
            "MLFLOW_TRACKING_URI": f"sqlite:///{folder}/mlruns/mlflow.db",
            "HOTLEADS_HOTMART_HOTTOK": HOTTOK,
            "PYTHONPATH": str(ROOT),
        }

    def prepare(self) -> "Hub":
        """Make the installation, with an account of Hotmart."""
        self.run("migrate", "--data", str(self.folder))
        self.run("connections", "add", "hotmart", "--hottok-from-env", "--data", str(self.folder))
        return self

    def run(self, *arguments: str) -> None:
        command = [sys.executable, "-m", "hotleads", *arguments]
        subprocess.run(command, env=self.environment, check=True, stdout=subprocess.DEVNULL)

    def start_server(self) -> "subprocess.Popen[bytes]":
        return subprocess.Popen([sys.executable, __file__, "--serve", str(self.port)], env=self.environment)

    def start_worker(self) -> "subprocess.Popen[bytes]":
        return subprocess.Popen([sys.executable, "-m", "hotleads", "work"], env=self.environment)

    def wait_for_server(self) -> None:
        while True:
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
                return
            time.sleep(0.05)

    def count(self, sql: str) -> int:
        """Return one number of the database."""
        return int(self.read(sql)[0][0])

    def read(self, sql: str) -> list[tuple[Any, ...]]:
        """Return rows of the database."""
        if self.url:
            with psycopg.connect(self.url) as connection:
                return connection.execute(sql).fetchall()
        with closing(sqlite3.connect(self.folder / "hub.sqlite3", timeout=30)) as lite:
            return lite.execute(sql).fetchall()


def serve(port: int) -> None:
    """Serve the route alone: what stands beside it in the service is not measured."""
    import uvicorn
    from starlette.applications import Starlette

    from hotleads.hub.site.mount import build_intake_routes, run_intake
    from hotleads.hub.site.setup import open_installation

    open_installation()
    app = Starlette(routes=build_intake_routes(), lifespan=run_intake)
    uvicorn.run(app, port=port, log_level="warning", access_log=False)


def find_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def open_hub(database: str) -> Iterator[Hub]:
    """Make an installation on a database that waits for the disk at each commit."""
    sys.path.insert(0, str(ROOT))
    from tests.hub.postgres import run_postgres

    with tempfile.TemporaryDirectory(prefix="inbox-", dir=os.environ.get("INBOX_FOLDER")) as folder:
        if database == "sqlite":
            yield Hub(Path(folder), "").prepare()
        else:
            with run_postgres(is_durable=True) as url:
                yield Hub(Path(folder), url).prepare()


async def post_for(hub: Hub, seconds: float, numbers: Iterator[int]) -> list[float]:
    """Post deliveries over all connections for some seconds, and return each one's latency."""
    latencies: list[float] = []
    headers = {"X-HOTMART-HOTTOK": HOTTOK, "Content-Type": "application/json"}
    ends_at = time.perf_counter() + seconds
    connector = aiohttp.TCPConnector(limit=CONNECTIONS)
    async with aiohttp.ClientSession(f"http://127.0.0.1:{hub.port}", connector=connector, headers=headers) as session:

        async def post() -> None:
            while (started := time.perf_counter()) < ends_at:
                async with session.post("/webhooks/hotmart", data=build_body(next(numbers))) as answer:
                    if answer.status != 200:
                        raise RuntimeError(f"answered {answer.status}")
                latencies.append(time.perf_counter() - started)

        await asyncio.gather(*(post() for _ in range(CONNECTIONS)))
    return latencies


def insert_for(hub: Hub, seconds: float, numbers: Iterator[int]) -> int:
    """Insert the same rows by eight threads for some seconds, one a commit; return how many there were."""
    counts: list[int] = []
    open_connection = _open_postgres if hub.url else _open_sqlite

    def insert() -> None:
        ends_at, count = time.perf_counter() + seconds, 0
        execute, close = open_connection(hub)
        while time.perf_counter() < ends_at:
            number = next(numbers)
            execute(("bare", str(number), "2026-03-01 12:00:00+00:00", "application/json", "{}", build_body(number)))
            count += 1
        counts.append(count)
        close()

    threads = [threading.Thread(target=insert) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts)


_Execute = Callable[[tuple[Any, ...]], object]


def _open_sqlite(hub: Hub) -> tuple[_Execute, Callable[[], None]]:
    connection = sqlite3.connect(hub.folder / "hub.sqlite3", timeout=30, isolation_level=None)
    for pragma in _PRAGMAS:
        connection.execute(pragma)
    sql = f"INSERT INTO hub_inboxitem ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, 'processed', '', '')"

    def execute(values: tuple[Any, ...]) -> None:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute(sql, values)
        connection.execute("COMMIT")

    return execute, connection.close


def _open_postgres(hub: Hub) -> tuple[_Execute, Callable[[], None]]:
    connection = psycopg.connect(hub.url, autocommit=True)
    sql = f"INSERT INTO hub_inboxitem ({_COLUMNS}) VALUES (%s, %s, %s, %s, %s, %s, 'processed', '', '')"
    return lambda values: connection.execute(sql, values), connection.close


def measure_load(database: str, seconds: float, rounds: int) -> dict[str, float]:
    """Return what the route and bare inserts did in turn."""
    numbers = itertools.count()
    with open_hub(database) as hub:
        server = hub.start_server()
        try:
            hub.wait_for_server()
            asyncio.run(post_for(hub, _WARM_UP_SECONDS, numbers))
            posted, inserted, latencies = [], [], []
            cpu_before = _read_cpu_seconds(server.pid)
            for _ in range(rounds):
                found = asyncio.run(post_for(hub, seconds, numbers))
                latencies += found
                posted.append(len(found) / seconds)
                inserted.append(insert_for(hub, seconds, numbers) / seconds)
            cpu = _read_cpu_seconds(server.pid) - cpu_before
            kept = hub.count("SELECT count(*) FROM hub_inboxitem WHERE source = 'hotmart'")
        finally:
            server.terminate()
            server.wait()
    if kept < len(latencies):
        raise RuntimeError(f"{database}: {len(latencies):,} were acknowledged and {kept:,} are there")
    cuts = statistics.quantiles(latencies, n=100)
    return {
        "webhooks a second": statistics.median(posted),
        "bare inserts a second": statistics.median(inserted),
        "ratio": statistics.median(posted) / statistics.median(inserted),
        "p50 ms": cuts[49] * 1_000,
        "p99 ms": cuts[98] * 1_000,
        "CPU ms": cpu / len(latencies) * 1_000,
    }


def _read_cpu_seconds(pid: int) -> float:
    times = psutil.Process(pid).cpu_times()
    return float(times.user + times.system)


class Killer:
    """Kills one of some processes at random moments, and starts it again."""

    def __init__(self, starts: Sequence[Callable[[], "subprocess.Popen[bytes]"]], draws: random.Random) -> None:
        self._starts, self._draws = starts, draws
        self._processes = [start() for start in starts]
        self.kills = 0

    def kill_one(self) -> None:
        place = self._draws.randrange(len(self._processes))
        self._processes[place].kill()
        self._processes[place].wait()
        self._processes[place] = self._starts[place]()
        self.kills += 1

    def stop(self) -> None:
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            process.wait()


def measure_kills(hub: Hub, deliveries: int, kills: int) -> dict[str, int]:
    """Return how many deliveries were acknowledged and how many are there, after servers and workers were killed."""
    draws = random.Random(kills)  # noqa: S311
    killer = Killer([hub.start_server, *[hub.start_worker] * (2 if hub.url else 1)], draws)
    acknowledged: set[int] = set()
    try:
        hub.wait_for_server()
        clients = [
            threading.Thread(target=_post_all, args=(hub, range(first, deliveries, CLIENTS), acknowledged))
            for first in range(CLIENTS)
        ]
        for client in clients:
            client.start()
        for moment in sorted(draws.randrange(deliveries) for _ in range(kills)):
            while len(acknowledged) < moment and any(client.is_alive() for client in clients):
                time.sleep(0.01)
            time.sleep(draws.random() / 4)
            killer.kill_one()
        for client in clients:
            client.join()
    finally:
        killer.stop()
    hub.run("work", "--drain", "--data", str(hub.folder))
    return {
        "kills": killer.kills,
        "acknowledged": len(acknowledged),
        "items": hub.count("SELECT count(*) FROM hub_inboxitem"),
        "processed": hub.count("SELECT count(*) FROM hub_inboxitem WHERE outcome = 'processed'"),
        "purchases": hub.count("SELECT count(*) FROM hub_purchase"),
        "transactions": hub.count("SELECT count(DISTINCT transaction_id) FROM hub_purchase"),
        "contacts": hub.count("SELECT count(*) FROM hub_contact"),
    }


def _post_all(hub: Hub, numbers: Sequence[int], acknowledged: set[int]) -> None:
    asyncio.run(_post_each(hub, numbers, acknowledged))


async def _post_each(hub: Hub, numbers: Sequence[int], acknowledged: set[int]) -> None:
    """Post deliveries one after the other, each until it is acknowledged."""
    headers = {"X-HOTMART-HOTTOK": HOTTOK, "Content-Type": "application/json"}
    async with aiohttp.ClientSession(f"http://127.0.0.1:{hub.port}", headers=headers) as session:
        for number in numbers:
            while number not in acknowledged:
                try:
                    async with session.post("/webhooks/hotmart", data=build_body(number)) as answer:
                        if answer.status == 200:
                            acknowledged.add(number)
                            continue
                except aiohttp.ClientError:
                    pass
                await asyncio.sleep(0.1)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--deliveries", type=int, default=100_000)
    parser.add_argument("--kills", type=int, default=0)
    parser.add_argument("--databases", default="sqlite,postgresql")
    parser.add_argument("--serve", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve(options.serve)
        return
    for database in options.databases.split(","):
        if options.kills:
            with open_hub(database) as hub:
                counts = measure_kills(hub, options.deliveries, options.kills)
            print(database, ", ".join(f"{name} {count:,}" for name, count in counts.items()))
            if {count for name, count in counts.items() if name != "kills"} != {options.deliveries}:
                raise SystemExit(f"{database}: not every delivery is there once")
        else:
            figures = measure_load(database, options.seconds, options.rounds)
            print(database, ", ".join(f"{name} {value:,.2f}" for name, value in figures.items()))


if __name__ == "__main__":
    main()
