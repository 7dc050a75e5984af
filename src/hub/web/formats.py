"""Template filters: numbers, money and instants in the reader's language and the installation's time zone."""

from datetime import datetime

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
def format_share(value: float | None, digits: int = 0) -> str:
    """Return a share of one: 12%."""
    if value is None:
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


def _get_locale() -> Locale:
    return Locale.parse(to_locale(get_language() or "en"))
