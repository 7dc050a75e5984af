"""Values in words: a declaration's phrase with the lead's own value, and how it compares, as the reader writes it."""

import re
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache

import numpy as np
from babel.dates import format_date
from babel.numbers import format_currency, get_currency_precision
from numpy.typing import NDArray

from features import Feature
from features.phrases_pt import phrases_pt
from scoring.comparison import LESS, MORE, LaunchQuantiles, counts_never
from scoring.vocabulary import VOCABULARIES, Language, Vocabulary

_EPOCH = date(1970, 1, 1)
_MICROSECONDS_A_DAY = 86_400_000_000
_NO_DAY = -(10**6)


@dataclass(frozen=True)
class Wording:
    """How values are told: the language, the currency of money, and the launch whose leads they are compared with."""

    language: Language = "en"
    currency: str | None = None
    quantiles: LaunchQuantiles | None = None


def sentences(
    feature: Feature, values: NDArray[np.float64], wording: Wording, as_of: NDArray[np.datetime64] | None = None
) -> list[str]:
    """One sentence a value: never the feature's name, never personal data.

    With ``as_of`` (one instant a value, UTC), what happened some days ago comes with its date in UTC.
    """
    shown = _rounded(feature, values, wording)
    kinds, percents = _compared(feature, values, wording)
    days = _days_of(feature, values, as_of)
    told: dict[tuple[float | None, int, int, int], str] = {}
    texts = []
    for key in zip(shown, kinds.tolist(), percents.tolist(), days.tolist(), strict=True):
        if key not in told:
            told[key] = _sentence(feature, wording, *key)
        texts.append(told[key])
    return texts


def describe(feature: Feature, value: float, wording: Wording) -> str:
    """The sentence of one value."""
    return sentences(feature, np.array([value]), wording)[0]


def describe_change(feature: Feature, before: float, after: float, wording: Wording) -> str:
    """The sentence of the later value, with the earlier one where it reads differently."""
    words, plain = VOCABULARIES[wording.language], replace(wording, quantiles=None)
    was, now = _rounded(feature, np.array([before, after]), plain)
    text = describe(feature, after, plain)
    if was == now:
        return text
    phrase, earlier = _phrases(feature, wording.language)
    if was is not None:  # a flag's value is read in its phrase alone
        earlier = _told(phrase if feature.unit == "flag" else "{value}", feature.unit, was, plain, words)
    return f"{text} ({words.before.format(earlier)})"


def describe_reweighing(feature: Feature, value: float, wording: Wording) -> str:
    """That the model's change is what moved the score here."""
    text = describe(feature, value, replace(wording, quantiles=None))
    return _capitalized(VOCABULARIES[wording.language].reweighed.format(text[:1].lower() + text[1:]))


def describe_base_change(change: float, wording: Wording) -> str:
    """That the model's change moved all leads alike, up or down."""
    words = VOCABULARIES[wording.language]
    return _capitalized(words.all_higher if change > 0 else words.all_lower)


def _sentence(feature: Feature, wording: Wording, shown: float | None, kind: int, percent: int, day: int) -> str:
    words = VOCABULARIES[wording.language]
    phrase, missing = _phrases(feature, wording.language)
    text = missing if shown is None else _told(phrase, feature.unit, shown, wording, words)
    if day != _NO_DAY:
        text += f" ({format_date(_EPOCH + timedelta(days=day), 'medium', locale=wording.language)})"
    if wording.quantiles is not None and (comparison := words.comparison(feature, kind)):
        whom = words.leads if wording.quantiles.all_known(feature) or shown is None else words.leads_known
        text += ", " + comparison.format(share=f"{percent}%", leads=whom)
    return _capitalized(text)


def _capitalized(text: str) -> str:
    return text[:1].upper() + text[1:]


def _phrases(feature: Feature, language: Language) -> tuple[str, str]:
    """Those of an older model's declaration may not be translated; English is still understood."""
    own = (feature.phrase, feature.phrase_missing)
    return (phrases_pt(feature) or own) if language == "pt_BR" else own


def _told(phrase: str, unit: str, shown: float, wording: Wording, words: Vocabulary) -> str:
    """The phrase with its value; no ``format``, since a campaign's name may hold braces."""
    if unit == "flag":
        sides = phrase.split("|")  # so may it hold bars: the middle one parts yes from no
        half = len(sides) // 2
        return "|".join(sides[:half] if shown else sides[half:])
    return phrase.replace("{value}", _value(unit, shown, wording, words))


def _value(unit: str, shown: float, wording: Wording, words: Vocabulary) -> str:
    if unit == "money":
        return _money(shown, wording.currency, wording.language)
    number = words.number(shown, 2, trim=True) if unit in ("ratio", "number") else words.number(shown)
    if unit == "times":
        return words.once if shown == 1 else words.times.format(number)
    if unit == "days":
        return {0: words.no_day, 1: words.one_day}.get(int(shown), words.days.format(number))
    return number


def _rounded(feature: Feature, values: NDArray[np.float64], wording: Wording) -> list[float | None]:
    """To as many digits as are shown; None where there is no value."""
    digits = {"money": _precision(wording.currency), "ratio": 2, "number": 2}.get(feature.unit, 0)
    numbers = np.round(-values if _takes_back(feature) else values, digits) + 0.0  # no minus before a zero
    if feature.unit == "days":
        numbers[values < 1] = 0.0
    return [None if missing else number for missing, number in zip(np.isnan(values), numbers.tolist(), strict=True)]


def _takes_back(feature: Feature) -> bool:
    """Whether its values are zero or negative, and are read without their sign."""
    return feature.measure == "net_amount" and feature.rows in ("refunded", "chargeback")


def _compared(
    feature: Feature, values: NDArray[np.float64], wording: Wording
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    if wording.quantiles is None:
        return np.zeros(len(values), np.int64), np.zeros(len(values), np.int64)
    kinds, percents = wording.quantiles.compare(feature, values)
    if _takes_back(feature):
        kinds = np.select([kinds == MORE, kinds == LESS], [LESS, MORE], kinds)
    return kinds, percents


def _days_of(feature: Feature, values: NDArray[np.float64], as_of: NDArray[np.datetime64] | None) -> NDArray[np.int64]:
    """The day since 1970 on which it happened, where the feature tells how long ago."""
    if as_of is None or not counts_never(feature):
        return np.full(len(values), _NO_DAY)
    instants = as_of.astype("datetime64[us]").astype(np.int64) / _MICROSECONDS_A_DAY - values
    return np.where(np.isnan(values), _NO_DAY, np.floor(np.nan_to_num(instants))).astype(np.int64)


def _money(amount: float, currency: str | None, language: Language) -> str:
    before, after = _around(currency, language) if currency else ("", "")
    digits = VOCABULARIES[language].number(abs(amount), _precision(currency))
    return f"{'-' if amount < 0 else ''}{before}{digits}{after}"


def _precision(currency: str | None) -> int:
    return get_currency_precision(currency) if currency else 2


@cache
def _around(currency: str, language: Language) -> tuple[str, str]:
    """What the language writes before and after an amount; Babel's own formatting is too slow for each of a million."""
    before, after = re.split(r"0[.,]?0*", format_currency(0, currency, locale=language), maxsplit=1)
    return before, after
