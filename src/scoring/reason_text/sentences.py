"""One value in words: its declaration's phrase with the lead's own value, and how it compares with others."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import NamedTuple

from babel.dates import get_day_names
from babel.numbers import get_currency_precision

from ...features import Feature
from ...features.wording import translate_phrases
from ...language import Language
from ...language.formats import format_date, split_currency_format
from ..launch_quantiles import LaunchQuantiles
from .messages import read_messages

_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True)
class TextOptions:
    """How the text of reasons is written.

    Parameters
    ----------
    language : {"en", "pt_BR"}
    currency : str, optional
        The ISO 4217 code of amounts.
    quantiles : LaunchQuantiles, optional
        The launch whose leads a value is compared with; without it a sentence compares with nobody.
    """

    language: Language = "en"
    currency: str | None = None
    quantiles: LaunchQuantiles | None = None


class Comparison(NamedTuple):
    """How a value compares with those of the launch's leads.

    Attributes
    ----------
    kind, percent : int
        As ``compare`` returns them.
    covers_all : bool
        Whether the percentage is of all the launch's leads, or of those alone that have a value.
    """

    kind: int
    percent: int
    covers_all: bool


def render_sentence(
    feature: Feature, options: TextOptions, shown: float | None, comparison: Comparison, day: int | None = None
) -> str:
    """Return the sentence of a value: never the feature's name, never personal data.

    Parameters
    ----------
    feature : Feature
    options : TextOptions
    shown : float or None
        The value, rounded as people read it; None where it is missing.
    comparison : Comparison
    day : int, optional
        When it happened, in days since 1970.
    """
    messages = read_messages(options.language)
    text = fill_phrase(feature, options, shown)
    if day is not None:
        text += f" ({_format_day(day, options.language)})"
    if form := messages.get_comparison(feature, comparison.kind):
        leads = messages.leads if comparison.covers_all else messages.leads_known
        text += ", " + form.format(share=f"{comparison.percent}%", leads=leads)
    return capitalize(text)


def fill_phrase(feature: Feature, options: TextOptions, shown: float | None) -> str:
    """Return the declaration's phrase with the value; no ``format``, since a campaign's name may hold braces."""
    phrase, missing = translate_phrases(feature, options.language)
    if shown is None:
        return missing
    if feature.unit == "flag":
        sides = phrase.split("|")  # it may hold bars too: the middle one parts yes from no
        half = len(sides) // 2
        return "|".join(sides[:half] if shown else sides[half:])
    return phrase.replace("{value}", format_value(feature, shown, options))


def format_value(feature: Feature, shown: float, options: TextOptions) -> str:
    """Return a value as the reader writes its unit; not for a flag, whose value is in its phrase."""
    unit, messages = feature.unit, read_messages(options.language)
    if feature.measure == "weekday" and 0 <= shown < 7:
        return str(get_day_names("wide", locale=options.language)[int(shown)])
    if unit == "money":
        return _format_money(shown, options.currency, options.language)
    decimals = count_decimals(unit, None)
    number = messages.format_number(shown, decimals, trim=decimals > 0)
    if unit == "times":
        return messages.once if shown == 1 else messages.times.replace("{count}", number)
    if unit == "days":
        if int(shown) in (0, 1):
            return messages.one_day if int(shown) else messages.no_day
        return messages.days.replace("{count}", number)
    return number


def count_decimals(unit: str, currency: str | None) -> int:
    """Return how many digits are shown behind the decimal point."""
    if unit == "money":
        return get_currency_precision(currency) if currency else 2
    return 2 if unit in ("ratio", "number") else 0


def hides_sign(feature: Feature) -> bool:
    """Return whether the values are zero or negative (money given back) and are read without their sign."""
    return feature.measure == "net_amount" and feature.rows in ("refunded", "chargeback")


def capitalize(text: str) -> str:
    """Return the text with a capital first letter, the others unchanged."""
    return text[:1].upper() + text[1:]


def _format_money(amount: float, currency: str | None, language: Language) -> str:
    before, after = split_currency_format(currency, language) if currency else ("", "")
    number = read_messages(language).format_number(abs(amount), count_decimals("money", currency))
    return f"{'-' if amount < 0 else ''}{before}{number}{after}"


@lru_cache(maxsize=20_000)
def _format_day(day: int, language: Language) -> str:
    return format_date(_EPOCH + timedelta(days=day), language)
