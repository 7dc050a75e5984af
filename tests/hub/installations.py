"""Installations for tests: a template that is migrated once, copies of it, and the fixed cast."""

import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from unittest import mock

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from hotleads.hub.site.databases import SQLITE_FILE, build_database_settings
from hotleads.hub.site.setup import configure_hub

if TYPE_CHECKING:
    from hotleads.hub.models import User

#: Not a secret: the key of every test's installation.
KEY = "dGhlIGtleSBvZiBldmVyeSB0ZXN0J3MgaHViLCAzMiE="


@dataclass(frozen=True)
class Installation:
    """A data folder and the URL of its database; empty for SQLite in the folder."""

    data: Path
    url: str

    @classmethod
    def on_new_database(cls, server: str, data: Path, template: str = "template1") -> "Installation":
        name = f"hub_{uuid.uuid4().hex[:12]}"
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE {name} TEMPLATE "{template}" STRATEGY file_copy')
            info = connection.info
            url = f"postgresql://{info.user}:{info.password}@/{name}?host={info.host}&port={info.port}"
        return cls(data, url)

    @property
    def vendor(self) -> str:
        return "postgresql" if self.url else "sqlite"

    @property
    def environment(self) -> dict[str, str]:
        """The environment of a process that works on this installation, with a model store of its own.

        MLflow leaves the store that it was last given in the environment, so another test's would be used.
        """
        store = f"sqlite:///{self.data}/mlruns/mlflow.db"
        names = {"HOTLEADS_DATA": str(self.data), "HOTLEADS_HUB_KEY": KEY, "MLFLOW_TRACKING_URI": store}
        return os.environ | names | ({"HOTLEADS_HUB_DATABASE": self.url} if self.url else {})

    def copy_to(self, data: Path) -> "Installation":
        data.mkdir(parents=True)
        if not self.url:
            shutil.copy(self.data / SQLITE_FILE, data / SQLITE_FILE)
            return Installation(data, "")
        return self.on_new_database(self._server, data, self._database)

    def create_empty(self, data: Path) -> "Installation":
        """Another place of the same kind, with nothing in it."""
        data.mkdir(parents=True)
        return self.on_new_database(self._server, data) if self.url else Installation(data, "")

    def drop(self) -> None:
        """Remove the database from its server, whoever is still connected."""
        if self.url:
            with psycopg.connect(self._server, autocommit=True) as connection:
                connection.execute(f"DROP DATABASE {self._database} WITH (FORCE)")

    @property
    def _database(self) -> str:
        return str(conninfo_to_dict(self.url)["dbname"])

    @property
    def _server(self) -> str:
        return make_conninfo(self.url, dbname="postgres")


def set_up_django() -> None:
    """Set Django up on an installation that is not there: each test that needs one uses its own.

    Passwords and client secrets are hashed by Argon2 as ever, at the least cost that it has: by the real one a token
    costs half a CPU second.
    """
    names = {"HOTLEADS_HUB_KEY": KEY, "HOTLEADS_DATA": "/nonexistent", "HOTLEADS_HUB_DATABASE": ""}
    before = os.umask(0o077)  # the hub's own, which the tests' other programs shall not have
    with mock.patch.dict(os.environ, names):
        configure_hub()
    os.umask(before)
    from django.conf import settings

    settings.PASSWORD_HASHERS = ["tests.hub.quick_hasher.QuickHasher"]


def make_template(empty: Installation) -> Installation:
    """Migrate an empty database."""
    with use_installation(empty):
        from hotleads.hub.site.migrate import migrate_database

        migrate_database()
    return empty


@contextmanager
def use_installation(installation: Installation) -> Iterator[Installation]:
    """Let Django work on an installation inside the ``with`` block."""
    from django.db import connections
    from django.test.utils import override_settings

    described = build_database_settings(installation.url, installation.data)
    before = connections.settings["default"]
    with override_settings(HUB_DATA=installation.data):
        connections["default"].close()
        connections.settings["default"] = connections.configure_settings({"default": described})["default"]
        del connections["default"]
        try:
            yield installation
        finally:
            connections["default"].close()
            connections.settings["default"] = before
            del connections["default"]


@dataclass(frozen=True)
class Cast:
    """The users of every permission test; an outsider is nobody at all."""

    owner: "User"
    marketer: "User"
    seller: "User"
    viewer: "User"


def create_cast() -> Cast:
    """Create the fixed cast, without passwords: tests sign them in by force."""
    from hotleads.hub.models import Role, User

    users = {role.value: User.objects.create_user(f"{role.value}@example.com", role) for role in Role}
    return Cast(**users)
