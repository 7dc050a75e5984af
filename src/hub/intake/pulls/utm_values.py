"""The UTM fields of an account's contacts, which ActiveCampaign lists apart from them, while a pull reads them.

They come before the contacts do, in no order of theirs, and may be millions. So they are kept in a file without a name,
which is gone when the pull ends, however it ends: memory stays as it is, however many there are.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from types import TracebackType
from typing import NamedTuple, Self

_TABLE = "CREATE TABLE utm_value (contact TEXT, field TEXT, value TEXT, PRIMARY KEY (contact, field)) WITHOUT ROWID"


class UtmValue(NamedTuple):
    """What a contact, by its id, has in a UTM field."""

    contact: str
    field: str
    value: str


class UtmValueStore:
    """The UTM fields of all contacts, to be used in a ``with`` block."""

    def __init__(self) -> None:
        self._database = sqlite3.connect("")  # SQLite's own for a file that is unlinked as soon as it is there
        self._database.execute("PRAGMA journal_mode = OFF")
        self._database.execute(_TABLE)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._database.close()

    def add(self, values: Iterable[UtmValue]) -> None:
        """Keep what contacts have; of one field the last counts."""
        with self._database:
            self._database.executemany("INSERT OR REPLACE INTO utm_value VALUES (?, ?, ?)", values)

    def read(self, contacts: Sequence[str]) -> dict[str, dict[str, str]]:
        """Return by contact and field what some contacts have."""
        found: dict[str, dict[str, str]] = {}
        marks = ", ".join("?" * len(contacts))
        query = f"SELECT contact, field, value FROM utm_value WHERE contact IN ({marks})"
        for contact, field, value in self._database.execute(query, contacts):
            found.setdefault(contact, {})[field] = value
        return found
