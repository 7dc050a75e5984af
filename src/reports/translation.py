"""A page's text in another language: phrases by their English, numbers as that language writes them."""

import json
import re
from functools import cache
from pathlib import Path

_PORTUGUESE = Path(__file__).parent / "templates" / "portuguese.json"

_NUMBER = re.compile(r"\d[\d.,]*\d|\d")
_SWAPPED = str.maketrans(".,", ",.")


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


@cache
def _read_phrases() -> dict[str, str]:
    phrases: dict[str, str] = json.loads(_PORTUGUESE.read_text(encoding="utf-8"))
    return phrases
