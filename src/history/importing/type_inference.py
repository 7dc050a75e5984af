"""How the values of a column seem to be written: as e-mail addresses, as times, as numbers."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_ISO = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?( ?(Z|UTC|[+-]\d\d(:?\d\d)?))?)?")
_UNIX = re.compile(r"1\d{9}(\d{3})?")
_DAYS = ("%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%m-%d-%Y", "%d.%m.%Y", "%Y/%m/%d", "%d/%m/%y", "%m/%d/%y")
_HOURS = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p", " %H:%M:%S %z", ", %H:%M", ", %H:%M:%S")
_PLAIN = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)")
_GROUPED = {
    "1.234,56": re.compile(r"[+-]?(\d{1,3}(\.\d{3})+|\d+)(,\d+)?"),
    "1,234.56": re.compile(r"[+-]?(\d{1,3}(,\d{3})+|\d+)(\.\d+)?"),
    "1 234,56": re.compile(r"[+-]?(\d{1,3}([ \u00a0]\d{3})+|\d+)(,\d+)?"),
}
_SIGN = re.compile(r"R\$|US\$|[$€£]|BRL|USD|EUR|GBP|MXN|COP")
_ENOUGH = 0.8
_DISTINCT = 300


class InferredFormat(NamedTuple):
    """How values are written (empty: as the import reads them anyway), and what is unsure about it."""

    form: str
    doubt: str = ""


def list_distinct(values: Sequence[str]) -> list[str]:
    """The first different values that are not empty."""
    return list(dict.fromkeys(value for value in values if value))[:_DISTINCT]


def is_value(text: str) -> bool:
    """Whether a text is a value rather than a column's name."""
    return bool(
        _EMAIL.fullmatch(text) or _ISO.fullmatch(text) or infer_number_format([text]) or infer_time_format([text])
    )


def are_emails(values: Sequence[str]) -> bool:
    """Whether nearly all values are e-mail addresses."""
    found = list_distinct(values)
    return bool(found) and sum(bool(_EMAIL.fullmatch(value)) for value in found) >= _ENOUGH * len(found)


def infer_unix_divisor(values: Sequence[str]) -> int | None:
    """1 or 1000 where the values are seconds or milliseconds since 1970."""
    found = list_distinct(values)
    if not found or not all(map(_UNIX.fullmatch, found)):
        return None
    return 1000 if len(found[0]) > 10 else 1


def infer_time_format(values: Sequence[str]) -> InferredFormat | None:
    """The pattern that most values have; None where they are no times."""
    found = list_distinct(values)
    if not found:
        return None
    iso = sum(bool(_ISO.fullmatch(value)) for value in found)
    if iso == len(found):
        return InferredFormat("")
    fits = {day + hour: sum(_parses(value, day + hour) for value in found) for day in _DAYS for hour in _HOURS}
    pattern, most = max(fits.items(), key=lambda fit: fit[1])
    if most < _ENOUGH * len(found):
        return None
    if most < len(found):
        return InferredFormat(pattern, f"{len(found) - most} of {len(found)} different values are written otherwise")
    other = next((p for p, count in fits.items() if count == most and p != pattern and p[:2] != pattern[:2]), None)
    return InferredFormat(pattern, f"{other} fits all values too: day first, or month first?" if other else "")


def infer_number_format(values: Sequence[str]) -> InferredFormat | None:
    """The number 1234.56 as the values write it; None where they are no numbers."""
    found = list_distinct(values)
    signs = sorted({sign[0] for value in found if (sign := _SIGN.match(value))})
    if not found or len(signs) > 1:
        return None
    bare = [value.removeprefix(signs[0]).strip() if signs else value for value in found]
    fits = [form for form, written in _GROUPED.items() if all(map(written.fullmatch, bare))]
    if all(map(_PLAIN.fullmatch, bare)):
        thousands = all(re.fullmatch(r"\d{1,3}\.\d{3}", value) for value in bare)
        doubt = "1.234 may be a thousand and more: then its form is 1.234,56" if thousands else ""
        return InferredFormat(f"{signs[0]} 1,234.56" if signs else "", doubt)
    if not fits:
        return None
    doubt = "1,234.56 fits all values too" if fits[:2] == ["1.234,56", "1,234.56"] else ""
    return InferredFormat(f"{signs[0]} {fits[0]}" if signs else fits[0], doubt)


def _parses(value: str, pattern: str) -> bool:
    try:
        return bool(datetime.strptime(value, pattern))  # noqa: DTZ007  (only whether it fits is asked)
    except ValueError:
        return False
