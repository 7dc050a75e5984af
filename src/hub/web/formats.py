"""Template filters: numbers, money and instants in the reader's language and the installation's time zone."""

from datetime import UTC, date, datetime

from babel import Locale, dates, numbers
from django import template
from django.utils import timezone
from django.utils.translation import get_language, to_locale

from ..money import convert_from_minor

register = template.Library()
_NOTHING = "–"


@register.filter("number")
def format_number(value: float | str | None) -> str:
    """Return a count: 12,345. What a template does not find is an empty text, and no count."""
    return _NOTHING if value is None or value == "" else str(numbers.format_decimal(value, locale=_get_locale()))


@register.filter("percent")
def format_share(value: float | str | None, digits: int = 0) -> str:
    """Return a share of one: 12%. What a template does not find is an empty text, and no share."""
    if value is None or value == "":
        return _NOTHING
    pattern = f"#,##0.{'0' * digits}%" if digits else "#,##0%"
    return str(numbers.format_percent(value, pattern, _get_locale()))


@register.filter("money")
def format_money(minor: int | None, currency: str) -> str:
    """Return an amount that is in a currency's smallest unit."""
    if minor is None:
        return _NOTHING
    if not currency:
        return format_number(minor)
    return str(numbers.format_currency(convert_from_minor(minor, currency), currency, locale=_get_locale()))


@register.filter("round_money")
def format_round_money(minor: float | None, currency: str) -> str:
    """Return an amount, without its cents: for what is only estimated."""
    if minor is None or not currency:
        return format_money(None if minor is None else round(minor), currency)
    amount = convert_from_minor(round(minor), currency)
    locale = _get_locale()
    pattern = locale.currency_formats["standard"].pattern
    return str(
        numbers.format_currency(
            round(amount), currency, pattern.split(";")[0].replace(".00", ""), locale, currency_digits=False
        )
    )


@register.filter("instant")
def format_instant(value: datetime | None) -> str:
    """Return a day and a time."""
    if value is None:
        return _NOTHING
    shown, locale = timezone.localtime(value), _get_locale()
    return f"{dates.format_date(shown, 'medium', locale)} {dates.format_time(shown, 'HH:mm', locale=locale)}"


@register.filter("day")
def format_day(value: datetime | None) -> str:
    """Return a day."""
    if value is None:
        return _NOTHING
    return str(dates.format_date(timezone.localtime(value).date(), "medium", _get_locale()))


@register.filter("date_only")
def format_date(value: date) -> str:
    """Return a date of the calendar, which no time zone moves."""
    return str(dates.format_date(value, "medium", _get_locale()))


def format_short_date(value: date) -> str:
    """Return a day and its month, for an axis."""
    return str(
        dates.format_skeleton("MMMd", datetime(value.year, value.month, value.day, tzinfo=UTC), locale=_get_locale())
    )


def format_month(value: datetime | None) -> str:
    """Return a month and its year, for an axis."""
    return "" if value is None else str(dates.format_skeleton("yMMM", timezone.localtime(value), locale=_get_locale()))


def _get_locale() -> Locale:
    return Locale.parse(to_locale(get_language() or "en"))
