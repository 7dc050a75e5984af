"""A real service in processes of its own, and clients that keep asking it."""

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import psutil

from .conftest import wait_for

ROOT = Path(__file__).parents[2]
#: What leads a process to the project, to its settings, or to the store of models that a test has set.
_OURS = ("HOTLEADS_", "MLFLOW_", "PYTHONPATH")
_START = 600  # seconds; on a busy machine a fresh bento compiles for minutes


class Running(NamedTuple):
    """A service that is ready."""

    url: str
    process: psutil.Process
    log: Path

    def workers(self) -> list[psutil.Process]:
        """The processes that answer."""
        return [child for child in self.process.children(recursive=True) if _is_worker(child)]

    def resident(self) -> int:
        """Bytes of memory that its processes hold."""
        return sum(process.memory_info().rss for process in [self.process, *self.process.children(recursive=True)])


def _is_worker(process: psutil.Process) -> bool:
    try:
        return "_bentoml_impl.worker.service" in process.cmdline()
    except psutil.Error:  # it ended meanwhile
        return False


def find_free_port() -> int:
    """A port of loopback that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def build_serve_command(port: int, workers: int) -> list[str]:
    """The command of ``hotleads serve``."""
    start = "from hotleads.cli.main import app; app()"
    return [sys.executable, "-c", start, "serve", "--port", str(port), "--workers", str(workers)]


def build_outside_environment(folder: Path) -> dict[str, str]:
    """This process's environment without what leads to the project, or to a store of models that a test has set; what
    BentoML keeps, it keeps in ``folder``.
    """
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
    return inherited | {
        "BENTOML_HOME": str(folder / "bentoml"),
        "BENTOML_DO_NOT_TRACK": "True",
        "OMP_WAIT_POLICY": "passive",
    }


@contextmanager
def run_service(
    folder: Path, settings: Mapping[str, str], command: Sequence[str] | None = None, port: int = 0, workers: int = 2
) -> Iterator[Running]:
    """``hotleads serve``, or another command, in ``folder``; ends when left, as a process manager would end it."""
    port = port or find_free_port()
    env = build_outside_environment(folder) | dict(settings)
    log = folder / "service.log"
    with log.open("w") as file:
        started = subprocess.Popen(
            command or build_serve_command(port, workers), cwd=folder, env=env, stdout=file, stderr=subprocess.STDOUT
        )
        service = Running(f"http://127.0.0.1:{port}", psutil.Process(started.pid), log)
        try:
            wait_for(lambda: is_ready(service.url) or started.poll() is not None, _START)
            assert started.poll() is None, log.read_text()
            yield service
        finally:
            children = service.process.children(recursive=True) if started.poll() is None else []
            started.terminate()
            try:
                started.wait(timeout=30)
            finally:
                for process in psutil.wait_procs(children, timeout=5)[1]:
                    process.kill()


def is_ready(url: str) -> bool:
    """Whether the service says that it is."""
    try:
        return httpx.get(f"{url}/readyz", timeout=5).status_code == 200
    except httpx.HTTPError:
        return False


class Outcome(NamedTuple):
    """One request: when it began and ended (``time.monotonic``), and its answer; None where it was lost."""

    began: float
    ended: float
    status: int | None
    answer: Any


class Load:
    """Clients that ask ``/score`` the same again and again: half on a connection of their own, half on new ones."""

    def __init__(self, url: str, body: Mapping[str, Any], clients: int = 4) -> None:
        self.outcomes: list[Outcome] = []
        self._url, self._body, self._over = url, body, threading.Event()
        self._threads = [
            threading.Thread(target=self._ask, args=[number % 2 == 0], daemon=True) for number in range(clients)
        ]

    def __enter__(self) -> "Load":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join(timeout=60)

    def _ask(self, keeps_connection: bool) -> None:
        limits = httpx.Limits(max_keepalive_connections=None if keeps_connection else 0)
        with httpx.Client(base_url=self._url, timeout=60, limits=limits) as client:
            while not self._over.is_set():
                began = time.monotonic()
                try:
                    response = client.post("/score", json=self._body)
                    status, answer = response.status_code, response.json()
                except httpx.HTTPError as error:
                    status, answer = None, repr(error)
                self.outcomes.append(Outcome(began, time.monotonic(), status, answer))
                time.sleep(0.01)
