"""Events a second through ``/v1/batch``, on the disk before they are answered, beside a bare route in the same run.

    python benchmarks/api.py [--seconds 10] [--messages 100] [--connections 8]

A fresh installation on SQLite and on PostgreSQL; batches of messages that are all different, from eight connections.
The bare route reads the same body, decodes it and keeps nothing. Server and load share the machine. PostgreSQL waits
for the disk at each commit, as SQLite does.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

from http_load import build_request, send_as_answered
from local_server import serve_locally

ROOT = Path(__file__).resolve().parents[1]
_CREATED = """
from hotleads.hub.site.setup import open_installation
open_installation()
from hotleads.hub.intake.credentials import CredentialOptions, add_credential
from hotleads.hub.models import Scope
print(add_credential("load", CredentialOptions((Scope.WRITE_EVENTS, Scope.WRITE_LEADS))).write_key)
"""
_COUNTED = """
from hotleads.hub.site.setup import open_installation
open_installation()
from hotleads.hub.models import InboxItem
print(InboxItem.objects.count())
"""


def main() -> None:
    """Measure the bare route, then the hub's on each database."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--messages", type=int, default=100, help="messages a batch")
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--databases", default="sqlite,postgresql")
    parser.add_argument("--serve", choices=["bare", "hub"], help=argparse.SUPPRESS)
    parser.add_argument("--port", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve(options.serve, options.port)
        return
    with tempfile.TemporaryDirectory(prefix="api-") as folder:
        bare, _ = measure(Path(folder), "bare", "", options)
        print(f"bare route: {bare:,.0f} events a second", flush=True)
    for database in options.databases.split(","):
        with tempfile.TemporaryDirectory(prefix="api-") as folder, run_database(database) as url:
            os.environ |= {"HOTLEADS_DATA": folder, "HOTLEADS_HUB_DATABASE": url, "PYTHONPATH": str(ROOT)}
            run("-m", "hotleads", "migrate", "--data", folder)
            rate, cpu = measure(Path(folder), "hub", run("-c", _CREATED).strip(), options)
            kept = int(run("-c", _COUNTED))
        print(
            f"{database}: {rate:,.0f} events a second, {rate / bare:.2f} of bare, {cpu:.0f} µs of the service's CPU an "
            f"event; {kept:,} kept; load {os.getloadavg()[0]:.0f}",
            flush=True,
        )


def measure(folder: Path, kind: str, write_key: str, options: argparse.Namespace) -> tuple[float, float]:
    """Return the events a second of a server, and its microseconds of CPU an event."""
    requests = list(build_batches(write_key, options.messages, int(options.seconds * 150)))
    command = ["python", __file__, "--serve", kind]
    rates: list[float] = []

    with serve_locally(folder, command, "/ready") as server:
        cpu = server.cpu_of(
            lambda: rates.append(
                options.messages * send_as_answered(server.port, requests, options.seconds, options.connections)
            )
        )
    return rates[0], 1_000_000 * cpu / (rates[0] * options.seconds)


def build_batches(write_key: str, messages: int, batches: int) -> Iterator[bytes]:
    """Yield requests whose messages are all different."""
    for number in range(batches):
        batch = [
            {
                "type": "track",
                "event": "Checkout Started",
                "userId": f"user-{number * messages + place}",
                "messageId": str(uuid.uuid4()),
                "timestamp": "2026-03-01T12:00:00.000Z",
                "properties": {"product_id": "course", "value": 197, "currency": "BRL"},
                "context": {"library": {"name": "analytics-python", "version": "2.4.0"}},
            }
            for place in range(messages)
        ]
        content = {"batch": batch, "sentAt": "2026-03-01T12:00:01.000Z", "writeKey": write_key}
        yield build_request("/v1/batch", json.dumps(content).encode())


def serve(kind: str, port: int) -> None:
    """Serve until ended."""
    import uvicorn
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import JSONResponse
    from starlette.routing import BaseRoute, Route

    async def answer(request: Request) -> JSONResponse:
        if request.method == "POST":
            await request.json()
        return JSONResponse({"success": True})

    routes: list[BaseRoute] = [Route("/ready", answer)]
    if kind == "bare":
        routes.append(Route("/v1/batch", answer, methods=["POST"]))
    else:
        from hotleads.hub.site.setup import open_installation

        open_installation()
        from hotleads.hub.api.routes import build_api_routes
        from hotleads.hub.intake.inbox_writer import InboxWriter

        routes += build_api_routes(InboxWriter())
    uvicorn.run(Starlette(routes=routes), host="127.0.0.1", port=port, log_level="warning", access_log=False)


@contextmanager
def run_database(name: str) -> Iterator[str]:
    """Give the URL of an empty database; empty for SQLite in the folder."""
    if name == "sqlite":
        with nullcontext():
            yield ""
        return
    sys.path.insert(0, str(ROOT))
    from tests.hub.postgres import run_postgres

    with run_postgres(is_durable=True) as url:
        yield url


def run(*arguments: str) -> str:
    """Return what a Python program prints."""
    done: Any = subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=True)
    return str(done.stdout)


if __name__ == "__main__":
    main()
