"""The inbox's one writer a process: requests await the commit of what they brought, and share it with all that wait.

A commit costs a flush of the disk, whatever is in it. So one thread writes what has gathered while the last commit ran,
and a request is answered once its own items are on the disk.
"""

import asyncio
import logging
import queue
import threading
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import cache
from itertools import chain

from django.db import connection, transaction

from ..errors import OUTAGES, HubError
from ..models import InboxItem

#: What one transaction writes at most: within SQLite's 100 ms.
MAX_ITEMS = 200
MAX_BYTES = 4_000_000
#: More requests, or bytes, than these wait for no commit: the request is refused, and comes again.
MAX_WAITING = 20_000
MAX_WAITING_BYTES = 100_000_000
_PATIENCE_SECONDS = 10.0
_RETRY_SECONDS = 0.1
_STATEMENT = (
    f"INSERT INTO {InboxItem._meta.db_table} ({{names}}) {{rows}} "
    "ON CONFLICT (source, envelope_id) DO NOTHING RETURNING source, envelope_id"
)
_logger = logging.getLogger(__name__)


class InboxBusyError(HubError):
    """What arrives cannot be kept now: the sender is to try again."""

    code = "inbox-busy"


def insert_items(items: Sequence[InboxItem]) -> list[bool]:
    """Write items in one transaction of their own, and return which were new: no other has their envelope.

    Parameters
    ----------
    items
        Unsaved items. They do not get their ids.

    Returns
    -------
    list of bool
        One for each item; of several with one envelope the first may be new.
    """
    if not items:
        return []
    ordered = sorted(items, key=_get_key)  # in one order in all processes, so that none waits for another in a circle
    fields = [column for column in InboxItem._meta.concrete_fields if not column.primary_key]
    with transaction.atomic(durable=True):
        columns = [
            [column.get_db_prep_save(getattr(item, column.attname), connection) for item in ordered]
            for column in fields
        ]
        insert = _insert_arrays if connection.vendor == "postgresql" else _insert_rows
        written = Counter(insert([str(column.column) for column in fields], columns))
    return [_take(written, _get_key(item)) for item in items]


def _insert_rows(names: Sequence[str], columns: Sequence[Sequence[object]]) -> list[tuple[str, str]]:
    """Insert rows that are given by column, and return the source and the envelope of the new ones."""
    row = f"({', '.join(['%s'] * len(names))})"
    statement = _STATEMENT.format(names=", ".join(names), rows=f"VALUES {', '.join([row] * len(columns[0]))}")
    with connection.cursor() as cursor:
        cursor.execute(statement, list(chain.from_iterable(zip(*columns, strict=True))))
        return list(cursor.fetchall())


def _insert_arrays(names: Sequence[str], columns: Sequence[Sequence[object]]) -> list[tuple[str, str]]:
    """Do the same on PostgreSQL by an array a column,: both sides read it at half the cost."""
    from psycopg import Cursor

    arrays = ", ".join(f"%b::{_read_array_type(name)}" for name in names)
    statement = _STATEMENT.format(names=", ".join(names), rows=f"SELECT * FROM unnest({arrays})")
    connection.ensure_connection()
    with connection.wrap_database_errors, Cursor(connection.connection) as cursor:
        cursor.execute(statement.encode(), list(columns))
        return list(cursor.fetchall())


@cache
def _read_array_type(name: str) -> str:
    column = InboxItem._meta.get_field(name)
    return f"{str(column.db_type(connection)).partition('(')[0]}[]"


@dataclass
class _Request:
    """The items of one request, and who waits for them."""

    items: Sequence[InboxItem]
    future: "Future[list[bool]]" = field(default_factory=Future)

    @property
    def size(self) -> int:
        return sum(len(item.body or b"") for item in self.items)


class InboxWriter:
    """Writes items to the inbox in a thread of its own; one a process.

    Examples
    --------
    >>> writer = InboxWriter()  # doctest: +SKIP
    >>> are_new = await writer.write([InboxItem(source="hotmart", envelope_id="...", body=b"{}")])  # doctest: +SKIP
    """

    def __init__(self) -> None:
        self._queue: queue.SimpleQueue[_Request | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._is_stopped = False
        self._waiting_bytes = 0

    async def write(self, items: Sequence[InboxItem]) -> list[bool]:
        """Return which items were new, once all of them are on the disk.

        Raises InboxBusyError where they cannot be: too much waits, the database does not answer, or the process ends.
        """
        request = _Request(items)
        with self._lock:
            is_full = self._queue.qsize() >= MAX_WAITING or self._waiting_bytes >= MAX_WAITING_BYTES
            if self._is_stopped or is_full:
                raise InboxBusyError("the inbox takes nothing in now; send it again in a few seconds")
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="inbox writer", daemon=True)
                self._thread.start()
            self._waiting_bytes += request.size
            self._queue.put(request)
        return await asyncio.wrap_future(request.future)

    def stop(self) -> None:
        """Write what waits, take in nothing more, and return."""
        with self._lock:
            self._is_stopped = True
            self._queue.put(None)
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        try:
            while (request := self._queue.get()) is not None:
                requests = self._gather(request)
                with self._lock:
                    self._waiting_bytes -= sum(each.size for each in requests)
                _answer([each for each in requests if each.future.set_running_or_notify_cancel()])
        finally:
            connection.close()

    def _gather(self, first: _Request) -> list[_Request]:
        """Return a request with those that came meanwhile, as far as they fit into one transaction."""
        requests, count, size = [first], len(first.items), first.size
        while count < MAX_ITEMS and size < MAX_BYTES:
            try:
                request = self._queue.get_nowait()
            except queue.Empty:
                break
            if request is None:  # what was gathered before the end is written first
                self._queue.put(None)
                break
            requests.append(request)
            count, size = count + len(request.items), size + request.size
        return requests


@cache
def get_writer() -> InboxWriter:
    """Return the writer of this process; its thread starts with the first request."""
    return InboxWriter()


def _answer(requests: Sequence[_Request]) -> None:
    """Write requests together; where one of them cannot be written, each alone, so that the others are."""
    try:
        are_new = iter(_insert_patiently([item for request in requests for item in request.items]))
    except Exception as error:
        if len(requests) > 1 and not isinstance(error, InboxBusyError):
            for request in requests:
                _answer([request])
            return
        for request in requests:
            request.future.set_exception(error)
    else:
        for request in requests:
            request.future.set_result([next(are_new) for _ in request.items])


def _insert_patiently(items: Sequence[InboxItem]) -> list[bool]:
    """Insert items; where the database does not answer, try for a while. What a lost commit wrote comes once anyway."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            return insert_items(items)
        except OUTAGES as error:
            connection.close()
            if time.monotonic() > deadline:
                raise InboxBusyError("the database does not answer; send it again in a few seconds") from error
            _logger.warning("the inbox's database does not answer (%s); trying again", type(error).__name__)
            time.sleep(_RETRY_SECONDS)


def _get_key(item: InboxItem) -> tuple[str, str]:
    return item.source, item.envelope_id


def _take(written: "Counter[tuple[str, str]]", key: tuple[str, str]) -> bool:
    """Return whether a key was written and nobody took it before."""
    written[key] -= 1
    return written[key] >= 0
