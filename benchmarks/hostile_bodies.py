"""Hostile bodies against every route that takes something in, of a running service, for some minutes.

    python benchmarks/hostile_bodies.py [--seconds 600] [--databases sqlite,postgresql]

Valid requests are spoilt at random: values of other types, NUL, half surrogates, numbers beyond any column, thousands
of levels, cut and flipped bytes, gzip that is none or that unpacks to much, types and encodings that nobody knows. A
worker processes what was kept. Prints answers by status, and the memory of the service after the first tenth of the
time and at the end. No answer of 500 or above, no traceback, and no name, address or number in any log.
"""

import argparse
import base64
import gzip
import http.client
import json
import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import psutil
from inbox import HOTTOK, Hub, build_body, open_hub

#: Every name and address that is sent has it, and so no log may.
MARK = "zyxwhostile"
MAX_GROWTH_MEGABYTES = 30
_VALUES: tuple[Any, ...] = (
    *(None, True, -1, 0, 10**30, -(10**18), 1.5e308, "", " ", "\0", "\ud800", "=1+1", "a" * 100_000, "2026-13-45"),
    *("9999-12-31T23:59:59Z", "0001-01-01T00:00:00-23:59", "NaN", [], {}, [[[]]], {"a": {"b": None}}, ["x"] * 2_000),
)
_BOMB = gzip.compress(b" " * 20_000_000, 1)
_TYPES = ("application/json", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "text/\xe9", "")


class Target(NamedTuple):
    """A route, a valid body of it, and what lets a request in."""

    path: str
    content: Any
    headers: dict[str, str]


def list_targets(credential: dict[str, str], token: str) -> list[Target]:
    """Return the routes that take something in, each with a request that is right."""
    from hotleads.hub.api.openapi import _MESSAGES, EXAMPLES

    bearer = {"Authorization": f"Bearer {token}"}
    basic = {"Authorization": "Basic " + base64.b64encode(f"{credential['write_key']}:".encode()).decode()}
    person = {"email": f"{MARK}@example.com", "name": MARK}
    rows = [Target(f"/v1/{name}", example | person, bearer) for name, example in EXAMPLES.items()]
    rows += [Target(f"/v1/{name}", {name: [example | person] * 3}, bearer) for name, example in EXAMPLES.items()]
    messages = {name: message | {"traits": person, "userId": MARK} for name, message in _MESSAGES.items()}
    rows += [Target(f"/v1/{name}", message, basic) for name, message in messages.items()]
    batch = [message | {"type": name} for name, message in messages.items()]
    rows.append(Target("/v1/batch", {"batch": batch, "sentAt": "2026-03-01T12:00:00Z"}, basic))
    delivery = json.loads(build_body(1))
    delivery["data"]["buyer"] |= person
    rows.append(Target("/webhooks/hotmart", delivery, {"X-HOTMART-HOTTOK": HOTTOK}))
    rows.append(Target(f"/forms/{credential['client_id']}/", person, {}))
    return rows


def spoil(content: Any, draws: random.Random) -> Any:
    """Return a value with one node of it replaced, removed or doubled."""
    if isinstance(content, dict) and content and draws.random() < 0.9:
        key = draws.choice(list(content))
        rest = dict(content)
        if draws.random() < 0.1:
            del rest[key]
        else:
            rest[key] = spoil(content[key], draws)
        if draws.random() < 0.1:
            rest[str(draws.choice(_VALUES))] = draws.choice(_VALUES)
        return rest
    if isinstance(content, list) and content and draws.random() < 0.9:
        place = draws.randrange(len(content))
        return [*content[:place], spoil(content[place], draws), *content[place + 1 :]]
    return draws.choice(_VALUES)


def build_request(target: Target, draws: random.Random) -> tuple[bytes, dict[str, str]]:
    """Return a body and its headers; a few are right."""
    content = target.content
    for _ in range(draws.choice((0, 1, 1, 1, 2, 3))):
        content = spoil(content, draws)
    headers = {"Content-Type": "application/json", **target.headers}
    body = json.dumps(content).encode()
    return (body, headers) if draws.random() < 0.75 else damage(body, headers, draws)


def damage(body: bytes, headers: dict[str, str], draws: random.Random) -> tuple[bytes, dict[str, str]]:
    """Return a body and headers that are wrong before anybody looks at a field."""
    flipped = bytearray(body)
    flipped[draws.randrange(len(flipped))] = draws.randrange(256)
    packed = draws.choice((body, gzip.compress(body), _BOMB, gzip.compress(body)[:-9]))
    return draws.choice(
        [
            (body[: draws.randrange(len(body))], headers),
            (bytes(flipped), headers),
            (b"[" * 5_000 + b"]" * 5_000, headers),
            (packed, headers | {"Content-Encoding": draws.choice(("gzip", "br", "gzip, gzip"))}),
            (body, headers | {"Content-Type": draws.choice(_TYPES)}),
            (body, headers | {"Idempotency-Key": draws.choice(("a" * 5_000, "\xe9", MARK, " "))}),
        ]
    )


def attack(port: int, targets: list[Target], seconds: float, read_memory: Callable[[], float]) -> dict[str, Any]:
    """Send spoilt requests for some seconds; return the answers by status, and the memory early and at the end."""
    draws, answers, early = random.Random(7), Counter[int](), 0.0  # noqa: S311
    began = time.monotonic()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    while (taken := time.monotonic() - began) < seconds:
        target = draws.choice(targets)
        body, headers = build_request(target, draws)
        try:
            connection.request("POST", target.path, body, headers)
            response = connection.getresponse()
            text = response.read()
        except (http.client.HTTPException, ConnectionError):  # refused before the body was read
            connection.close()
            answers[0] += 1
            continue
        answers[response.status] += 1
        if response.status >= 500 or b"Traceback" in text:
            raise RuntimeError(f"{target.path} answers {response.status} to {body[:500]!r} with {headers}")
        if not early and taken > seconds / 10:
            early = read_memory()
    connection.close()
    return {"answers": dict(sorted(answers.items())), "early MB": early, "late MB": read_memory()}


def measure(hub: Hub, seconds: float) -> dict[str, Any]:
    """Attack a service of the installation, let a worker process what was kept, and search their logs."""
    scopes = [part for scope in ("leads", "purchases", "events") for part in ("--scope", f"{scope}:write")]
    command = [sys.executable, "-m", "hotleads", "credentials", "add", "hostile", *scopes, "--json"]
    added = subprocess.run(
        [*command, "--data", str(hub.folder)], env=hub.environment, check=True, capture_output=True, text=True
    )
    credential = json.loads(added.stdout)
    with serve_hub(hub) as server:
        token = ask_token(hub.port, credential)
        process = psutil.Process(server.pid)
        figures = attack(
            hub.port, list_targets(credential, token), seconds, lambda: process.memory_info().rss / 1_000_000
        )
    with (hub.folder / "worker.log").open("wb") as log:
        worker = [sys.executable, "-m", "hotleads", "work", "--drain", "--data", str(hub.folder)]
        subprocess.run(worker, env=hub.environment, check=True, stdout=log, stderr=log)
    for path in (hub.folder / "server.log", hub.folder / "worker.log"):
        text = path.read_text(encoding="utf-8", errors="replace")
        if found := next((word for word in (MARK, "Traceback", HOTTOK) if word in text), None):
            raise RuntimeError(f"{path.name} has {found!r}: ...{text[max(0, text.find(found) - 500) :][:1_000]}")
    outcomes = "SELECT count(*) FROM hub_inboxitem WHERE outcome = "
    return figures | {name: hub.count(f"{outcomes}'{name}'") for name in ("processed", "unknown", "failed", "waiting")}


@contextmanager
def serve_hub(hub: Hub) -> "Iterator[subprocess.Popen[bytes]]":
    """Run the whole hub, pages too, in a process of its own whose log is kept."""
    environment = hub.environment | {"HOTLEADS_HUB_URL": f"http://127.0.0.1:{hub.port}"}
    command = [sys.executable, __file__, "--serve", str(hub.port)]
    with (hub.folder / "server.log").open("wb") as log:
        server = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        try:
            hub.wait_for_server()
            yield server
        finally:
            server.terminate()
            server.wait()


def ask_token(port: int, credential: dict[str, str]) -> str:
    """Return a token of a credential."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    secret = f"client_id={credential['client_id']}&client_secret={credential['client_secret']}"
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    connection.request("POST", "/oauth/token", f"grant_type=client_credentials&{secret}", headers)
    token = str(json.loads(connection.getresponse().read())["access_token"])
    connection.close()
    return token


def serve(port: int) -> None:
    """Serve until ended."""
    import uvicorn
    from starlette.applications import Starlette

    from hotleads.hub.site.mount import build_web_routes, run_intake

    app = Starlette(routes=build_web_routes(), lifespan=run_intake)
    uvicorn.run(app, port=port, log_level="info", access_log=True)


def main() -> None:
    """Run the attack on each database."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--databases", default="sqlite,postgresql")
    parser.add_argument("--serve", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve(options.serve)
        return
    from hotleads.hub.site.setup import configure_hub

    configure_hub()  # the examples of the routes are beside models
    for database in options.databases.split(","):
        with open_hub(database) as hub:
            figures = measure(hub, options.seconds)
        print(
            database, ", ".join(f"{name} {value}" for name, value in figures.items()), f"load {os.getloadavg()[0]:.0f}"
        )
        if figures["late MB"] - figures["early MB"] > MAX_GROWTH_MEGABYTES:
            raise SystemExit(f"{database}: the service's memory grew")


if __name__ == "__main__":
    main()
