"""Declared formats of times and numbers; a value in another format is reported as unread.

A time's format is a pattern of ``strptime`` (``%d/%m/%Y %H:%M``); names of months (``%b``, ``%B``) may be English,
Portuguese or Spanish. A number's format is the number 1234.56 or 1234 as the source would write it: ``1.234,56``,
``1234,56``, ``R$ 1.234,56``, ``1,234.56``, ``1.234,56 €``.
"""

import re
from collections.abc import Mapping
from dataclasses import replace

from ..errors import HistoryError
from ..sql import quote_identifier, quote_literal
from .month_names import build_month_sql, has_month_name
from .sources import Source

_NUMBER = re.compile(r"(?P<sign>[^\d]*?)\s*1(?P<thousands>[.,' ]?)234(?:(?P<decimal>[.,])56)?\s*(?P<after>[^\d]*)")
_DAY = ("%d", "%j", "%x", "%c")


def apply_formats(source: Source, where: str, times: Mapping[str, str], numbers: Mapping[str, str]) -> Source:
    """Return a source with its declared times in ISO 8601 and its numbers with a decimal point.

    Raises HistoryError, which names ``where``, for an unknown column or an invalid format.
    """
    read = {name: _build_time_sql(name, pattern, where) for name, pattern in times.items()}
    read |= {name: _build_number_sql(name, sample, where) for name, sample in numbers.items()}
    if not read:
        return source
    names = {name.lower(): name for name in source.columns}
    unknown = sorted(name for name in read if name.lower() not in names)
    if unknown:
        raise HistoryError(f"{where}: no column {', '.join(unknown)}; it has {', '.join(source.columns[:12])}")
    read = {names[name.lower()]: sql for name, sql in read.items()}
    formats = {names[name.lower()]: declared for name, declared in (*times.items(), *numbers.items())}
    values = ", ".join(f"{sql} AS {quote_identifier(name)}" for name, sql in read.items())
    unread = ", ".join(
        f"CASE WHEN trim({quote_identifier(name)}) <> '' AND {sql} IS NULL THEN {quote_literal(name)} END"
        for name, sql in read.items()
    )
    sql = (
        f"SELECT * REPLACE ({values}, list_filter([{unread}], lambda x: x IS NOT NULL) AS _unread) FROM ({source.sql})"
    )
    return replace(source, sql=sql, formats=formats)


def _build_time_sql(name: str, pattern: object, where: str) -> str:
    """Return SQL of a time in ISO 8601, NULL if the text does not fit the pattern."""
    if not isinstance(pattern, str) or not any(day in pattern for day in _DAY):
        raise HistoryError(f"{where}: the time {name} needs a pattern such as '%d/%m/%Y %H:%M', with the day in it")
    text = f"trim({quote_identifier(name)})"
    text = build_month_sql(text, pattern) if has_month_name(pattern) else text
    return f"CAST(try_strptime({text}, {quote_literal(pattern)}) AS VARCHAR)"


def _build_number_sql(name: str, sample: object, where: str) -> str:
    """Return SQL of a number with a decimal point, NULL if the text is not written like the sample."""
    match = _NUMBER.fullmatch(sample) if isinstance(sample, str) else None
    if match is None or match["thousands"] == match["decimal"]:
        raise HistoryError(f"{where}: the number {name} needs the form of 1234.56, such as '1.234,56' or '1234,56'")
    parts = (re.escape(match[part] or "") for part in ("sign", "thousands", "decimal", "after"))
    sign, thousands, decimal, after = parts
    integer_pattern = f"[0-9]{{1,3}}({thousands}[0-9]{{3}})+|[0-9]+" if thousands else "[0-9]+"
    part = f"({decimal}[0-9]+)?" if decimal else ""
    pattern = f"[+-]?({sign}\\s*)?[+-]?({integer_pattern}){part}" if sign else f"[+-]?({integer_pattern}){part}"
    pattern += f"(\\s*{after})?" if after else ""
    text = f"trim(replace({quote_identifier(name)}, chr(160), ' '))"
    digits = f"regexp_replace({text}, {quote_literal('[^0-9' + decimal + '-]')}, '', 'g')"
    if decimal and decimal != r"\.":
        digits = f"replace({digits}, ',', '.')"
    return f"CASE WHEN regexp_full_match({text}, {quote_literal(pattern)}) THEN {digits} END"
