"""The phrases of features in a language: of declared ones from the catalogue, of discovered ones by their kind.

A discovered feature (of an event type, a field of captures, a payment method) has the history's names in its phrase.
Its kind, which its declaration tells, has the sentence; names are filled in, translated where they are known.
"""

from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

from ..history.schema import ATTRIBUTE_PREFIX
from ..language import Language, Translator, mark
from .declaration import Aggregate, Feature, Source

#: Names of events, fields, answers and payment methods that have translations; any other keeps its own name.
NAMES = (
    "email clicked",
    "sales page visit",
    "comparison page visit",
    "syllabus visit",
    "return visit",
    "checkout started",
    "cart abandoned",
    "file downloaded",
    "live class attended",
    "calculator used",
    "free registration",
    "message to seller",
    "members first access",
    "members progress",
    "members inactive 15 days",
    "members inactive 30 days",
    "coupon sent",
    "product rated",
    "subscription active",
    "subscription overdue",
    "subscription canceled by customer",
    "subscription canceled by seller",
    "subscription canceled by admin",
    "source",
    "country",
    "language",
    "consent",
    "credit card",
    "billet",
    "true",
    "false",
)

_UNSEEN = mark("no “{event}” so far")
_UNKNOWN = mark("no {field} is known from the latest capture")
#: The phrases of a value and of a missing one, by source and by aggregate (events) or the kind of measure (the others).
_PHRASES = {
    ("events", "count"): (mark("“{event}”: {value}"), _UNSEEN),
    ("events", "sum"): (mark("recent “{event}”: {value} (each counts half after 14 days)"), _UNSEEN),
    ("events", "since_last"): (mark("last “{event}”: {value} ago"), _UNSEEN),
    ("events", "last"): (mark("“{event}” stood at {value}"), mark("no last “{event}” with a value")),
    ("captures", "number"): (
        mark("{field}: {value}"),
        mark("no number for {field} is known from the latest capture"),
    ),
    ("captures", "level"): (mark("{field} is “{level}”|{field} is not “{level}”"), _UNKNOWN),
    ("captures", "ratio"): (mark("leads with this {field} convert {value} times as often as all"), _UNKNOWN),
    ("purchases", "level"): (
        mark("last paid by {method}|is not known to have last paid by {method}"),
        mark("has never bought"),
    ),
}


class Wording(NamedTuple):
    """The phrases of a kind of feature, and the names in them by their place."""

    phrase: str
    missing: str
    names: Mapping[str, str]

    def fill(self, language: Language) -> tuple[str, str]:
        """Return both phrases in a language; ``{value}`` stays, and so do braces in a name."""
        translate = Translator(language)
        phrase, missing = translate(self.phrase), translate(self.missing)
        for place, name in self.names.items():
            shown = translate.pgettext("name", name)
            phrase, missing = (text.replace(f"{{{place}}}", shown) for text in (phrase, missing))
        return phrase, missing


def find_wording(source: Source, aggregate: Aggregate, rows: str, measure: str) -> Wording | None:
    """Return the wording of a feature that is declared so; None where its kind is not one that is discovered."""
    kind, _, content = measure.partition(":")
    phrases = _PHRASES.get((source, aggregate if source == "events" else kind))
    if phrases is None:
        return None
    if source == "events":
        return Wording(*phrases, {"event": to_event_words(rows)})
    column, _, level = content.partition("=")
    if source == "purchases":
        return Wording(*phrases, {"method": to_method_words(level)})
    return Wording(*phrases, {"field": to_field_words(column), "level": level})


def translate_phrases(feature: Feature, language: Language) -> tuple[str, str]:
    """Return the phrases of a value and of a missing one; English where an older model's are not translated."""
    declared = feature.phrase, feature.phrase_missing
    if language == "en":
        return declared
    return _translate_phrases(declared, feature.source, feature.aggregate, feature.rows, feature.measure, language)


@cache
def _translate_phrases(
    declared: tuple[str, str], source: Source, aggregate: Aggregate, rows: str, measure: str, language: Language
) -> tuple[str, str]:
    wording = find_wording(source, aggregate, rows, measure)
    if wording is not None and wording.fill("en") == declared:
        return wording.fill(language)
    phrase, missing = map(Translator(language), declared)
    return phrase, missing


def to_event_words(event_type: str) -> str:
    """Return an event type as people read it."""
    return to_method_words(event_type).lower()


def to_field_words(column: str) -> str:
    """Return a field of captures as people read it."""
    words = to_method_words(column.removeprefix(ATTRIBUTE_PREFIX))
    return f"UTM {words.removeprefix('utm ')}" if words.startswith("utm ") else words


def to_method_words(method: str) -> str:
    """Return a payment method as people read it."""
    return method.replace("_", " ")
