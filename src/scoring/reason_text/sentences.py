"""One value in words: its declaration's phrase, the lead's own value and how it compares, as the reader writes it."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache, lru_cache

from babel.dates import format_date, get_day_names
from babel.numbers import format_currency, get_currency_precision

from ...features import Feature
from ...features.phrases_pt import translate_phrases
from ..launch_quantiles import LaunchQuantiles
from .messages import MESSAGES, Language

_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True)
class TextOptions:
    """How values are told: the language, the currency of money, and the launch whose leads they are compared with."""

    language: Language = "en"
    currency: str | None = None
    quantiles: LaunchQuantiles | None = None


def render_sentence(
    feature: Feature, wording: TextOptions, shown: float | None, kind: int = 0, percent: int = 0, day: int | None = None
) -> str:
    """The sentence of a value: never the feature's name, never personal data.

    ``shown`` is the value rounded as people read it, None where there is none; ``kind`` and ``percent`` are how it
    compares, and ``day`` is when it happened, counted from 1970.
    """
    words = MESSAGES[wording.language]
    text = fill_phrase(feature, wording, shown)
    if day is not None:
        text += f" ({_date(day, wording.language)})"
    if wording.quantiles is not None and (comparison := words.comparison(feature, kind)):
        whom = words.leads if wording.quantiles.all_known(feature) or shown is None else words.leads_known
        text += ", " + comparison.format(share=f"{percent}%", leads=whom)
    return capitalize(text)


def fill_phrase(feature: Feature, wording: TextOptions, shown: float | None) -> str:
    """The declaration's phrase with the value; no ``format``, since a campaign's name may hold braces."""
    phrase, missing = _phrases(feature, wording.language)
    if shown is None:
        return missing
    if feature.unit == "flag":
        sides = phrase.split("|")  # so may it hold bars: the middle one parts yes from no
        half = len(sides) // 2
        return "|".join(sides[:half] if shown else sides[half:])
    return phrase.replace("{value}", format_value(feature, shown, wording))


def format_value(feature: Feature, shown: float, wording: TextOptions) -> str:
    """A value that is no flag's, as the reader writes its unit."""
    unit, words = feature.unit, MESSAGES[wording.language]
    if feature.measure == "weekday" and 0 <= shown < 7:
        return str(get_day_names("wide", locale=wording.language)[int(shown)])
    if unit == "money":
        return _money(shown, wording.currency, wording.language)
    number = words.number(shown, 2, trim=True) if count_decimals(unit, None) else words.number(shown)
    if unit == "times":
        return words.once if shown == 1 else words.times.format(number)
    if unit == "days":
        return {0: words.no_day, 1: words.one_day}.get(int(shown), words.days.format(number))
    return number


def count_decimals(unit: str, currency: str | None) -> int:
    """How many are shown behind the decimal point."""
    if unit == "money":
        return get_currency_precision(currency) if currency else 2
    return 2 if unit in ("ratio", "number") else 0


def hides_sign(feature: Feature) -> bool:
    """Whether its values are zero or negative, and are read without their sign."""
    return feature.measure == "net_amount" and feature.rows in ("refunded", "chargeback")


def capitalize(text: str) -> str:
    """As a sentence begins."""
    return text[:1].upper() + text[1:]


def _phrases(feature: Feature, language: Language) -> tuple[str, str]:
    """Those of an older model's declaration may not be translated; English is still understood."""
    own = (feature.phrase, feature.phrase_missing)
    return (translate_phrases(feature) or own) if language == "pt_BR" else own


def _money(amount: float, currency: str | None, language: Language) -> str:
    before, after = _around(currency, language) if currency else ("", "")
    number = MESSAGES[language].number(abs(amount), count_decimals("money", currency))
    return f"{'-' if amount < 0 else ''}{before}{number}{after}"


@cache
def _around(currency: str, language: Language) -> tuple[str, str]:
    """What the language writes before and after an amount; Babel's own formatting is too slow for each of a million."""
    before, after = re.split(r"0[.,]?0*", format_currency(0, currency, locale=language), maxsplit=1)
    return before, after


@lru_cache(maxsize=20_000)
def _date(day: int, language: Language) -> str:
    return format_date(_EPOCH + timedelta(days=day), "medium", locale=language)
