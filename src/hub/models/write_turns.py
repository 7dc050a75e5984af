"""Many chunks written one after the other, so that others write in between.

SQLite has no queue for its write lock: whoever waits looks again after a while, 100 ms apart in the end, and a writer
that takes the lock again at once is nearly always there first. So that one leaves the lock alone between its chunks.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

_MAX_PAUSE_SECONDS = 0.1


@contextmanager
def write_in_turn() -> Iterator[None]:
    """Write one of many chunks in a transaction; on SQLite wait after it for as long as it had the lock.

    Within another transaction, which keeps the lock, it waits for nothing.
    """
    with transaction.atomic():
        began = time.monotonic()
        yield
    if connection.vendor == "sqlite" and not connection.in_atomic_block:
        time.sleep(min(time.monotonic() - began, _MAX_PAUSE_SECONDS))
