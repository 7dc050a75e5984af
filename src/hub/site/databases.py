"""Where the hub's rows are: SQLite in the data folder, or PostgreSQL by its URL."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..errors import HubError

SQLITE_FILE = "hub.sqlite3"
#: FULL: what was answered is on the disk. secure_delete: what was erased leaves no bytes in free pages.
_SQLITE_PRAGMAS = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON; PRAGMA foreign_keys=ON;"
_BUSY_SECONDS = 30
#: How long a PostgreSQL server may take to let somebody in, unless its URL says otherwise.
_CONNECT_SECONDS = "10"


def build_database_settings(url: str, folder: Path) -> dict[str, Any]:
    """Return Django's settings of the database at a URL: ``postgresql://...``, ``sqlite:///FILE``, or empty."""
    scheme, _, rest = url.partition("://")
    if not url or scheme == "sqlite":
        return _build_sqlite(Path(rest) if url else folder / SQLITE_FILE)
    if scheme in ("postgresql", "postgres"):
        return _build_postgres(url)
    raise HubError(
        f"HOTLEADS_HUB_DATABASE begins with {scheme!r}; give postgresql://USER:PASSWORD@HOST/DATABASE or "
        "sqlite:///FILE, or leave it out for SQLite in the data folder"
    )


def build_connection_options(described: Mapping[str, Any]) -> tuple[str, str]:
    """Return how PostgreSQL's own programs find the database of Django's settings, and apart from it the password."""
    from psycopg.conninfo import make_conninfo

    names = {"NAME": "dbname", "USER": "user", "HOST": "host", "PORT": "port"}
    parts = {names[name]: described[name] for name in names if described.get(name)}
    options = {key: value for key, value in described["OPTIONS"].items() if isinstance(value, str)}
    return make_conninfo("", **parts, **options), str(described.get("PASSWORD") or "")


def _build_sqlite(path: Path) -> dict[str, Any]:
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": path,
        "OPTIONS": {"timeout": _BUSY_SECONDS, "transaction_mode": "IMMEDIATE", "init_command": _SQLITE_PRAGMAS},
    }


def _build_postgres(url: str) -> dict[str, Any]:
    from psycopg import ProgrammingError
    from psycopg.conninfo import conninfo_to_dict

    try:
        parts = {name: value for name, value in conninfo_to_dict(url).items() if value is not None}
    except ProgrammingError:  # its message may hold the password
        raise HubError("HOTLEADS_HUB_DATABASE is no valid PostgreSQL URL") from None
    names = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
    settings = {names[name]: str(value) for name, value in parts.items() if name in names}
    options = {name: value for name, value in parts.items() if name not in names}
    options.setdefault("connect_timeout", _CONNECT_SECONDS)
    return {
        "ENGINE": "django.db.backends.postgresql",
        **settings,
        "OPTIONS": options,
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
    }
