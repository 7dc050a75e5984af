"""One machine, one command: the installation made ready, then the service with its pages and a worker, until stopped.

This process imports no Django: the tables are made in a process of their own, and so is everything that reads them.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path

from ..errors import HubError
from .address import write_address
from .databases import SQLITE_FILE

_START_SECONDS = 300
_STOP_SECONDS = 30
_POLL_SECONDS = 0.2
#: A worker that ends at once is not started again and again at full speed.
_RESTART_SECONDS = 5.0


class PortTakenError(HubError):
    """Somebody listens there already."""

    code = "port-taken"


class Processes:
    """The service and the worker of one installation, started and stopped together.

    Parameters
    ----------
    data
        The folder of the installation.
    port
        The port of this machine at which browsers find the pages.
    """

    def __init__(self, data: Path, port: int) -> None:
        self.address = f"http://localhost:{port}"
        self._data, self._port = data.resolve(), port
        self._service: subprocess.Popen[bytes] | None = None
        self._worker: subprocess.Popen[bytes] | None = None
        self._worker_started_at = 0.0
        self._is_stopping = False

    def prepare(self) -> None:
        """Make the folder, the key and the tables, or bring them up to date. Raises PortTakenError, HubError."""
        _require_free_port(self._port)
        self._run("migrate", "--data", str(self._data))
        write_address(self._data, self.address)

    def fill_demo(self) -> None:
        """Fill a new installation with an invented business. Raises HubError where it has rows of its own."""
        self._run_module("hotleads.hub.site.demo")

    def make_owner_link(self, email: str) -> str:
        """Return the one-time link of an owner, who is created where there is none of this address."""
        answer = self._run("users", "add", email, "--role", "owner", "--data", str(self._data), "--json")
        link: str = json.loads(answer)["link"]
        return link

    def start(self) -> None:
        """Start both, and wait until the pages answer. Raises HubError where they do not."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._note_stop)
        self._service = self._spawn("serve", "--port", str(self._port))
        self._start_worker()
        deadline = time.monotonic() + _START_SECONDS
        while not self._is_ready():
            if self._is_stopping:
                return
            if self._service.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise HubError("the service does not start: its own words are above")
            time.sleep(_POLL_SECONDS)

    def wait(self) -> None:
        """Wait for a signal; a worker that ends meanwhile is started again. Raises HubError where the service ends."""
        while not self._is_stopping:
            if self._service is None or self._service.poll() is not None:
                raise HubError("the service has ended: its own words are above")
            if self._worker is None or self._worker.poll() is not None:
                self._start_worker()
            time.sleep(_POLL_SECONDS)

    def stop(self) -> None:
        """End both: requests are answered to their end, and what the worker was doing is given back."""
        running = [process for process in (self._service, self._worker) if process and process.poll() is None]
        for process in running:
            process.terminate()
        for process in running:
            try:
                process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()

    def has_users(self) -> bool:
        """Return whether somebody may sign in."""
        return self._run("users", "list", "--data", str(self._data)).strip() != "[]"

    def _note_stop(self, _number: int, _frame: object) -> None:
        self._is_stopping = True

    def _start_worker(self) -> None:
        if time.monotonic() - self._worker_started_at > _RESTART_SECONDS:
            self._worker_started_at = time.monotonic()
            self._worker = self._spawn("work")

    def _is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self._port}/readyz", timeout=5) as response:
                return bool(response.status == 200)
        except OSError:
            return False

    def _run(self, *arguments: str) -> str:
        return self._run_module("hotleads", *arguments)

    def _run_module(self, name: str, *arguments: str) -> str:
        command = [sys.executable, "-m", name, *arguments]
        done = subprocess.run(command, env=self._environment, capture_output=True, text=True, check=False)  # noqa: S603
        if done.returncode:
            lines = (done.stderr or done.stdout).strip().splitlines() or [f"{name} failed"]
            raise HubError(lines[-1].partition("): ")[2] or lines[-1].removeprefix("error: "))
        return done.stdout

    def _spawn(self, *arguments: str) -> subprocess.Popen[bytes]:
        # A session of their own: Ctrl-C reaches this process alone, which then ends them in order.
        command = [sys.executable, "-m", "hotleads", *arguments]
        return subprocess.Popen(command, env=self._environment, start_new_session=True)  # noqa: S603

    @property
    def _environment(self) -> Mapping[str, str]:
        """The environment of every part; models and runs are kept in the folder too unless MLflow has a place."""
        return {
            "HOTLEADS_HUB_DATABASE": f"sqlite:///{self._data / SQLITE_FILE}",
            "MLFLOW_TRACKING_URI": f"sqlite:///{self._data / 'mlruns' / 'mlflow.db'}",
            "BENTOML_HOME": str(self._data / "bentoml"),
            **os.environ,
            "HOTLEADS_DATA": str(self._data),
            "HOTLEADS_HUB_URL": self.address,
        }


def run_installation(data: Path, port: int, announce: Callable[[Processes], None], *, is_demo: bool = False) -> None:
    """Make an installation ready and run it until a signal comes; ``announce`` is called once the pages answer."""
    processes = Processes(data, port)
    processes.prepare()
    if is_demo:
        processes.fill_demo()
    try:
        processes.start()
        announce(processes)
        processes.wait()
    finally:
        processes.stop()


def _require_free_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise PortTakenError(
                f"port {port} is taken on this machine: end what listens there, or choose another with --port"
            ) from None
