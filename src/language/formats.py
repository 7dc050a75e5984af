"""Numbers, money and dates as a language writes them, by Babel's data."""

import re
from datetime import date, datetime
from decimal import Decimal
from functools import cache

from babel import Locale, dates, numbers


@cache
def read_separators(language: str) -> dict[int, str]:
    """Return what stands in this language for the comma and the point of an English number (``str.translate``).

    Python's own formatting of a number, translated by these, takes a twentieth of the time of Babel's.
    """
    symbols = numbers.get_group_symbol(language), numbers.get_decimal_symbol(language)
    return {ord(english): own for english, own in zip(",.", symbols, strict=True) if own != english}


def format_decimal(value: float | str, language: str) -> str:
    """Return a number as it is: 12,345 or 1.5."""
    return str(numbers.format_decimal(value, locale=language))


def format_count(value: float, language: str) -> str:
    """Return a whole number: 12,345."""
    return format_decimal(round(value), language)


def format_number(value: float, language: str, digits: int = 1) -> str:
    """Return a number with so many decimals."""
    return str(numbers.format_decimal(_round(value, digits), format=f"#,##0.{'0' * digits}", locale=language))


def format_share(value: float | str, language: str, digits: int = 0) -> str:
    """Return a share of one as a percentage: 12%."""
    pattern = f"#,##0.{'0' * digits}%" if digits else "#,##0%"
    return str(numbers.format_percent(_round(value, digits + 2), pattern, language))


def format_money(amount: Decimal, currency: str, language: str) -> str:
    """Return an amount in a currency: R$ 1.234,56."""
    return str(numbers.format_currency(amount, currency, locale=language))


def format_round_money(amount: Decimal, currency: str, language: str) -> str:
    """Return an amount without its cents, for what is only estimated."""
    pattern = Locale.parse(language).currency_formats["standard"].pattern.split(";")[0].replace(".00", "")
    return str(numbers.format_currency(round(amount), currency, pattern, language, currency_digits=False))


@cache
def split_currency_format(currency: str, language: str) -> tuple[str, str]:
    """Return what stands before and after an amount; Babel's own formatting is too slow for each of a million."""
    before, after = re.split(r"0[.,]?0*", numbers.format_currency(0, currency, locale=language), maxsplit=1)
    return before, after


def format_date(day: date, language: str) -> str:
    """Return a day: Jun 2, 2025."""
    return str(dates.format_date(day, "medium", language))


def format_instant(instant: datetime, language: str) -> str:
    """Return a day and a time, in the instant's own time zone."""
    return f"{format_date(instant.date(), language)} {dates.format_time(instant, 'HH:mm', locale=language)}"


def format_short_date(day: date, language: str) -> str:
    """Return a day and its month, for an axis."""
    return str(dates.format_skeleton("MMMd", day, locale=language))


def format_month(day: date, language: str) -> str:
    """Return a month and its year in figures, which stand beside one another under the bars of an axis."""
    return str(dates.format_skeleton("yMM", day, locale=language))


def _round(value: float | str, digits: int) -> float:
    return round(float(value), digits) + 0.0  # no minus before a zero
