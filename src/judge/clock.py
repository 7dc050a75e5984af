"""Another present for a function that asks what time it is.

Python's ``time`` and ``datetime``, and pandas' ``Timestamp``, are moved, also where the modules of the function's own
project imported them by name. Not moved are the clocks that compiled libraries read themselves: ``now()`` in SQL, and
``numpy.datetime64("now")``.
"""

import datetime as datetime_module
import sys
import time as time_module
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import pandas as pd

from ..history.failures import LIBRARIES


@contextmanager
def shift_clock(by: datetime_module.timedelta) -> Iterator[None]:
    """Move the present by a length of time inside the ``with`` block."""
    moved = _build_replacements(by)
    changed: list[tuple[object, str, object]] = []

    def replace(owner: object, name: str, value: object) -> None:
        changed.append((owner, name, getattr(owner, name)))
        setattr(owner, name, value)

    try:
        for module in (time_module, datetime_module, *_list_own_modules()):
            for name, value in list(vars(module).items()):
                replacement = moved.get(id(value))
                if replacement is not None:
                    replace(module, name, replacement)
        for name in ("now", "today", "utcnow"):
            replace(pd.Timestamp, name, classmethod(_shift_timestamp(getattr(pd.Timestamp, name), by)))
        yield
    finally:
        for owner, name, value in reversed(changed):
            setattr(owner, name, value)


def _build_replacements(by: datetime_module.timedelta) -> dict[int, Any]:
    """Return what stands for the real clocks, by their identity."""
    real_datetime, real_date = datetime_module.datetime, datetime_module.date
    seconds = by.total_seconds()

    class _Meta(type):
        def __instancecheck__(cls, value: object) -> bool:
            return isinstance(value, real_datetime if cls.__name__ == "datetime" else real_date)

        def __subclasscheck__(cls, kind: type) -> bool:
            return issubclass(kind, real_datetime if cls.__name__ == "datetime" else real_date)

    def now(cls: type, tz: Any = None) -> Any:
        return real_datetime.now(tz) + by

    def utcnow(cls: type) -> Any:
        return real_datetime.now(datetime_module.UTC).replace(tzinfo=None) + by

    def today(cls: type) -> Any:
        return real_date.today() + by

    moved_datetime = _Meta(
        "datetime",
        (real_datetime,),
        {
            "__new__": lambda cls, *args, **options: real_datetime(*args, **options),
            "now": classmethod(now),
            "today": classmethod(now),
            "utcnow": classmethod(utcnow),
        },
    )
    moved_date = _Meta(
        "date",
        (real_date,),
        {"__new__": lambda cls, *args, **options: real_date(*args, **options), "today": classmethod(today)},
    )
    real_time, real_time_ns = time_module.time, time_module.time_ns
    return {
        id(real_datetime): moved_datetime,
        id(real_date): moved_date,
        id(real_time): lambda: real_time() + seconds,
        id(real_time_ns): lambda: real_time_ns() + int(seconds * 1e9),
        id(time_module.gmtime): _shift_struct(time_module.gmtime, real_time, seconds),
        id(time_module.localtime): _shift_struct(time_module.localtime, real_time, seconds),
    }


def _shift_struct(convert: Any, real_time: Any, seconds: float) -> Any:
    return lambda at=None: convert(real_time() + seconds if at is None else at)


def _shift_timestamp(method: Any, by: datetime_module.timedelta) -> Any:
    return lambda cls, *args, **options: method(*args, **options) + by


def _list_own_modules() -> list[ModuleType]:
    """Return the modules that belong to no library: the function's own, and those of its project."""
    return [
        module
        for module in list(sys.modules.values())
        if (file := getattr(module, "__file__", None))
        and not str(file).startswith(LIBRARIES)
        and not module.__name__.startswith("hotleads")
    ]
