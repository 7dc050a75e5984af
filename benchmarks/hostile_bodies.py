"""Hostile requests to every route and page of a running service, for some minutes.

    python benchmarks/hostile_bodies.py [--seconds 600] [--databases sqlite,postgresql] [--parts routes,pages]

First to the routes that programs use. For half of the time valid requests are spoilt at random: values of other types,
NUL, half surrogates, numbers beyond any column, thousands of levels, cut and flipped bytes, gzip that is none or that
unpacks to much, types and encodings that nobody knows, queries of the routes that read. For the other half Schemathesis
sends what it draws from ``/openapi.json``, by a token and by a write key. Then for as long again to the pages
(``hostile_pages``), by each role and by an outsider. The service is the whole one, with a model that scores. A worker
then processes what was kept. Prints answers by status, and the service's memory over time. No answer of 500 or above,
no traceback, and no name, address or number in any log.
"""

import argparse
import base64
import gzip
import http.client
import itertools
import json
import os
import random
import subprocess
import sys
import threading
import time
import urllib.parse
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import psutil
from hostile_pages import STORED, USER, measure_pages
from inbox import HOTTOK, ROOT, Hub, build_body, open_hub

#: Every name and address that is sent has it, and so no log may.
MARK = "zyxwhostile"
MAX_GROWTH_MEGABYTES = 30
PATIENCE_SECONDS = 30.0
START_SECONDS = 180.0
PARTS = ("routes", "pages")
SCORING_PATHS = ("/score", "/features")
_VALUES: tuple[Any, ...] = (
    *(None, True, -1, 0, 10**30, -(10**18), 1.5e308, "", " ", "\0", "\ud800", "=1+1", "a" * 100_000, "2026-13-45"),
    *("9999-12-31T23:59:59Z", "0001-01-01T00:00:00-23:59", "NaN", [], {}, [[[]]], {"a": {"b": None}}, ["x"] * 2_000),
)
_NOON = "2026-03-01T12:00:00Z"
_BOMB = gzip.compress(b" " * 20_000_000, 1)
_TYPES = ("application/json", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "text/\xe9", "")


class Target(NamedTuple):
    """A route, a valid body of it, and what lets a request in."""

    path: str
    content: Any
    headers: dict[str, str]
    method: str = "POST"


def list_targets(credential: dict[str, str], token: str, *, has_model: bool) -> list[Target]:
    """Return the routes that programs use, each with a request that is right; without a model none that scores."""
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
    scoring = {"product_id": "cake", "leads": [person | {"lead_id": "1", "captures": [{"captured_at": _NOON}]}]}
    rows += [Target(path, scoring, {}) for path in SCORING_PATHS if has_model]
    query = {"launch_id": "spring", "tier": "hot", "limit": "10", "cursor": "MC41XzE", "contacts": "false"}
    rows += [Target(path, query, bearer, "GET") for path in ("/v1/scores", "/v1/launches")]
    rows.append(Target("/oauth/token", {"grant_type": "client_credentials", "client_id": MARK}, {}))
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


def build_request(target: Target, draws: random.Random) -> tuple[str, bytes, dict[str, str]]:
    """Return an address with its body and headers; a few are right."""
    content = target.content
    for _ in range(draws.choice((0, 1, 1, 1, 2, 3))):
        content = spoil(content, draws)
    if target.method == "GET":
        values = content if isinstance(content, dict) else {"cursor": content}
        query = urllib.parse.urlencode({name: str(value)[:4_000] for name, value in values.items()}, errors="replace")
        return f"{target.path}?{query}", b"", target.headers
    headers = {"Content-Type": "application/json", **target.headers}
    body = json.dumps(content).encode()
    return target.path, *((body, headers) if draws.random() < 0.75 else damage(body, headers, draws))


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


def attack(port: int, targets: list[Target], seconds: float) -> dict[int, int]:
    """Send spoilt requests for some seconds; return the answers by status, 0 where the connection was closed."""
    draws, answers = random.Random(7), Counter[int]()  # noqa: S311
    ends_at = time.monotonic() + seconds
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
    while time.monotonic() < ends_at:
        target = draws.choice(targets)
        path, body, headers = build_request(target, draws)
        try:
            connection.request(target.method, path, body, headers)
            response = connection.getresponse()
            text = response.read()
        except TimeoutError:
            raise RuntimeError(f"{target.path} does not answer {body[:500]!r} with {headers}") from None
        except (http.client.HTTPException, ConnectionError):  # refused before the body was read
            connection.close()
            answers[0] += 1
            continue
        answers[response.status] += 1
        if response.status >= 500 or b"Traceback" in text:
            raise RuntimeError(f"{target.path} answers {response.status} to {body[:500]!r} with {headers}")
    connection.close()
    return dict(sorted(answers.items()))


def fuzz(hub: Hub, credential: dict[str, str], token: str, seconds: float, *, has_model: bool) -> None:
    """Let Schemathesis send what it draws from the description, for some seconds by each way to be let in."""
    messages = "^/v1/(track|identify|page|screen|group|alias|batch)$"
    others = messages if has_model else f"{messages}|^/(score|features|model)$"
    for chosen in (
        ("--header", f"Authorization: Bearer {token}", "--exclude-path-regex", others),
        ("--auth", f"{credential['write_key']}:", "--include-path-regex", messages),
    ):
        command = [str(Path(sys.executable).with_name("st")), "--no-color", "fuzz", *chosen]
        command += ["--checks", "not_a_server_error", "--max-time", str(max(int(seconds / 2), 1)), "--seed", "7"]
        command += ["--suppress-health-check", "all", "--request-timeout", str(PATIENCE_SECONDS)]
        done = subprocess.run(
            [*command, f"http://127.0.0.1:{hub.port}/openapi.json"],
            cwd=hub.folder,
            check=False,
            capture_output=True,
            text=True,
            timeout=seconds + 300,
        )
        if done.returncode:
            raise RuntimeError(f"Schemathesis found an error:\n{done.stdout[-5_000:]}{done.stderr[-2_000:]}")


class MemoryReader(threading.Thread):
    """Reads a process's resident memory every so many seconds, in megabytes, until it is stopped."""

    def __init__(self, pid: int, interval: float) -> None:
        super().__init__(daemon=True)
        self._process, self._interval, self._is_stopped = psutil.Process(pid), interval, threading.Event()
        self.megabytes: list[int] = []

    def run(self) -> None:
        while not self._is_stopped.wait(self._interval):
            self.megabytes.append(round(self._process.memory_info().rss / 1_000_000))

    def stop(self) -> list[int]:
        """Return what was read."""
        self._is_stopped.set()
        self.join()
        return self.megabytes


def measure(hub: Hub, seconds: float, parts: Sequence[str] = PARTS, *, has_model: bool = False) -> dict[str, Any]:
    """Attack a service of the installation, let a worker process what was kept, and search their logs."""
    figures: dict[str, Any] = {}
    scopes = ("leads:write", "purchases:write", "events:write", "launches:read", "scores:read")
    command = [sys.executable, "-m", "hotleads", "credentials", "add", "hostile", "--json"]
    command += [*itertools.chain.from_iterable(("--scope", scope) for scope in scopes), "--data", str(hub.folder)]
    added = subprocess.run(command, env=hub.environment, check=True, capture_output=True, text=True)
    credential = json.loads(added.stdout)
    with serve_hub(hub) as server:
        token = ask_token(hub.port, credential)
        if has_model:
            wait_for_model(hub.port)
        for part in parts:
            memory = MemoryReader(server.pid, seconds / 20)
            memory.start()
            if part == "routes":
                targets = list_targets(credential, token, has_model=has_model)
                figures["answers"] = attack(hub.port, targets, seconds / 2)
                fuzz(hub, credential, token, seconds / 2, has_model=has_model)
            else:
                figures["pages"] = measure_pages(hub, seconds)
            figures[f"MB of {part}"] = memory.stop()
    with (hub.folder / "worker.log").open("wb") as log:
        worker = [sys.executable, "-m", "hotleads", "work", "--drain", "--data", str(hub.folder)]
        subprocess.run(worker, env=hub.environment, check=True, stdout=log, stderr=log)
    for path in (hub.folder / "server.log", hub.folder / "worker.log"):
        text = path.read_text(encoding="utf-8", errors="replace")
        if found := next((word for word in (MARK, STORED, USER, "Traceback", HOTTOK) if word in text), None):
            raise RuntimeError(f"{path.name} has {found!r}: ...{text[max(0, text.find(found) - 500) :][:1_000]}")
    outcomes = "SELECT count(*) FROM hub_inboxitem WHERE outcome = "
    return figures | {name: hub.count(f"{outcomes}'{name}'") for name in ("processed", "unknown", "failed", "waiting")}


def find_growth(figures: dict[str, Any]) -> int:
    """Return by how much memory grew from the first two fifths of a part's time to the last; the most of all parts."""
    growths = [0]
    for megabytes in (read for name, read in figures.items() if name.startswith("MB")):
        fifth = max(len(megabytes) // 5, 1)
        growths.append(max(megabytes[-fifth:]) - max(megabytes[: 2 * fifth]))
    return max(growths)


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


def wait_for_model(port: int) -> None:
    """Return when the service's model is loaded. Raises RuntimeError where that takes too long."""
    ends_at = time.monotonic() + START_SECONDS
    while time.monotonic() < ends_at:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
        connection.request("GET", "/model")
        status = connection.getresponse().status
        connection.close()
        if status == 200:
            return
        time.sleep(0.5)
    raise RuntimeError(f"no model is loaded within {START_SECONDS:.0f} s")


def serve(port: int) -> None:
    """Serve until ended."""
    import uvicorn

    from hotleads.scoring.xgboost_import import import_xgboost_alone

    import_xgboost_alone()
    from hotleads.serving.application import build_application
    from hotleads.serving.settings import ServingSettings

    uvicorn.run(build_application(ServingSettings(), has_hub=True).host, port=port, log_level="info", access_log=True)


def train(data: Path) -> None:
    """Train a model on a part of the sample, in a process of its own."""
    from hotleads.hub.site.setup import open_installation

    open_installation(data)
    sys.path.insert(0, str(ROOT))
    from hub_arrivals import prepare_champion

    prepare_champion(every=4)


def main() -> None:
    """Run the attack on each database."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--databases", default="sqlite,postgresql")
    parser.add_argument("--parts", default=",".join(PARTS))
    parser.add_argument("--serve", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--train", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.train:
        train(options.train)
        return
    if options.serve:
        serve(options.serve)
        return
    from hotleads.hub.site.setup import configure_hub

    configure_hub()  # the examples of the routes are beside models
    for database in options.databases.split(","):
        with open_hub(database) as hub:
            subprocess.run([sys.executable, __file__, "--train", str(hub.folder)], env=hub.environment, check=True)
            figures = measure(hub, options.seconds, options.parts.split(","), has_model=True)
        print(
            database, ", ".join(f"{name} {value}" for name, value in figures.items()), f"load {os.getloadavg()[0]:.0f}"
        )
        if find_growth(figures) > MAX_GROWTH_MEGABYTES:
            raise SystemExit(f"{database}: the service's memory grew")


if __name__ == "__main__":
    main()
