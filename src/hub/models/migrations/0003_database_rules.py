"""What the database itself enforces or keeps, in each vendor's own words.

The audit log is appended to and never changed; of a consent event only the contact follows merges. On PostgreSQL the
rows that the feed reads carry the id of their transaction, since ids alone lose what commits late (docs/hub.md).
"""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

#: Which columns of a table no UPDATE may name; DELETE is refused for all of them.
_APPEND_ONLY = {
    "hub_auditentry": ("id", "occurred_at", "actor_id", "action", "subject_type", "subject_id", "details"),
    "hub_consentevent": (
        "id",
        "original_contact_id",
        "purpose",
        "granted",
        "basis",
        "occurred_at",
        "recorded_at",
        "text_version",
        "text_sha256",
        "source",
        "proof",
        "row_key",
    ),
}
_FEED_TABLES = ("hub_capture", "hub_purchase", "hub_event")


def _add_rules(_apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    build = _build_postgres_rules if editor.connection.vendor == "postgresql" else _build_sqlite_rules
    for statement in build():
        editor.execute(statement, params=None)


def _build_sqlite_rules() -> list[str]:
    return [
        f"CREATE TRIGGER {table}_refuses_{name} BEFORE {action} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        for table, columns in _APPEND_ONLY.items()
        for name, action in (("delete", "DELETE"), ("update", f"UPDATE OF {', '.join(columns)}"))
    ]


def _build_postgres_rules() -> list[str]:
    statements = [
        "CREATE FUNCTION hub_refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"
    ]
    for table, columns in _APPEND_ONLY.items():
        for name, action in (("delete", "DELETE"), ("update", f"UPDATE OF {', '.join(columns)}")):
            statements.append(
                f"CREATE TRIGGER {table}_refuses_{name} BEFORE {action} ON {table} "
                "FOR EACH ROW EXECUTE FUNCTION hub_refuse_change()"
            )
        statements.append(
            f"CREATE TRIGGER {table}_refuses_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION hub_refuse_change()"
        )
    for table in _FEED_TABLES:
        statements.append(f"ALTER TABLE {table} ADD COLUMN txid xid8 NOT NULL DEFAULT pg_current_xact_id()")
        statements.append(f"CREATE INDEX {table}_txid ON {table} (txid)")
    return statements


class Migration(migrations.Migration):
    dependencies = [("hub", "0002_tables")]
    operations = [migrations.RunPython(_add_rules)]
