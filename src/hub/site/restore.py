"""An installation again from a backup: into an empty place, checked before anything is written.

Erasures made since the backup are made again, by the file ``tombstones`` that is kept with the key.
"""

import json
import os
import shutil
import sqlite3
import tarfile
import tempfile
from contextlib import closing
from pathlib import Path
from typing import TypedDict

from django.conf import settings
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from ...history.progress import ProgressCallback, ignore_progress
from ..errors import DatabaseVersionError, HubError
from ..intake.uploads import get_upload_folder
from ..models import Installation, Upload, UploadState
from ..models.audit import record_action
from ..privacy.restored import erase_again
from ..privacy.tombstone_file import TOMBSTONES_FILE, read_tombstones
from ..sealing import unseal
from ..sealing.keys import SECRETS_FILE
from .backup import DUMP_FILE, KEY_CHECK, MANIFEST_FILE, MODELS_FILE, VERSION, Manifest, hash_file, run_program
from .databases import SQLITE_FILE
from .migrate import migrate_database

#: What may lie in the place before: what is kept apart from backups.
_KEPT_APART = {SECRETS_FILE, TOMBSTONES_FILE}
#: Where MLflow keeps paths of files.
_PATHS_OF_MODELS = (
    ("experiments", "artifact_location"),
    ("runs", "artifact_uri"),
    ("model_versions", "source"),
    ("model_versions", "storage_location"),
    ("logged_models", "artifact_location"),
)
_DROPPED = "the files that waited are no part of a backup; bring them again"


class Restored(TypedDict):
    """What a restore did: when the backup was made, and the contacts that were erased again."""

    made_at: str
    files: int
    erased: list[int]


def restore_backup(path: Path, progress: ProgressCallback = ignore_progress) -> Restored:
    """Make the installation of a backup in the data folder, and bring its tables up to date.

    Parameters
    ----------
    path
        The backup.
    progress
        Gets what is done now.

    Returns
    -------
    Restored
        What was done.

    Raises
    ------
    HubError
        The place is not empty, the file is no whole backup, or it is of another kind of database.
    DatabaseVersionError
        The backup was made by a newer program.
    KeyMissingError
        The key is not the installation's.
    """
    data = Path(settings.HUB_DATA)
    _require_empty(data)
    with tempfile.TemporaryDirectory(prefix=".restore-", dir=data) as folder:
        progress("reading the backup")
        manifest = _unpack(path, Path(folder))
        _check(manifest, Path(folder))
        progress("database")
        _place(manifest, Path(folder), data)
    progress("tables")
    migrate_database()
    _refuse_waiting_uploads()
    record_action(None, "backup.restored", Installation.objects.get(), made_at=manifest["made_at"])
    progress("erasures since")
    erased = erase_again(read_tombstones(data / TOMBSTONES_FILE), progress)
    return {"made_at": manifest["made_at"], "files": len(manifest["files"]), "erased": erased}


def _require_empty(data: Path) -> None:
    present = sorted({path.name for path in data.iterdir()} - _KEPT_APART)
    if present:
        raise HubError(f"{data} is not empty (it has {present[0]}): restore into a new folder, or move this one away")
    if connection.vendor == "postgresql" and any(
        name.startswith("hub_") for name in connection.introspection.table_names()
    ):
        raise HubError("the database has tables of an installation: create an empty one, and name it")


def _unpack(path: Path, folder: Path) -> Manifest:
    try:
        with tarfile.open(path, "r:gz") as archive:
            archive.extractall(folder, filter="data")
        manifest: Manifest = json.loads((folder / MANIFEST_FILE).read_text("utf-8"))
    except FileNotFoundError:
        raise HubError(f"there is no backup {path}, or it is cut short") from None
    except (tarfile.TarError, EOFError, OSError, ValueError) as error:
        raise HubError(f"{path} is no whole backup ({type(error).__name__}); take another copy") from None
    return manifest


def _check(manifest: Manifest, folder: Path) -> None:
    known = {name for app, name in MigrationLoader(None).disk_migrations if app == "hub"}
    newer = sorted(set(manifest["migrations"]) - known)
    if manifest["version"] != VERSION or newer:
        raise DatabaseVersionError("the backup was made by a newer hotleads: install that version, then restore")
    if manifest["vendor"] != connection.vendor:
        raise HubError(
            f"the backup is of {manifest['vendor']}, and HOTLEADS_HUB_DATABASE names {connection.vendor}: "
            "restore it into the same kind of database"
        )
    unseal(bytes.fromhex(manifest["key_check"]), KEY_CHECK)
    for name, digest in manifest["files"].items():
        if not (folder / name).is_file() or hash_file(folder / name) != digest:
            raise HubError(f"{name} in the backup is damaged; take another copy")


def _place(manifest: Manifest, folder: Path, data: Path) -> None:
    """Move the files to where they belong, the database last."""
    if MODELS_FILE in manifest["files"]:
        _move_paths(folder / MODELS_FILE, Path(manifest["folder"]), data)
    databases = {SQLITE_FILE, DUMP_FILE}
    for name in {name.partition("/")[0] for name in manifest["files"]} - databases:
        os.replace(folder / name, data / name)
    if DUMP_FILE in manifest["files"]:
        run_program("pg_restore", "--no-owner", "--exit-on-error", "--single-transaction", str(folder / DUMP_FILE))
        _renew_transaction_ids()
    else:
        target = Path(connection.settings_dict["NAME"])
        connection.close()
        shutil.move(folder / SQLITE_FILE, target)


def _move_paths(store: Path, before: Path, after: Path) -> None:
    """Let the models' store name its files where they are now."""
    with closing(sqlite3.connect(store)) as database, database:
        for table, column in _PATHS_OF_MODELS:
            database.execute(
                f"UPDATE {table} SET {column} = ? || substr({column}, ?) WHERE substr({column}, 1, ?) = ?",
                (after.as_uri(), len(before.as_uri()) + 1, len(before.as_uri()), before.as_uri()),
            )
            database.execute(
                f"UPDATE {table} SET {column} = ? || substr({column}, ?) WHERE substr({column}, 1, ?) = ?",
                (str(after), len(str(before)) + 1, len(str(before)), str(before)),
            )


def _renew_transaction_ids() -> None:
    """Give the rows that the feed reads an id of this server: those of the other one may lie in the future."""
    with connection.cursor() as cursor:
        for table in ("hub_capture", "hub_purchase", "hub_event"):
            cursor.execute(f"UPDATE {table} SET txid = pg_current_xact_id()")


def _refuse_waiting_uploads() -> None:
    for upload in Upload.objects.exclude(state__in=[UploadState.IMPORTED, UploadState.REFUSED]):
        if not get_upload_folder(upload).exists():
            upload.state = UploadState.REFUSED
            upload.verdict = {**upload.verdict, "problems": [_DROPPED]}
            upload.save(update_fields=["state", "verdict"])
