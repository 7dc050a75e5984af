"""Infer how the values of a column are written: as e-mail addresses, times or numbers."""

import re
from collections.abc import Sequence
from datetime import datetime
from functools import cache, lru_cache
from itertools import product
from typing import NamedTuple

from ...language import Phrase
from .month_names import has_month_name, translate_months

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_ISO = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?( ?(Z|UTC|[+-]\d\d(:\d\d)?))?)?")
_UNIX = re.compile(r"1\d{9}(\d{3})?")
# fmt: off
_DAYS = (
    "%d/%m/%Y", "%m/%d/%Y", "%Y-%m-%d", "%d-%m-%Y", "%m-%d-%Y", "%d.%m.%Y", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d",
    "%m%d%Y", "%d%m%Y",
    "%d/%m/%y", "%m/%d/%y", "%d.%m.%y", "%d-%b-%Y", "%d-%b-%y", "%d %b %Y", "%d/%b/%Y", "%b %d, %Y", "%b %d %Y",
    "%Y-%b-%d", "%a %b %d %Y", "%a, %d %b %Y", "%d %B %Y", "%d-%B-%Y", "%B %d, %Y", "%B %d %Y", "%A, %B %d, %Y",
    "%d de %B de %Y", "%d de %b de %Y",
)
_HOURS = (
    "", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p", " %I:%M%p", " %H:%M:%S %z", " %H:%M %z", ", %H:%M",
    ", %H:%M:%S", ", %I:%M %p", ", %I:%M:%S %p", " at %I:%M %p", " %H:%M:%S.%f", "T%H:%M:%S", "T%H:%M", " %Hh%M",
    " às %H:%M", " às %Hh%M", "T%H:%M:%S%z", " %H:%M:%S%z", "T%H:%M:%S.%f%z",
    "%H%M%S", "T%H%M%S",
)
# fmt: on
_DIGITS = ("%m%d%Y", "%d%m%Y")
_PATTERNS = tuple(
    day + hour
    for day, hour in product(_DAYS, _HOURS)
    if day == "%Y%m%d" or ("%H%M" not in hour and not (hour and day in _DIGITS))
)
#: What a text must look like for ``strptime`` to read it by a directive; it takes no less.
_DIRECTIVES = {
    "Y": r"\d{4}",
    "y": r"\d\d",
    "f": r"\d{1,6}",
    **dict.fromkeys("dmHIMS", r" ?\d{1,2}"),
    **dict.fromkeys("aAbBp", r"\D+"),
    "z": r"\S+",
}
_TIME_OF_DAY = re.compile(r"\d{1,2}:\d\d(:\d\d)?")
#: Eight digits are a day only between these years, else a number.
_COMPACT_DAY = re.compile(r"(19[5-9]|20[0-9])\d[01]\d[0-3]\d.*")
_COMPACT_DAY_LAST = re.compile(r"[0-3]\d[0-3]\d(19[5-9]|20[0-4])\d")
_PROBES = 7
#: Digits in other orders are days only where that many different ones are.
_MIN_DIGITS = 5
_PLAIN_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)")
_GROUPED = {
    "1.234,56": re.compile(r"[+-]?(\d{1,3}(\.\d{3})+|\d+)(,\d+)?"),
    "1,234.56": re.compile(r"[+-]?(\d{1,3}(,\d{3})+|\d+)(\.\d+)?"),
    "1 234,56": re.compile(r"[+-]?(\d{1,3}([ \u00a0]\d{3})+|\d+)(,\d+)?"),
}
_CURRENCY = re.compile(r"R\$|US\$|[$€£]|BRL|USD|EUR|GBP|MXN|COP")
_CURRENCY_AFTER = re.compile(r"\d\s*(R\$|US\$|[$€£]|BRL|USD|EUR|GBP|MXN|COP)$")
_MIN_POINTED = 5
_MIN_SHARE = 0.8
_MAX_DISTINCT = 300
#: An address has at most 254; patterns take long to find that a text of a million is no time.
_MAX_CHARACTERS = 1_000


class InferredFormat(NamedTuple):
    """The format that values seem to have.

    Attributes
    ----------
    format
        As a mapping declares it (``declared_formats``); empty: the import reads the values without one.
    doubt
        What is unsure about it.
    other
        Another form of times that fits all values too.
    """

    format: str
    doubt: str = ""
    other: str = ""


def list_distinct(values: Sequence[str]) -> list[str]:
    """Return the first different values that are not empty, cut where they are too long to be of any kind."""
    return list(dict.fromkeys(value[:_MAX_CHARACTERS] for value in values if value))[:_MAX_DISTINCT]


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


def are_times_of_day(values: Sequence[str]) -> bool:
    """Return whether all values are hours and minutes without a day."""
    different = list_distinct(values)
    return bool(different) and all(map(_TIME_OF_DAY.fullmatch, different))


def infer_time_format(values: Sequence[str]) -> InferredFormat | None:
    """Return the pattern that most values fit; None if they are no times."""
    return _infer_time_format(tuple(list_distinct(values)))


@lru_cache(maxsize=4096)
def _infer_time_format(different: tuple[str, ...]) -> InferredFormat | None:
    if not different:
        return None
    iso = sum(bool(_ISO.fullmatch(value)) for value in different)
    if iso >= _MIN_SHARE * len(different):  # no pattern reads a Z
        return InferredFormat("", _count_others(iso, len(different)))
    probes = different[:: max(len(different) // _PROBES, 1)]
    likely = [pattern for pattern in _PATTERNS if any(_fits(value, pattern) for value in probes)]
    fits = {pattern: sum(_fits(value, pattern) for value in different) for pattern in likely}
    # Who writes hours up to twelve writes the month first.
    pattern, most = max(
        fits.items(), key=lambda fit: (fit[1], "%p" in fit[0] and fit[0].startswith("%m")), default=("", 0)
    )
    if most < _MIN_SHARE * len(different) or (pattern in _DIGITS and most < max(len(different), _MIN_DIGITS)):
        return None
    if most < len(different):
        return InferredFormat(pattern, _count_others(most, len(different)))
    order = _order_of_day(pattern)
    other = next((p for p, count in fits.items() if count == most and _order_of_day(p) != order), None)
    if other is None:
        return InferredFormat(pattern)
    doubt = Phrase("{form} fits all values too: day first, or month first?", form=other)
    return InferredFormat(pattern, doubt, other)


def _count_others(most: int, every: int) -> str:
    """Return that some values are not written as most are; empty where all are."""
    if most == every:
        return ""
    return Phrase("{others:,} of {all:,} different values are written otherwise", others=every - most, all=every)


def _order_of_day(pattern: str) -> list[str]:
    """Return in which order year, month and day stand in a pattern."""
    return [letter.lower().replace("b", "m") for letter in re.findall("%([YymbBd])", pattern)]


def infer_number_format(values: Sequence[str]) -> InferredFormat | None:
    """Return the number 1234.56 as the values write it; None if they are no numbers."""
    different = list_distinct(values)
    before = {match[0] for value in different if (match := _CURRENCY.match(value))}
    after = {match[1] for value in different if (match := _CURRENCY_AFTER.search(value))}
    if not different or len(before) + len(after) > 1:
        return None
    prefix, suffix = next(iter(before), ""), next(iter(after), "")
    digits = [value.removeprefix(prefix).removesuffix(suffix).strip() for value in different]
    digits = digits if prefix or suffix else different
    fits = [style for style, pattern in _GROUPED.items() if all(map(pattern.fullmatch, digits))]
    if all(map(_PLAIN_NUMBER.fullmatch, digits)):
        if _have_thousands(digits):
            return InferredFormat(
                _add_currency("1.234,56", prefix, suffix),
                "1.234 was taken for a thousand and more: it may be a fraction",
            )
        thousands = all(re.fullmatch(r"\d{1,3}\.\d{3}", value) for value in digits)
        doubt = "1.234 may be a thousand and more: then its form is 1.234,56" if thousands else ""
        return InferredFormat(_add_currency("1,234.56", prefix, suffix) if prefix or suffix else "", doubt)
    if not fits:
        return None
    doubt = "1,234.56 fits all values too" if fits[:2] == ["1.234,56", "1,234.56"] else ""
    return InferredFormat(_add_currency(fits[0], prefix, suffix), doubt)


def _have_thousands(digits: Sequence[str]) -> bool:
    """Return whether points separate thousands: below a thousand there is none, above it three digits follow each.

    A decimal point would leave other numbers of digits too, and stand behind a zero.
    """
    pointed = [value for value in digits if "." in value]
    whole = [value for value in digits if "." not in value]
    are_groups = all(re.fullmatch(r"[+-]?[1-9]\d{0,2}\.\d{3}", value) for value in pointed)
    return len(pointed) >= _MIN_POINTED and bool(whole) and are_groups and all(len(v.lstrip("+-")) < 4 for v in whole)


def _add_currency(form: str, prefix: str, suffix: str) -> str:
    return f"{prefix} {form} {suffix}".strip()


@cache
def _compile_shape(pattern: str) -> re.Pattern[str]:
    """Return what every text that fits a pattern looks like.

    It is compiled once: ``strptime`` keeps what it compiles of a pattern for the last five alone.
    """
    parts = re.split(r"%(\w)|(\s+)", pattern)
    shapes = (
        re.escape(literal) + (_DIRECTIVES[directive] if directive else "") + (r"\s+" if space else "")
        for literal, directive, space in zip(parts[::3], [*parts[1::3], None], [*parts[2::3], None], strict=True)
    )
    return re.compile("".join(shapes), re.IGNORECASE)


def _fits(value: str, pattern: str) -> bool:
    if not _compile_shape(pattern).fullmatch(value):
        return False
    if pattern.startswith("%Y%m%d") and not _COMPACT_DAY.fullmatch(value):
        return False
    if pattern in _DIGITS and not _COMPACT_DAY_LAST.fullmatch(value):
        return False
    value = translate_months(value, pattern) if has_month_name(pattern) else value
    try:
        return bool(datetime.strptime(value, pattern))  # noqa: DTZ007  (only whether it fits is asked)
    except ValueError:
        return False
