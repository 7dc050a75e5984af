"""One command: the installation made, pages, service and worker run together, and ended together."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import psutil
import pytest

_SECONDS = 120


def build_environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(("HOTLEADS_", "MLFLOW_"))}


def run(*arguments: str, umask: int = -1) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "hotleads", *arguments]
    return subprocess.run(
        command, env=build_environment(), capture_output=True, text=True, timeout=_SECONDS, check=False, umask=umask
    )


def test_a_taken_port_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        done = run("up", "--data", str(tmp_path / "hub"), "--port", str(listener.getsockname()[1]))
    assert done.returncode == 1
    assert "is taken" in done.stderr
    assert "--port" in done.stderr
    assert not (tmp_path / "hub").exists()


@pytest.mark.slow
def test_one_command_serves_until_it_is_stopped_and_leaves_no_process(tmp_path: Path) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    data = tmp_path / "hub"
    log = (tmp_path / "log").open("w")
    command = [sys.executable, "-m", "hotleads", "up", "--data", str(data), "--port", str(port)]
    started = subprocess.Popen(command, env=build_environment(), stdout=log, stderr=subprocess.STDOUT, umask=0)
    try:
        deadline = time.monotonic() + _SECONDS
        while "ready: " not in (tmp_path / "log").read_text():
            assert started.poll() is None, (tmp_path / "log").read_text()
            assert time.monotonic() < deadline
            time.sleep(0.1)
        page = httpx.get(f"http://localhost:{port}/", timeout=30)
        assert page.headers["location"].endswith("/account/login/?next=/")
        added = run("users", "add", "ana@example.com", "--role", "owner", "--data", str(data), "--json")
        link = json.loads(added.stdout)["link"]
        assert link.startswith(f"http://localhost:{port}/account/link/")
        assert httpx.get(link, timeout=30, follow_redirects=True).status_code == 200
        assert httpx.post(f"http://localhost:{port}/score", json={}, timeout=30).status_code == 503
        parts = psutil.Process(started.pid).children(recursive=True)
        assert [part for part in parts if part.cmdline()[-1:] == ["work"]]
    finally:
        started.send_signal(signal.SIGTERM)
        assert started.wait(60) == 0
    assert not psutil.wait_procs(parts, timeout=10)[1]
    assert find_open_files(data) == []
    assert link not in (tmp_path / "log").read_text()


@pytest.mark.slow
def test_what_commands_write_is_their_users_alone_whatever_the_umask(tmp_path: Path) -> None:
    data = tmp_path / "hub"
    data.mkdir(mode=0o755)
    (tmp_path / "leads.csv").write_text("email,captured_at\nana@example.com,2026-01-05T10:00:00Z\n")
    for arguments in (
        ("migrate",),
        ("leads", "import", str(tmp_path / "leads.csv")),
        ("work", "--drain"),
        ("history", "export", str(tmp_path / "export")),
        ("backup", "--out", str(tmp_path / "backup.tar.gz")),
    ):
        done = run(*arguments, "--data", str(data), umask=0)
        assert done.returncode == 0, done.stderr
    assert {path.name for path in data.iterdir()} >= {"feed", "hub.sqlite3", "secrets.env", "uploads"}
    assert [path for root in (data, tmp_path / "export") for path in find_open_files(root)] == []
    assert (tmp_path / "backup.tar.gz").stat().st_mode & 0o077 == 0


def find_open_files(folder: Path) -> list[Path]:
    """Return the files and folders that others of this machine may enter, read or write."""
    return [
        path for path in (folder, *folder.rglob("*")) if path.stat().st_mode & 0o077 and "bentoml" not in path.parts
    ]
