"""Sentences in a reader's language: messages with values by name, and phrases that keep their values until then."""

from collections.abc import Mapping
from numbers import Integral
from string import Formatter
from typing import Any

from .catalogue import read_translations


def mark(message: str) -> str:
    """Return an English text unchanged, for the catalogues: a `Translator` gets it later.

    Parameters
    ----------
    message : str
        The text.
    """
    return message


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

    def to_json(self) -> dict[str, Any]:
        """Return the pattern and the values, which are numbers, texts, phrases and lists of them, as JSON has them."""
        return {"text": self.pattern, "values": {name: _to_json(value) for name, value in self.values.items()}}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "Phrase":
        """Return the phrase that `to_json` wrote."""
        return cls(values["text"], **{name: _from_json(value) for name, value in values["values"].items()})

    def __getnewargs_ex__(self) -> tuple[tuple[str], Mapping[str, object]]:
        """Return what a copy is made of."""
        return (self.pattern,), self.values


def _to_json(value: object) -> Any:
    if isinstance(value, Phrase):
        return value.to_json()
    if isinstance(value, tuple):
        return [_to_json(item) for item in value]
    return int(value) if isinstance(value, Integral) else value  # NumPy's too


def _from_json(value: Any) -> object:
    if isinstance(value, Mapping):
        return Phrase.from_json(value)
    return tuple(map(_from_json, value)) if isinstance(value, list) else value


class Translator:
    """Gives messages in a language, by their English.

    Parameters
    ----------
    language : {"en", "pt_BR"}
        The language.

    Examples
    --------
    >>> Translator("pt_BR")("{count} rows", count="12")
    '12 linhas'
    """

    def __init__(self, language: str) -> None:
        self.language = language
        self._translations = read_translations(language)

    def __call__(self, message: str, /, **values: object) -> str:
        """Return the message with its values."""
        return _fill(self._translations.gettext(message), values)

    def ngettext(self, singular: str, plural: str, number: int, /, **values: object) -> str:
        """Return the message in the form that the number asks for."""
        return _fill(self._translations.ngettext(singular, plural, number), values)

    def pgettext(self, context: str, message: str, /, **values: object) -> str:
        """Return the message that means, in this context, something else than elsewhere."""
        return _fill(self._translations.pgettext(context, message), values)

    def translate_phrase(self, text: str) -> str:
        """Return a phrase in the language; a text that is no phrase stays as it is."""
        if self.language == "en" or not isinstance(text, Phrase):
            return str(text)
        return _PhraseFormatter(self).vformat(self(text.pattern), (), text.values)

    def write_number(self, text: str) -> str:
        """Return an English number as the language writes it."""
        if self.language == "en":
            return text
        from .formats import read_separators  # Babel is not needed before

        return text.translate(read_separators(self.language))


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


def _fill(message: str, values: Mapping[str, object]) -> str:
    return message.format(**values) if values else message
