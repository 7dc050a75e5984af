"""Parse many timestamps at once, compiled: the forms of ISO 8601 that programs write."""

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import accumulate
from typing import Any

import numpy as np

from ...history.compilation import jit
from ...history.timestamps import MICROSECONDS_PER_MINUTE, MICROSECONDS_PER_SECOND, to_microseconds

NO_TIMESTAMP = np.iinfo(np.int64).min
#: Timestamps are from ``MIN_TIMESTAMP`` to before ``END_TIMESTAMP``.
MIN_TIMESTAMP = to_microseconds(datetime(1900, 1, 1, tzinfo=UTC))
END_TIMESTAMP = to_microseconds(datetime(2200, 1, 1, tzinfo=UTC))
_DASH, _COLON, _POINT, _PLUS, _BLANK, _T, _Z = map(ord, "-:.+ TZ")
_DAYS_PER_MONTH = np.array([0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])


def parse_timestamps(texts: Sequence[str]) -> list[int]:
    """Return each text's microseconds since 1970 (UTC), or ``NO_TIMESTAMP`` for a text in another form.

    Parsed are ``2025-02-03T12:00:00`` or with a blank for the T, up to six digits of a second, and ``Z`` or an offset
    such as ``+03:00``; from 1900 to 2199. ``rows.parse_timestamp`` parses the rarer forms.
    """
    joined = "".join(texts).encode(errors="replace")
    times = np.full(len(texts), NO_TIMESTAMP)
    if joined.isascii():
        _parse_all(np.frombuffer(joined, np.uint8), np.array([0, *accumulate(map(len, texts))], np.int64), times)
    values: list[int] = times.tolist()
    return values


@jit
def _parse_all(text: Any, bounds: Any, times: Any) -> None:
    for i in range(len(times)):
        times[i] = _parse(text[bounds[i] : bounds[i + 1]])


@jit
def _parse(text: Any) -> Any:
    if len(text) < 20 or text[4] != _DASH or text[7] != _DASH or (text[10] != _T and text[10] != _BLANK):
        return NO_TIMESTAMP
    if text[13] != _COLON or text[16] != _COLON:
        return NO_TIMESTAMP
    year, month, day = _parse_digits(text, 0, 4), _parse_digits(text, 5, 7), _parse_digits(text, 8, 10)
    hour, minute, second = _parse_digits(text, 11, 13), _parse_digits(text, 14, 16), _parse_digits(text, 17, 19)
    fraction, offset_start = _parse_fraction(text)
    offset = _parse_offset(text, offset_start)
    is_day = year > 0 and 0 < month <= 12 and 0 < day <= _DAYS_PER_MONTH[month]
    if not is_day or fraction < 0 or offset == NO_TIMESTAMP:
        return NO_TIMESTAMP
    if month == 2 and day == 29 and (year % 4 or (year % 100 == 0 and year % 400)):
        return NO_TIMESTAMP
    if not (0 <= hour < 24 and 0 <= minute < 60 and 0 <= second < 60):
        return NO_TIMESTAMP
    minutes = (_count_days(year, month, day) * 24 + hour) * 60 + minute - offset
    time = minutes * MICROSECONDS_PER_MINUTE + second * MICROSECONDS_PER_SECOND + fraction
    return time if MIN_TIMESTAMP <= time < END_TIMESTAMP else NO_TIMESTAMP


@jit
def _parse_digits(text: Any, start: int, stop: int) -> Any:
    """Return the number of these digits; -1 if a character is no digit."""
    value = np.int64(0)
    for position in range(start, stop):
        digit = np.int64(text[position]) - 48
        if digit < 0 or digit > 9:
            return -1
        value = 10 * value + digit
    return value


@jit
def _parse_fraction(text: Any) -> Any:
    """Return microseconds, -1 for more than six digits or none after the point, and where the offset starts."""
    if text[19] != _POINT:
        return 0, 19
    stop = 20
    while stop < len(text) and 48 <= text[stop] <= 57:
        stop += 1
    if not 20 < stop <= 26:
        return -1, stop
    return _parse_digits(text, 20, stop) * 10 ** (26 - stop), stop


@jit
def _parse_offset(text: Any, start: int) -> Any:
    """Return minutes, or ``NO_TIMESTAMP``."""
    if len(text) == start + 1 and text[start] == _Z:
        return 0
    if len(text) != start + 6 or text[start + 3] != _COLON or (text[start] != _PLUS and text[start] != _DASH):
        return NO_TIMESTAMP
    hours, minutes = _parse_digits(text, start + 1, start + 3), _parse_digits(text, start + 4, start + 6)
    if not (0 <= hours < 24 and 0 <= minutes < 60):
        return NO_TIMESTAMP
    return (hours * 60 + minutes) * (1 if text[start] == _PLUS else -1)


@jit
def _count_days(year: int, month: int, day: int) -> int:
    """Return days since 1970; a year starts in March here, so that a leap day ends it."""
    years, months = (year, month - 3) if month > 2 else (year - 1, month + 9)
    leaps = years // 4 - years // 100 + years // 400
    return 365 * years + leaps + (153 * months + 2) // 5 + day - 719_469
