"""The one clock of the hub: whatever needs the time asks here, so that tests and demos run days in seconds."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

#: Returns the present instant, aware and in UTC.
Clock = Callable[[], datetime]


def _read_system_time() -> datetime:
    return datetime.now(UTC)


_clock: ContextVar[Clock] = ContextVar("clock", default=_read_system_time)


def get_now() -> datetime:
    """Return the present instant in UTC, by the clock in force."""
    return _clock.get()()


@contextmanager
def set_clock(clock: Clock) -> Iterator[None]:
    """Put another clock in force inside the ``with`` block, for this thread or task."""
    token = _clock.set(clock)
    try:
        yield
    finally:
        _clock.reset(token)
