"""Leave no byte of what was deleted: the database's files are written anew.

SQLite overwrites what is deleted at once (``secure_delete``); VACUUM and a truncated write-ahead log take the rest.
PostgreSQL keeps deleted rows in its table files until VACUUM FULL. Both keep other writers out meanwhile, so that
large ones are left for the night.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import connection

from ..clock import get_now
from ..engine.queue import enqueue_job
from ..models import Erasure, Installation

#: Up to this size a file is written anew at once: about a second, in which nobody writes.
MAX_BYTES_BY_DAY = 64 * 1024 * 1024
_NIGHT_HOUR = 3
_LOCK_SECONDS = 30


def compact_database(tables: Iterable[str], max_bytes: int | None = None) -> bool:
    """Write the files of some tables anew; False: one is larger than ``max_bytes``, and was left as it is."""
    if connection.vendor == "postgresql":
        results = [_compact_postgres_table(table, max_bytes) for table in sorted(tables)]
        return all(results)
    return _compact_sqlite(max_bytes)


def compact_or_postpone(tables: Iterable[str]) -> bool:
    """Compact what is small at once, and ask for the rest at night; return whether all is done."""
    if compact_database(tables, MAX_BYTES_BY_DAY):
        Erasure.objects.filter(compacted_at=None, finished_at__isnull=False).update(compacted_at=get_now())
        return True
    night = _find_next_night()
    enqueue_job("compact", {}, idempotency_key=f"compact:{night.date()}", run_at=night)
    return False


def _compact_sqlite(max_bytes: int | None) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size")
        is_small = max_bytes is None or cursor.fetchone()[0] <= max_bytes
        if is_small:
            cursor.execute("VACUUM")
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        is_busy = bool(cursor.fetchone()[0])
    return is_small and not is_busy


def _compact_postgres_table(table: str, max_bytes: int | None) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_total_relation_size(%s::regclass)", [table])
        is_small = max_bytes is None or cursor.fetchone()[0] <= max_bytes
        cursor.execute(f"SET lock_timeout = '{_LOCK_SECONDS}s'")
        cursor.execute(f"VACUUM {'FULL ' if is_small else ''}{connection.ops.quote_name(table)}")
        cursor.execute("RESET lock_timeout")
    return is_small


def _find_next_night() -> datetime:
    """Return the next three o'clock of the installation's time zone."""
    local = get_now().astimezone(ZoneInfo(Installation.objects.get().time_zone))
    night = local.replace(hour=_NIGHT_HOUR, minute=0, second=0, microsecond=0)
    return (night if night > local else night + timedelta(days=1)).astimezone(UTC)
