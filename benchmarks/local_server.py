"""Servers of this machine for benchmarks: started on a free port, ready, measured, and ended."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import psutil

_HERE, _PROGRAMS = Path(__file__).parent, Path(sys.executable).parent
_PATIENCE = 180.0  # seconds until a server is ready


class Server(NamedTuple):
    """A running server."""

    port: int
    process: psutil.Process

    def cpu_of(self, work: Callable[[], None]) -> float:
        """Return the CPU seconds of the server and its workers while ``work`` runs."""
        before = _cpu_seconds(self.process)
        work()
        return _cpu_seconds(self.process) - before


@contextmanager
def serve_locally(folder: Path, command: list[str], ready: str) -> Iterator[Server]:
    """``command`` with ``--port``, from when it answers at ``ready``; its processes end with the block.

    It runs in ``folder``, where its output lies. Raises RuntimeError with that output where it does not get ready.
    """
    port = _find_free_port()
    path = os.pathsep.join([str(_PROGRAMS), os.environ["PATH"]])
    environment = os.environ | {"PATH": path, "PYTHONPATH": str(_HERE)}
    output = folder / f"server-{port}.txt"
    with output.open("wb") as file:
        command = [*command, "--port", str(port)]
        running = subprocess.Popen(command, cwd=folder, env=environment, stdout=file, stderr=file)
        try:
            _wait_until(f"http://127.0.0.1:{port}{ready}", running, output)
            yield Server(port, psutil.Process(running.pid))
        finally:
            _end(running)


def _find_free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _wait_until(ready: str, running: subprocess.Popen[bytes], output: Path) -> None:
    ends = time.monotonic() + _PATIENCE
    while True:
        try:
            urllib.request.urlopen(ready, timeout=2).close()  # noqa: S310 - a port of this machine
            return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            if running.poll() is not None or time.monotonic() > ends:
                log = output.read_text(encoding="utf-8", errors="replace")[-3000:]
                raise RuntimeError(f"{' '.join(running.args)} is not ready:\n{log}") from None
            time.sleep(0.3)


def _end(running: subprocess.Popen[bytes]) -> None:
    if running.poll() is not None:
        return
    first = psutil.Process(running.pid)
    family = [first, *first.children(recursive=True)]
    first.terminate()
    _, alive = psutil.wait_procs(family, timeout=15)
    for one in alive:
        one.kill()


def _cpu_seconds(process: psutil.Process) -> float:
    times = [one.cpu_times() for one in (process, *process.children(recursive=True))]
    return sum(usage.user + usage.system for usage in times)
