"""A backup in one file, made while everything runs: database, history, models and runs; never the installation key.

The database is a snapshot of one moment (SQLite's backup, ``pg_dump``). The feed is left out: it is made anew of the
rows. What waits to be imported is left out too.
"""

import hashlib
import json
import os
import re
import shutil
import sqlite3
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TypedDict

from django.conf import settings
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from ...history.progress import ProgressCallback, ignore_progress
from ..clock import get_now
from ..errors import HubError
from ..feed.parts import open_parts
from ..feed.sync import FEED_FOLDER
from ..models import HISTORY_FOLDER, Installation
from ..models.audit import record_action
from ..sealing import seal
from .databases import SQLITE_FILE, build_connection_options

MANIFEST_FILE = "manifest.json"
DUMP_FILE = "hub.dump"
MODELS_FOLDER = "mlruns"
MODELS_FILE = f"{MODELS_FOLDER}/mlflow.db"
VERSION = 1
KEY_CHECK = "backup.key_check"
_PROGRAM_SECONDS = 6 * 3600


class Manifest(TypedDict):
    """What a backup says of itself. ``key_check`` opens with the installation's key alone."""

    version: int
    made_at: str
    vendor: str
    folder: str
    migrations: list[str]
    key_check: str
    files: dict[str, str]


def make_backup(out: Path, progress: ProgressCallback = ignore_progress) -> Manifest:
    """Write a backup of the installation into a file, which appears whole, and return what it says of itself.

    Raises HubError where the file is there already, or PostgreSQL's own programs are not.
    """
    if out.exists():
        raise HubError(f"{out} is there already; name another file")
    out.parent.mkdir(parents=True, exist_ok=True)
    manifest = _describe_installation()
    with tempfile.TemporaryDirectory(prefix=".backup-", dir=out.parent) as folder:
        scratch = Path(folder)
        packed = scratch / "backup.tar.gz"
        with tarfile.open(packed, "w:gz", compresslevel=1) as archive:
            for path, name in _list_contents(scratch, progress):
                manifest["files"][name] = _add(archive, path, name)
            (scratch / MANIFEST_FILE).write_text(json.dumps(manifest), encoding="utf-8")
            archive.add(scratch / MANIFEST_FILE, MANIFEST_FILE)
        packed.chmod(0o600)
        with packed.open("rb") as file:
            os.fsync(file.fileno())
        os.replace(packed, out)
    record_action(None, "backup.made", Installation.objects.get())
    return manifest


def run_program(name: str, *arguments: str) -> None:
    """Run one of PostgreSQL's programs on the installation's database.

    Raises HubError where it is missing, older than the server, or fails.
    """
    program = shutil.which(name)
    if program is None:
        raise HubError(f"{name} is not on the PATH: install PostgreSQL's client programs, of the server's version")
    _require_version(program, name)
    options, password = build_connection_options(connection.settings_dict)
    done = subprocess.run(  # noqa: S603 - a program of PostgreSQL, with arguments of this one
        [program, *arguments, "--dbname", options],
        env=os.environ | ({"PGPASSWORD": password} if password else {}),
        capture_output=True,
        text=True,
        check=False,
        timeout=_PROGRAM_SECONDS,
    )
    if done.returncode:
        first = next((line for line in done.stderr.splitlines() if "error" in line), "it gives no reason")
        raise HubError(f"{name} failed: {first}")


def _require_version(program: str, name: str) -> None:
    """Raise HubError for a program that is older than the server: it refuses to read it."""
    told = subprocess.run([program, "--version"], capture_output=True, text=True, check=False, timeout=60)  # noqa: S603
    version = re.search(r"\d+", told.stdout)
    connection.ensure_connection()
    server = connection.connection.info.server_version // 10_000
    if version is not None and int(version[0]) < server:
        raise HubError(
            f"{name} is of version {version[0]}, and the server of {server}: install PostgreSQL's client programs of "
            "the server's version, and put them first on the PATH"
        )


def hash_file(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _describe_installation() -> Manifest:
    return {
        "version": VERSION,
        "made_at": get_now().isoformat(),
        "vendor": connection.vendor,
        "folder": str(settings.HUB_DATA),
        "migrations": sorted(name for app, name in MigrationRecorder(connection).applied_migrations() if app == "hub"),
        "key_check": seal(KEY_CHECK, KEY_CHECK).hex(),
        "files": {},
    }


def _list_contents(scratch: Path, progress: ProgressCallback) -> Iterator[tuple[Path, str]]:
    """Yield each file and its name in the backup: the history first, which is never ahead of the database then."""
    data = Path(settings.HUB_DATA)
    progress("history")
    with open_parts(data / FEED_FOLDER):
        yield from _list_files(data / HISTORY_FOLDER, data)
    progress("database")
    if connection.vendor == "postgresql":
        run_program("pg_dump", "--format=custom", "--no-owner", "--no-privileges", "--file", str(scratch / DUMP_FILE))
        yield scratch / DUMP_FILE, DUMP_FILE
    else:
        _copy_sqlite(Path(connection.settings_dict["NAME"]), scratch / SQLITE_FILE)
        yield scratch / SQLITE_FILE, SQLITE_FILE
    progress("models and runs")
    if (data / MODELS_FILE).is_file():
        _copy_sqlite(data / MODELS_FILE, scratch / "mlflow.db")
        yield scratch / "mlflow.db", MODELS_FILE
    for path, name in _list_files(data / MODELS_FOLDER, data):
        if not name.startswith(MODELS_FILE):  # nor its write-ahead log
            yield path, name


def _list_files(folder: Path, data: Path) -> Iterator[tuple[Path, str]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink():
            yield path, path.relative_to(data).as_posix()


def _copy_sqlite(source: Path, target: Path) -> None:
    """Copy an SQLite database as it is at one moment; whoever writes to it goes on."""
    with closing(sqlite3.connect(source)) as live, closing(sqlite3.connect(target)) as copy:
        live.backup(copy)


def _add(archive: tarfile.TarFile, path: Path, name: str) -> str:
    archive.add(path, name, recursive=False)
    return hash_file(path)
