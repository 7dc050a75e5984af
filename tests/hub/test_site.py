"""Settings and the migration step."""

import os
import sqlite3
import subprocess
import sys
import uuid
from pathlib import Path

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.test.utils import override_settings
from django.utils.module_loading import import_string
from psycopg.conninfo import conninfo_to_dict

from hotleads.hub.clock import get_now, set_clock
from hotleads.hub.errors import (
    DatabaseTakenError,
    DatabaseUnavailableError,
    DatabaseVersionError,
    HubError,
    KeyMissingError,
)
from hotleads.hub.models import Installation as InstallationRow
from hotleads.hub.site import settings as site_settings
from hotleads.hub.site.databases import SQLITE_FILE, build_database_settings
from hotleads.hub.site.migrate import check_database, migrate_database
from tests.hub.installations import Installation, use_installation
from tests.hub.quick_hasher import QuickHasher
from tests.hub.test_sealing import OTHER_KEY


@pytest.mark.slow
def test_a_new_folder_gets_a_key_and_tables_and_a_second_run_changes_nothing(tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("HOTLEADS_")}
    shown = [
        subprocess.run(
            [sys.executable, "-m", "hotleads", "migrate", "--data", str(tmp_path / "hub")],
            env=environment, capture_output=True, text=True, check=True,
        ).stdout
        for _ in range(2)
    ]  # fmt: skip
    assert "migrations applied" in shown[0]
    assert "up to date" in shown[1]
    assert {path.name for path in (tmp_path / "hub").iterdir()} >= {"hub.sqlite3", "secrets.env"}


def test_a_newer_database_is_refused_with_the_remedy(installation: Installation) -> None:
    MigrationRecorder(connection).record_applied("hub", "0999_of_a_later_version")
    for step in (migrate_database, check_database):
        with pytest.raises(DatabaseVersionError, match=r"newer hotleads .*0999_of_a_later_version.*restore the backup"):
            step()


def test_an_older_database_is_refused_with_the_remedy(sqlite_installation: Installation) -> None:
    (newest,) = MigrationLoader(connection).graph.leaf_nodes("hub")
    MigrationRecorder(connection).record_unapplied(*newest)
    with pytest.raises(DatabaseVersionError, match="hotleads migrate"):
        check_database()


def test_no_database_is_refused_with_the_remedy(tmp_path: Path) -> None:
    with use_installation(Installation(tmp_path, "")), pytest.raises(DatabaseVersionError, match="hotleads migrate"):
        check_database()
    assert not list(tmp_path.iterdir())


def test_a_database_of_another_program_is_left_as_it_is(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / SQLITE_FILE) as other:
        other.execute("CREATE TABLE songs (name)")
    with use_installation(Installation(tmp_path, "")):
        for step in (migrate_database, check_database):
            with pytest.raises(DatabaseTakenError, match=r"songs.*database of its own"):
                step()
        assert connection.introspection.table_names() == ["songs"]


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / SQLITE_FILE).write_bytes(b"name;email\n" * 100)
    with use_installation(Installation(tmp_path, "")), pytest.raises(DatabaseUnavailableError, match="not a database"):
        migrate_database()


@pytest.mark.slow
def test_where_no_server_answers_nothing_is_left_behind(tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("HOTLEADS_")}
    done = subprocess.run(
        [sys.executable, "-m", "hotleads", "migrate", "--data", str(tmp_path / "hub")],
        env=environment | {"HOTLEADS_HUB_DATABASE": "postgresql://ana:pass-word@127.0.0.1:1/hub"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "database-unavailable" in done.stderr
    assert "pass-word" not in done.stderr + done.stdout
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_where_no_tables_may_be_made_nothing_is_left_behind(
    postgres_installation: Installation, tmp_path: Path
) -> None:
    guest = f"guest_{uuid.uuid4().hex[:12]}"
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE ROLE {guest} LOGIN")
    empty = postgres_installation.create_empty(tmp_path / "beside")
    try:
        info = conninfo_to_dict(empty.url)
        done = subprocess.run(
            [sys.executable, "-m", "hotleads", "migrate", "--data", str(tmp_path / "new")],
            env={name: value for name, value in empty.environment.items() if name != "HOTLEADS_HUB_KEY"}
            | {"HOTLEADS_HUB_DATABASE": f"postgresql://{guest}@/{info['dbname']}?host={info['host']}&port={info['port']}"},
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert "may not make tables: make them the owner" in done.stderr
        assert not (tmp_path / "new").exists()
    finally:
        empty.drop()
        with connection.cursor() as cursor:
            cursor.execute(f"DROP ROLE {guest}")


def test_another_key_is_refused(installation: Installation) -> None:
    check_database()
    with override_settings(HUB_KEY=OTHER_KEY), pytest.raises(KeyMissingError, match="key"):
        check_database()
    check_database()
    assert InstallationRow.objects.count() == 1


@pytest.mark.slow
def test_deployment_check_is_clean(sqlite_installation: Installation) -> None:
    environment = sqlite_installation.environment | {"DJANGO_SETTINGS_MODULE": "hotleads.hub.site.settings"}
    command = [sys.executable, "-m", "django", "check", "--deploy", "--fail-level", "INFO"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_passwords_and_client_secrets_are_hashed_by_argon2_at_its_usual_cost() -> None:
    (hasher,) = site_settings.PASSWORD_HASHERS
    assert import_string(hasher) is Argon2PasswordHasher
    assert issubclass(QuickHasher, Argon2PasswordHasher)
    assert (Argon2PasswordHasher.time_cost, Argon2PasswordHasher.memory_cost) == (2, 102_400)


def test_sqlite_keeps_what_it_answered_and_has_one_writer(sqlite_installation: Installation) -> None:
    with connection.cursor() as cursor:
        pragmas = {
            name: cursor.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "synchronous", "secure_delete", "foreign_keys")
        }
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "secure_delete": 1, "foreign_keys": 1}
    assert connection.settings_dict["OPTIONS"]["transaction_mode"] == "IMMEDIATE"


def test_postgres_urls_become_settings(tmp_path: Path) -> None:
    settings = build_database_settings("postgresql://ana:p%40ss@db.example:5433/hub?sslmode=require", tmp_path)
    assert {name: settings[name] for name in ("NAME", "USER", "PASSWORD", "HOST", "PORT", "OPTIONS")} == {
        "NAME": "hub",
        "USER": "ana",
        "PASSWORD": "p@ss",
        "HOST": "db.example",
        "PORT": "5433",
        "OPTIONS": {"sslmode": "require", "connect_timeout": "10"},
    }


@pytest.mark.parametrize("url", ["mysql://root@db/hub", "postgresql://ana:secret@db/hub?nonsense=1"])
def test_other_urls_are_refused_without_their_password(url: str, tmp_path: Path) -> None:
    with pytest.raises(HubError, match="HOTLEADS_HUB_DATABASE") as error:
        build_database_settings(url, tmp_path)
    assert "secret" not in str(error.value)


def test_the_clock_in_force_is_the_one_that_was_set() -> None:
    later = get_now().replace(year=2040)
    with set_clock(lambda: later):
        assert get_now() == later
    assert get_now() < later
