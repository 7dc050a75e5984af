"""The drill: a backup of what runs, an installation again from it, and who was erased stays erased."""

import json
import shutil
import sqlite3
import tarfile
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from unittest import mock

import pyarrow.parquet as pq
import pytest
from django.db import connection

from hotleads.hub.errors import DatabaseVersionError, HubError, KeyMissingError
from hotleads.hub.feed.sync import export_history
from hotleads.hub.intake.uploads import UploadOptions, receive_upload
from hotleads.hub.models import AuditEntry, ConsentEvent, Contact, Purchase, Upload, UploadKind
from hotleads.hub.privacy.erasure import run_erasure, start_erasure
from hotleads.hub.privacy.tombstone_file import TOMBSTONES_FILE
from hotleads.hub.site import backup
from hotleads.hub.site.backup import MANIFEST_FILE, make_backup
from hotleads.hub.site.restore import restore_backup
from tests.hub.installations import Installation, use_installation
from tests.hub.postgres import find_client_programs
from tests.hub.privacy.byte_search import find_traces, read_folder
from tests.hub.privacy.people import ANA, BRUNO, TEXTS, create_person, resolve
from tests.hub.rows import build_purchase, create_contact, create_launch


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def source(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Installation:
    monkeypatch.setenv("PATH", str(find_client_programs()), prepend=":")
    found: Installation = request.getfixturevalue(f"{request.param.replace('postgresql', 'postgres')}_installation")
    return found


@contextmanager
def write_meanwhile(contact: Contact) -> Iterator[list[int]]:
    """Write one purchase after another from a thread of its own."""
    stop, written = threading.Event(), list[int]()

    def write() -> None:
        while not stop.is_set():
            row = build_purchase(contact, 1_000 + len(written))
            row.save()
            written.append(row.pk)
        connection.close()

    thread = threading.Thread(target=write)
    thread.start()
    try:
        yield written
    finally:
        stop.set()
        thread.join()


@contextmanager
def open_place(source: Installation, data: Path) -> Iterator[Installation]:
    place = source.create_empty(data)
    with use_installation(place):
        yield place
    place.drop()


def test_the_drill(source: Installation, tmp_path: Path) -> None:
    launch = create_launch()
    ana, bruno = create_person(ANA, launch), create_person(BRUNO, launch)
    export_history(source.data / "history")
    waiting = tmp_path / "leads.csv"
    waiting.write_text("email\nzoe@example.com\n", encoding="utf-8")
    receive_upload(UploadKind.LEADS, [waiting], UploadOptions())
    if source.vendor == "postgresql":  # ids of a server that has done more than the next one
        with connection.cursor() as cursor:
            cursor.execute("UPDATE hub_purchase SET txid = '900000000000'::xid8")
    out = tmp_path / "backups" / "monday.tar.gz"
    with write_meanwhile(bruno) as written:
        while len(written) < 5:
            pass
        before = list(written)
        make_backup(out)
    assert out.stat().st_mode & 0o077 == 0
    with tarfile.open(out) as archive:
        names = archive.getnames()
    assert not [name for name in names if "secrets" in name or name.startswith(("feed", "uploads", "jobs"))]
    run_erasure(start_erasure(ana, None))
    later = create_contact(name="came after the backup")

    with open_place(source, tmp_path / "again") as place:
        shutil.copy(source.data / TOMBSTONES_FILE, place.data / TOMBSTONES_FILE)
        restored = restore_backup(out)
        assert restored["erased"] == [ana.pk]
        assert not Contact.objects.filter(pk=later.pk).exists()
        assert {*before} <= set(Purchase.objects.values_list("pk", flat=True))
        assert Contact.objects.get(pk=bruno.pk).name == BRUNO.name
        assert resolve(ANA) == [None]
        assert ConsentEvent.objects.filter(contact=ana).count() == 1
        assert Upload.objects.get().state == "refused"
        actions = set(AuditEntry.objects.values_list("action", flat=True))
        assert {"backup.restored", "contact.erased"} <= actions
        export_history(place.data / "history")
        parts = [pq.read_table(path) for path in (place.data / "feed" / "purchases").glob("*.parquet")]
        assert sorted(number for part in parts for number in part["id"].to_pylist()) == sorted(
            Purchase.objects.values_list("pk", flat=True)
        )
        launch.rollup.refresh_from_db()
        assert (launch.rollup.leads, launch.rollup.hot) == (1, 1)
        connection.close()
        assert find_traces(read_folder(place.data), TEXTS) == []
        with pytest.raises(HubError, match="not empty"):
            restore_backup(out)


def test_a_backup_that_fails_is_not_in_the_audit_log(
    sqlite_installation: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "monday.tar.gz"
    with monkeypatch.context() as patch:
        patch.setattr(backup, "_copy_sqlite", mock.Mock(side_effect=OSError("the disk is full")))
        with pytest.raises(OSError, match="disk"):
            make_backup(out)
    assert not AuditEntry.objects.exists()
    assert not out.exists()
    make_backup(out)
    assert AuditEntry.objects.get().action == "backup.made"


def test_programs_that_are_older_than_the_server_are_refused(
    postgres_installation: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "bin" / "pg_dump"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\necho 'pg_dump (PostgreSQL) 9.6.24'\n")
    program.chmod(0o700)
    monkeypatch.setenv("PATH", str(program.parent), prepend=":")
    with pytest.raises(HubError, match=r"pg_dump is of version 9, .* put them first on the PATH"):
        make_backup(tmp_path / "monday.tar.gz")


def test_models_name_their_files_where_they_are_now(sqlite_installation: Installation, tmp_path: Path) -> None:
    store = sqlite_installation.data / "mlruns" / "mlflow.db"
    artefact = sqlite_installation.data / "mlruns" / "artifacts" / "1" / "model.ubj"
    artefact.parent.mkdir(parents=True)
    artefact.write_bytes(b"trees")
    with closing(sqlite3.connect(store)) as database, database:
        database.execute("CREATE TABLE experiments (artifact_location TEXT)")
        database.execute("CREATE TABLE runs (artifact_uri TEXT)")
        database.execute("CREATE TABLE model_versions (source TEXT, storage_location TEXT)")
        database.execute("CREATE TABLE logged_models (artifact_location TEXT)")
        database.execute("INSERT INTO runs VALUES (?)", [artefact.parent.as_uri()])
        database.execute("INSERT INTO model_versions VALUES ('models:/m-1', ?)", [str(artefact.parent)])
    out = tmp_path / "monday.tar.gz"
    make_backup(out)
    with open_place(sqlite_installation, tmp_path / "again") as place:
        restore_backup(out)
        moved = place.data / "mlruns" / "artifacts" / "1"
        assert (moved / "model.ubj").read_bytes() == b"trees"
        with closing(sqlite3.connect(place.data / "mlruns" / "mlflow.db")) as database:
            assert database.execute("SELECT artifact_uri FROM runs").fetchall() == [(moved.as_uri(),)]
            assert database.execute("SELECT * FROM model_versions").fetchall() == [("models:/m-1", str(moved))]


@pytest.mark.parametrize("damage", ["cut", "changed", "newer", "other key"])
def test_what_cannot_be_restored_is_refused_and_nothing_is_written(
    sqlite_installation: Installation, tmp_path: Path, damage: str
) -> None:
    create_contact(name="Ana")
    out = tmp_path / "monday.tar.gz"
    make_backup(out)
    with pytest.raises(HubError, match="there already"):
        make_backup(out)
    damage_backup(out, damage)
    expected = {"newer": DatabaseVersionError, "other key": KeyMissingError}.get(damage, HubError)
    with open_place(sqlite_installation, tmp_path / "again") as place:
        with pytest.raises(expected):
            restore_backup(out)
        assert list(place.data.iterdir()) == []


def damage_backup(path: Path, damage: str) -> None:
    folder = path.with_suffix(".unpacked")
    with tarfile.open(path) as archive:
        archive.extractall(folder, filter="data")
    manifest = json.loads((folder / MANIFEST_FILE).read_text())
    if damage == "cut":
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
        return
    if damage == "changed":
        with (folder / "hub.sqlite3").open("ab") as file:
            file.write(b"more")
    elif damage == "newer":
        manifest["migrations"].append("9999_from_tomorrow")
    else:
        manifest["key_check"] = "01" + "00" * 40
    (folder / MANIFEST_FILE).write_text(json.dumps(manifest))
    with tarfile.open(path, "w:gz") as archive:
        for name in sorted(folder.iterdir()):
            archive.add(name, name.name)
