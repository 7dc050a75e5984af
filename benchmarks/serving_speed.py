"""The scoring service beside BentoML's own floor and ``mlflow models serve``, all in one run.

    python benchmarks/serving_speed.py [--rounds 7] [--seconds 3]

A model is trained on the sample, and its next launch is scored so that the service knows it. The service gets leads
with their rows inline and answers with reasons; MLflow serves the same model, as it is registered, and gets ready
features. One worker each, loopback only. No server logs requests; with HOTLEADS_SERVING_LOG_REQUESTS=true ours does.
CPU time is of the servers' processes. Run it on an idle machine: other programs empty the caches, which costs the
larger program more.
"""

import argparse
import json
import os
import platform
import statistics
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

os.environ |= {"OMP_WAIT_POLICY": "passive", "OMP_NUM_THREADS": "1", "BENTOML_DO_NOT_TRACK": "True"}
os.environ |= {"HOTLEADS_SERVING_LOG_REQUESTS": os.environ.get("HOTLEADS_SERVING_LOG_REQUESTS", "false")}

import pandas as pd
from http_load import Connection, build_request, send_as_answered, send_at_rate, send_one_by_one
from local_server import Server, serve_locally

from hotleads.history import open_history
from hotleads.scoring import build_scored_rows, predict_launch, save
from hotleads.scoring.online import build_request_leads
from hotleads.tracking.registry import register_model
from hotleads.tracking.runs import start_run
from hotleads.training import FitOptions, fit_model

ROOT = Path(__file__).parents[1]
LAUNCH, PURCHASES = "2025-06-bread-course", 20
FLOOR, UNTRACED = "empty app in BentoML", "the same, untraced"
OURS, MLFLOW = "hotleads, with reasons", "mlflow models serve"
COMMANDS = {  # and where each says that it is ready
    FLOOR: (["bentoml", "serve", "serving_floor:Floor", "--host", "127.0.0.1"], "/readyz"),
    UNTRACED: (["bentoml", "serve", "serving_floor:Untraced", "--host", "127.0.0.1"], "/readyz"),
    OURS: (["hotleads", "serve", "--model", "model"], "/readyz"),
    MLFLOW: (["mlflow", "models", "serve", "-m", "models:/hotleads/1", "--env-manager", "local"], "/ping"),
}


class Load(NamedTuple):
    """Requests for each server, how many make a round, and the rates at which latency is measured."""

    name: str
    requests: dict[str, list[bytes]]
    round: int
    rates: tuple[int, ...]


def main() -> None:
    """Print a table for one lead a request, one for a hundred, and how two workers do."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=3.0, help="of each rate")
    options = parser.parse_args()
    packages = ", ".join(
        f"{name} {version(name)}" for name in ("bentoml", "mlflow", "uvicorn", "starlette", "pydantic")
    )
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    print(f"Python {platform.python_version()}, {packages}, {platform.machine()}, {cores} cores", flush=True)
    print(f"ours writes a line a request: {os.environ['HOTLEADS_SERVING_LOG_REQUESTS']}", flush=True)
    with tempfile.TemporaryDirectory() as scratch, ExitStack() as running:
        folder = Path(scratch)
        leads = prepare_leads(folder)
        servers = {
            name: running.enter_context(serve_locally(folder, command, ready))
            for name, (command, ready) in COMMANDS.items()
        }
        one, hundred = build_loads(leads, servers[OURS].port)
        for load in (one, hundred):
            compare(servers, load, options.rounds, options.seconds)
        command, ready = COMMANDS[OURS]
        with serve_locally(folder, [*command, "--workers", "2"], ready) as two:
            compare_workers(servers[OURS], two, hundred, options.seconds)


def prepare_leads(folder: Path) -> list[dict[str, Any]]:
    """Train, score the next launch, write the model for both servers, and return the launch's leads."""
    history = open_history(ROOT / "data" / "sample")
    launch = history.get_launch(LAUNCH)
    model = fit_model(history, launch, launch.as_of, FitOptions(trials=0)).model
    ranked = predict_launch(history, launch, model)
    save(model, folder / "model")
    (folder / "model" / "launches").mkdir()
    (folder / "model" / "launches" / f"{LAUNCH}.json").write_text(json.dumps(ranked.profile.to_json()))
    os.environ["MLFLOW_TRACKING_URI"] = f"sqlite:///{folder / 'mlflow.db'}"
    with start_run("served", {}):
        register_model(model)
    rows = pd.concat(build_scored_rows(ranked))
    print(f"{len(model.features)} features, {len(rows)} leads in the launch", flush=True)
    return build_request_leads(history, rows["lead_id"])


def build_loads(leads: Sequence[dict[str, Any]], port: int) -> tuple[Load, Load]:
    """Return one lead with twenty purchases, its captures and no events; and a hundred leads in their order."""
    buyers = [lead for lead in leads if len(lead.get("purchases", ())) >= PURCHASES]
    single = [
        [{"lead_id": lead["lead_id"], "captures": lead["captures"], "purchases": lead["purchases"][-PURCHASES:]}]
        for lead in buyers
    ]
    many = [list(leads[start : start + 100]) for start in range(0, len(leads) - 99, 100)]
    return (
        Load(f"one lead, {PURCHASES} purchases", build_requests(single, port), 2_000, (20, 200)),
        Load("100 leads", build_requests(many, port), 160, (5, 30)),
    )


def build_requests(groups: Sequence[Sequence[dict[str, Any]]], port: int) -> dict[str, list[bytes]]:
    """Return the requests for each server; MLflow gets the features that the service computes."""
    bodies = [json.dumps({"launch_id": LAUNCH, "leads": group}).encode() for group in groups]
    connection, ready = Connection(port), []
    for body in bodies:
        rows = [lead["features"] for lead in json.loads(connection.ask(build_request("/features", body)))["leads"]]
        split = {"columns": list(rows[0]), "data": [list(row.values()) for row in rows]}
        ready.append(json.dumps({"dataframe_split": split}).encode())
    connection.close()
    ours = [build_request("/score", body) for body in bodies]
    return {FLOOR: ours, UNTRACED: ours, OURS: ours, MLFLOW: [build_request("/invocations", body) for body in ready]}


def compare(servers: dict[str, Server], load: Load, rounds: int, seconds: float) -> None:
    """Print CPU time, measured in turns, then the highest rate and the latency at each rate, server by server."""
    cpu: dict[str, list[float]] = {name: [] for name in servers}
    for turn in range(rounds + 1):
        for name, server in servers.items():
            times = max(2_000, load.round) if name in (FLOOR, UNTRACED) else load.round // (20 if name == MLFLOW else 1)
            took = server.cpu_of(partial(send_one_by_one, server.port, load.requests[name], times))
            if turn > 0:  # the first one warms up
                cpu[name].append(took / times)
    size = statistics.mean(map(len, load.requests[OURS])) / 1000
    print(f"\n{load.name} a request, {size:.1f} kB; CPU of {rounds} rounds of {load.round} requests in turns")
    heads = [f"p50/p99 ms at {rate}/s" for rate in load.rates]
    print(f"{'':24} {'CPU us':>8} {'requests/s':>11} " + " ".join(f"{head:>22}" for head in heads))
    for name, server in servers.items():
        most = send_as_answered(server.port, load.requests[name], seconds)
        delays = [
            render_quantiles(send_at_rate(server.port, load.requests[name], rate, seconds))
            if most > rate
            else "too many"
            for rate in load.rates
        ]
        micro = 1e6 * statistics.median(cpu[name])
        print(f"{name:24} {micro:8.0f} {most:11.0f} " + " ".join(f"{one:>22}" for one in delays), flush=True)
    for rival in (FLOOR, UNTRACED, MLFLOW):
        ratios = sorted(ours / theirs for ours, theirs in zip(cpu[OURS], cpu[rival], strict=True))
        spread = f"{ratios[0]:.2f} to {ratios[-1]:.2f}"
        print(f"hotleads over {rival}: {statistics.median(ratios):.2f} times the CPU (rounds {spread})", flush=True)


def compare_workers(one: Server, two: Server, load: Load, seconds: float) -> None:
    """Print the requests a second of one worker and of two, measured in turns."""
    rates: dict[str, list[float]] = {"one": [], "two": []}
    for _ in range(3):
        for name, server in (("one", one), ("two", two)):
            rates[name].append(send_as_answered(server.port, load.requests[OURS], seconds, connections=8))
    speeds = {name: statistics.median(measured) for name, measured in rates.items()}
    figures = f"one worker {speeds['one']:.0f} requests/s, two {speeds['two']:.0f}"
    print(f"\n{load.name} a request, 8 connections: {figures}: {speeds['two'] / speeds['one']:.2f} times")


def render_quantiles(seconds: Sequence[float]) -> str:
    """Return the median and the 99th percentile in milliseconds."""
    cuts = statistics.quantiles(seconds, n=100)
    return f"{1e3 * statistics.median(seconds):.1f}/{1e3 * cuts[98]:.1f}"


if __name__ == "__main__":
    main()
