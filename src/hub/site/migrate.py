"""Migrations, a step of its own: make or update the tables, and refuse a database that this program does not know."""

from pathlib import Path

from django.core.management import call_command
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder

from ..engine.schedules import set_schedule
from ..errors import DatabaseVersionError, KeyMissingError
from ..modelling.update_schedule import ensure_update_schedule
from ..models import Installation, Schedule
from .job_kinds import register_kinds

_KEY_CHECK = "hotleads"
_RETENTION = "retention"
_NIGHTLY = "30 3 * * *"


def migrate_database() -> list[str]:
    """Make or update the tables of the installation, and return the migrations that were applied.

    Raises DatabaseVersionError for a database of a newer program, and KeyMissingError where the key is not the one that
    sealed the database.
    """
    before = _read_applied()
    _refuse_newer(before)
    call_command("migrate", interactive=False, verbosity=0)
    _close_to_others()
    _check_key()
    ensure_update_schedule()
    _schedule_retention()
    return [f"{app}.{name}" for app, name in sorted(_read_applied() - before)]


def _close_to_others() -> None:
    """Let nobody else of this machine read an SQLite database; SQLite gives its log the same mode."""
    if connection.vendor == "sqlite":
        for suffix in ("", "-wal", "-shm"):
            path = Path(f"{connection.settings_dict['NAME']}{suffix}")
            if path.is_file():
                path.chmod(0o600)


def _schedule_retention() -> None:
    """Ask for what is too old to be removed every night; an owner may have paused it."""
    if not Schedule.objects.filter(name=_RETENTION).exists():
        register_kinds()
        set_schedule(_RETENTION, _RETENTION, {}, cron=_NIGHTLY, time_zone=Installation.objects.get().time_zone)


def check_database() -> None:
    """Raise DatabaseVersionError unless the database is the one that this program knows; for what starts on it."""
    applied = _read_applied()
    if not applied:
        raise DatabaseVersionError("there is no installation here yet: run `hotleads migrate --data DIR`")
    _refuse_newer(applied)
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise DatabaseVersionError(
            "the database is older than this program: back it up, then run `hotleads migrate --data DIR`"
        )
    _check_key()


def _read_applied() -> set[tuple[str, str]]:
    if connection.vendor == "sqlite" and not Path(connection.settings_dict["NAME"]).is_file():
        return set()
    return set(MigrationRecorder(connection).applied_migrations())


def _refuse_newer(applied: set[tuple[str, str]]) -> None:
    known = set(MigrationExecutor(connection).loader.disk_migrations)
    newer = sorted(name for app, name in applied - known if app == "hub")
    if newer:
        raise DatabaseVersionError(
            f"the database was made by a newer hotleads (it has the migration {newer[-1]}, which this program does not "
            "know): install that version, or restore the backup made before the update"
        )


def _check_key() -> None:
    """Note a seal of the installation's key on first use; refuse another key afterwards."""
    with transaction.atomic():
        row, _ = Installation.objects.get_or_create(id=1, defaults={"key_check": _KEY_CHECK})
    if row.key_check != _KEY_CHECK:
        raise KeyMissingError("the installation row is not sealed by this program; restore the database from a backup")
