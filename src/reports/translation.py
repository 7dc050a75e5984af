"""A page's text in another language: phrases by their English, numbers as that language writes them."""

import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from string import Formatter

_PORTUGUESE = Path(__file__).parent / "templates" / "portuguese.json"

_NUMBER = re.compile(r"\d[\d.,]*\d|\d")
_SWAPPED = str.maketrans(".,", ",.")


class Phrase(str):
    """An English sentence that keeps its pattern and values, so that a page can show it in another language.

    Everywhere else it is plain text.

    Parameters
    ----------
    pattern : str
        The sentence; `{name:.2f}` stands for a value.
    **values : object
        The values by name: numbers, texts, phrases, or tuples of phrases, which are listed.

    Examples
    --------
    >>> Phrase("{share:.1%} of the leads bought", share=0.0342)
    '3.4% of the leads bought'
    """

    pattern: str
    values: Mapping[str, object]

    def __new__(cls, pattern: str, **values: object) -> "Phrase":
        phrase = super().__new__(cls, _PhraseFormatter().vformat(pattern, (), values))
        phrase.pattern, phrase.values = pattern, values
        return phrase

    def __getnewargs_ex__(self) -> tuple[tuple[str], Mapping[str, object]]:
        """Return what a copy is made of."""
        return (self.pattern,), self.values


class Translator:
    """Translates a page's phrases; English ones stay as they are.

    Parameters
    ----------
    language : str
        `en` or `pt_BR`. `templates/portuguese.json` has the Portuguese by its English; `{name}` stands for a value,
        `{}` for a number in a picture.
    """

    def __init__(self, language: str) -> None:
        self.language = language
        self._phrases = {} if language == "en" else _read_phrases()

    def __call__(self, phrase: str, **values: object) -> str:
        """Return the phrase in the page's language, with its values.

        Raises
        ------
        KeyError
            The phrase has no translation.
        """
        known = phrase if self.language == "en" else self._phrases[phrase]
        return known.format(**values) if values else known

    def translate_phrase(self, text: str) -> str:
        """Return a phrase in the page's language; a text that is no phrase stays as it is. Raises KeyError."""
        if self.language == "en" or not isinstance(text, Phrase):
            return str(text)
        return _PhraseFormatter(self).vformat(self._phrases[text.pattern], (), text.values)

    def write_number(self, text: str) -> str:
        """Return an English number, or an interval of two, as the language writes it."""
        return text if self.language == "en" else text.translate(_SWAPPED).replace(" to ", " a ")

    def translate_picture(self, text: str) -> str:
        """Return a picture's text translated; numbers as the language writes them, names as they are."""
        if self.language == "en":
            return text
        numbers = _NUMBER.findall(text)
        phrase = self._phrases.get(_NUMBER.sub("{}", text))
        if phrase is not None:
            return phrase.format(*map(self.write_number, numbers))
        is_number = bool(re.fullmatch(r"[−-]?[\d.,]+%?", text))
        return self._phrases.get(text, self.write_number(text) if is_number else text)


class _PhraseFormatter(Formatter):
    """Formats values as a language writes them; English without a translator."""

    def __init__(self, translate: Translator | None = None) -> None:
        self._translate = translate

    def format_field(self, value: object, format_spec: str) -> str:
        if isinstance(value, tuple):
            return ", ".join(self.format_field(item, "") for item in value)
        text = str(format(value, format_spec))
        if self._translate is None:
            return text
        if isinstance(value, str):
            return self._translate.translate_phrase(value)
        return self._translate.write_number(text)


@cache
def _read_phrases() -> dict[str, str]:
    phrases: dict[str, str] = json.loads(_PORTUGUESE.read_text(encoding="utf-8"))
    return phrases
