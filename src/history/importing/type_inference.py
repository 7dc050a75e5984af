"""Infer how the values of a column are written: as e-mail addresses, times or numbers."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_ISO = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?( ?(Z|UTC|[+-]\d\d(:?\d\d)?))?)?")
_UNIX = re.compile(r"1\d{9}(\d{3})?")
_DAYS = ("%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%m-%d-%Y", "%d.%m.%Y", "%Y/%m/%d", "%d/%m/%y", "%m/%d/%y")
_HOURS = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p", " %H:%M:%S %z", ", %H:%M", ", %H:%M:%S")
_PLAIN_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)")
_GROUPED = {
    "1.234,56": re.compile(r"[+-]?(\d{1,3}(\.\d{3})+|\d+)(,\d+)?"),
    "1,234.56": re.compile(r"[+-]?(\d{1,3}(,\d{3})+|\d+)(\.\d+)?"),
    "1 234,56": re.compile(r"[+-]?(\d{1,3}([ \u00a0]\d{3})+|\d+)(,\d+)?"),
}
_CURRENCY = re.compile(r"R\$|US\$|[$€£]|BRL|USD|EUR|GBP|MXN|COP")
_MIN_SHARE = 0.8
_MAX_DISTINCT = 300


class InferredFormat(NamedTuple):
    """The format that values seem to have.

    Attributes
    ----------
    format
        As a mapping declares it (``declared_formats``); empty: the import reads the values without one.
    doubt
        What is unsure about it.
    """

    format: str
    doubt: str = ""


def list_distinct(values: Sequence[str]) -> list[str]:
    """Return the first different values that are not empty."""
    return list(dict.fromkeys(value for value in values if value))[:_MAX_DISTINCT]


def is_value(text: str) -> bool:
    """Return whether a text is a value rather than a column's name."""
    return bool(
        _EMAIL.fullmatch(text) or _ISO.fullmatch(text) or infer_number_format([text]) or infer_time_format([text])
    )


def are_emails(values: Sequence[str]) -> bool:
    """Return whether nearly all values are e-mail addresses."""
    different = list_distinct(values)
    return bool(different) and sum(bool(_EMAIL.fullmatch(value)) for value in different) >= _MIN_SHARE * len(different)


def infer_unix_divisor(values: Sequence[str]) -> int | None:
    """Return 1 or 1000 if the values are seconds or milliseconds since 1970, else None."""
    different = list_distinct(values)
    if not different or not all(map(_UNIX.fullmatch, different)):
        return None
    return 1000 if len(different[0]) > 10 else 1


def infer_time_format(values: Sequence[str]) -> InferredFormat | None:
    """Return the pattern that most values fit; None if they are no times."""
    different = list_distinct(values)
    if not different:
        return None
    iso = sum(bool(_ISO.fullmatch(value)) for value in different)
    if iso == len(different):
        return InferredFormat("")
    fits = {day + hour: sum(_fits(value, day + hour) for value in different) for day in _DAYS for hour in _HOURS}
    pattern, most = max(fits.items(), key=lambda fit: fit[1])
    if most < _MIN_SHARE * len(different):
        return None
    if most < len(different):
        return InferredFormat(
            pattern, f"{len(different) - most} of {len(different)} different values are written otherwise"
        )
    other = next((p for p, count in fits.items() if count == most and p != pattern and p[:2] != pattern[:2]), None)
    return InferredFormat(pattern, f"{other} fits all values too: day first, or month first?" if other else "")


def infer_number_format(values: Sequence[str]) -> InferredFormat | None:
    """Return the number 1234.56 as the values write it; None if they are no numbers."""
    different = list_distinct(values)
    currencies = sorted({match[0] for value in different if (match := _CURRENCY.match(value))})
    if not different or len(currencies) > 1:
        return None
    digits = [value.removeprefix(currencies[0]).strip() if currencies else value for value in different]
    fits = [style for style, pattern in _GROUPED.items() if all(map(pattern.fullmatch, digits))]
    if all(map(_PLAIN_NUMBER.fullmatch, digits)):
        thousands = all(re.fullmatch(r"\d{1,3}\.\d{3}", value) for value in digits)
        doubt = "1.234 may be a thousand and more: then its form is 1.234,56" if thousands else ""
        return InferredFormat(f"{currencies[0]} 1,234.56" if currencies else "", doubt)
    if not fits:
        return None
    doubt = "1,234.56 fits all values too" if fits[:2] == ["1.234,56", "1,234.56"] else ""
    return InferredFormat(f"{currencies[0]} {fits[0]}" if currencies else fits[0], doubt)


def _fits(value: str, pattern: str) -> bool:
    try:
        return bool(datetime.strptime(value, pattern))  # noqa: DTZ007  (only whether it fits is asked)
    except ValueError:
        return False
