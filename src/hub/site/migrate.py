"""Migrations, a step of its own: make or update the tables, and refuse a database that this program does not know."""

from pathlib import Path

from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.db.migrations.exceptions import MigrationSchemaMissing
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder

from ..engine.schedules import set_schedule
from ..errors import DatabaseTakenError, DatabaseUnavailableError, DatabaseVersionError, KeyMissingError
from ..modelling.update_schedule import ensure_update_schedule
from ..models import Installation, Schedule
from .job_kinds import register_kinds

_KEY_CHECK = "hotleads"
_RETENTION = "retention"
#: PostgreSQL's code for what a user may not do.
_NO_PRIVILEGE = "42501"
_MAX_NAMED = 3
_NIGHTLY = "30 3 * * *"


def migrate_database() -> list[str]:
    """Make or update the tables of the installation, and return the migrations that were applied.

    Raises what ``require_own_database`` raises, DatabaseUnavailableError where no tables may be made, and
    KeyMissingError where the key is not the one that sealed the database.
    """
    before = require_own_database()
    try:
        call_command("migrate", interactive=False, verbosity=0)
    except DatabaseError as error:
        may_not = getattr(error.__cause__, "sqlstate", "") == _NO_PRIVILEGE
        if not may_not and not isinstance(error, MigrationSchemaMissing):
            raise
        raise DatabaseUnavailableError(
            "the database's user may not make tables: make them the owner of a database of hotleads' own"
        ) from None
    _close_to_others()
    _check_key()
    ensure_update_schedule()
    _schedule_retention()
    return [f"{app}.{name}" for app, name in sorted(_read_applied() - before)]


def require_own_database() -> set[tuple[str, str]]:
    """Return the migrations of a database that is empty, or an installation's.

    Raises DatabaseUnavailableError where it does not answer, DatabaseTakenError where it is another program's, and
    DatabaseVersionError where it is of a newer program.
    """
    applied = _read_applied()
    _refuse_taken(applied)
    _refuse_newer(applied)
    return applied


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
    """Raise HubError unless the database is the one that this program knows; for what starts on it."""
    if _is_absent() or not _has_hub(require_own_database()):
        raise DatabaseVersionError("there is no installation here yet: run `hotleads migrate --data DIR`")
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise DatabaseVersionError(
            "the database is older than this program: back it up, then run `hotleads migrate --data DIR`"
        )
    _check_key()


def _read_applied() -> set[tuple[str, str]]:
    if _is_absent() and Path(connection.settings_dict["NAME"]).parent.is_dir():
        return set()
    try:
        return set(MigrationRecorder(connection).applied_migrations())
    except DatabaseError as error:  # its words name file or server, database and user, and no password
        words = next(iter(str(error).splitlines()), "")
        raise DatabaseUnavailableError(
            f"the database does not let us in ({words}): check that it is there and running, and what "
            "HOTLEADS_HUB_DATABASE says"
        ) from None


def _refuse_taken(applied: set[tuple[str, str]]) -> None:
    """Refuse a database where somebody else's tables are and none of the hub's."""
    if _has_hub(applied) or _is_absent():
        return
    own = {*connection.introspection.django_table_names(), MigrationRecorder.Migration._meta.db_table}
    others = sorted(set(connection.introspection.table_names()) - own)
    if others:
        raise DatabaseTakenError(
            f"the database holds tables of another program ({len(others)}, of them {', '.join(others[:_MAX_NAMED])}): "
            "give hotleads a database of its own in HOTLEADS_HUB_DATABASE"
        )


def _is_absent() -> bool:
    """Return whether the database is a file that is not there yet."""
    return connection.vendor == "sqlite" and not Path(connection.settings_dict["NAME"]).is_file()


def _has_hub(applied: set[tuple[str, str]]) -> bool:
    return any(app == "hub" for app, _ in applied)


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
