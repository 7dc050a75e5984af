"""Template filters: numbers, money and instants in the reader's language and the installation's time zone.

A number on a page is marked by ``figure`` with the name of its definition in docs/figures.md, and what is no figure
though it has digits by its element: ``<time>`` or ``<code>``.
"""

from collections.abc import Mapping
from datetime import date, datetime

from django import template
from django.utils import timezone
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, to_locale

from ...language import LANGUAGES, Language, Translator, formats, get_message
from ..money import convert_from_minor

register = template.Library()
_NOTHING = "–"


@register.filter("number")
def format_number(value: float | str | None) -> str:
    """Return a count: 12,345. What a template does not find is an empty text, and no count."""
    return _NOTHING if value is None or value == "" else formats.format_decimal(value, get_locale())


@register.filter("number_up_to")
def format_number_up_to(value: int, cap: int) -> str:
    """Return a count that stops at a cap: 100,000+."""
    return f"{format_number(value)}{'+' if value >= cap else ''}"


@register.filter("percent")
def format_share(value: float | str | None, digits: int = 0) -> str:
    """Return a share of one: 12%. What a template does not find is an empty text, and no share."""
    return _NOTHING if value is None or value == "" else formats.format_share(value, get_locale(), digits)


@register.filter("times")
def format_times(value: float | None) -> str:
    """Return how many times something is something else: 2.5 ×."""
    return _NOTHING if value is None else f"{formats.format_number(value, get_locale())} ×"


@register.filter("money")
def format_money(minor: float | None, currency: str) -> str:
    """Return an amount that is in a currency's smallest unit."""
    if minor is None or not currency:
        return format_number(minor)
    return formats.format_money(convert_from_minor(round(minor), currency), currency, get_locale())


@register.filter("round_money")
def format_round_money(minor: float | None, currency: str) -> str:
    """Return an amount, without its cents: for what is only estimated."""
    if minor is None or not currency:
        return format_number(None if minor is None else round(minor))
    return formats.format_round_money(convert_from_minor(round(minor), currency), currency, get_locale())


@register.filter("instant")
def format_instant(value: datetime | None) -> str:
    """Return a day and a time."""
    return _NOTHING if value is None else formats.format_instant(timezone.localtime(value), get_locale())


@register.filter("day")
def format_day(value: datetime | None) -> str:
    """Return a day."""
    return _NOTHING if value is None else format_date(timezone.localtime(value).date())


@register.filter("date_only")
def format_date(value: date) -> str:
    """Return a date of the calendar, which no time zone moves."""
    return formats.format_date(value, get_locale())


@register.filter("figure")
def mark_figure(text: str, name: str) -> SafeString:
    """Return a number as an element that says which figure it is; of an interval's end the name has low or high."""
    return format_html('<span data-figure="{}">{}</span>', name, text)


@register.filter("element")
def render_element(text: str, name: str) -> SafeString:
    """Return a text as an element: ``time`` or ``code``."""
    return format_html("<{0}>{1}</{0}>", name, text)


def fill_sentence(sentence: str, words: Mapping[str, str]) -> SafeString:
    """Return a sentence with its words in their places, of which marked figures keep their marks."""
    escaped = {name: conditional_escape(word) for name, word in words.items()}
    return mark_safe(conditional_escape(sentence) % escaped)  # noqa: S308 - both sides are escaped


@register.filter("phrase")
def translate_phrase(text: str) -> str:
    """Return a phrase in the reader's language; any other text as it is."""
    return Translator(get_locale()).translate_phrase(text)


def translate_error(error: Exception) -> str:
    """Return an error's words in the reader's language."""
    return translate_phrase(get_message(error))


def format_short_date(value: date) -> str:
    """Return a day and its month, for an axis."""
    return formats.format_short_date(value, get_locale())


def format_month(value: datetime | None) -> str:
    """Return a month and its year, for an axis."""
    return "" if value is None else formats.format_month(timezone.localtime(value), get_locale())


def get_locale() -> Language:
    """Return the reader's language as the catalogues call it: ``en`` or ``pt_BR``."""
    return next((language for language in LANGUAGES if language == to_locale(get_language() or "")), "en")
