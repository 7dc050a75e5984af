"""Portuguese and Spanish names of months, which neither Python's nor DuckDB's ``strptime`` knows."""

import re

from ..sql import quote_literal

#: How each month is written where it is not as in English; parts in brackets are optional.
_SPELLINGS = {
    "January": r"janeiro|ene(ro)?",
    "February": r"fev(ereiro)?|febrero",
    "March": r"mar[cç]o|marzo",
    "April": r"abr(il)?",
    "May": r"mai(o)?|mayo",
    "June": r"junho|junio",
    "July": r"julho|julio",
    "August": r"ago(sto)?",
    "September": r"set(embro)?|sept(iembre)?",
    "October": r"out(ubro)?|octubre",
    "November": r"novembro|noviembre",
    "December": r"dez(embro)?|dic(iembre)?",
}
#: A short name's full stop before a space: 1 de fev. de 2024.
_FULL_STOP = r"\b([a-z]{3,4})\. "


def has_month_name(pattern: str) -> bool:
    """Return whether a pattern of ``strptime`` has a month's name in it."""
    return "%b" in pattern or "%B" in pattern


def translate_months(text: str, pattern: str) -> str:
    """Return a text with the names of its months in English, as long as the pattern wants them."""
    text = re.sub(_FULL_STOP, r"\1 ", text, flags=re.IGNORECASE)
    for month, spellings in _SPELLINGS.items():
        text = re.sub(rf"\b({spellings})\b", _shorten(month, pattern), text, flags=re.IGNORECASE)
    return text


def build_month_sql(text: str, pattern: str) -> str:
    """Return SQL that does to the SQL ``text`` what ``translate_months`` does to a text."""
    sql = f"regexp_replace({text}, {quote_literal(_FULL_STOP)}, '\\1 ', 'gi')"
    for month, spellings in _SPELLINGS.items():
        words = quote_literal(rf"\b({spellings})\b")
        sql = f"regexp_replace({sql}, {words}, {quote_literal(_shorten(month, pattern))}, 'gi')"
    return sql


def _shorten(month: str, pattern: str) -> str:
    return month if "%B" in pattern else month[:3]
