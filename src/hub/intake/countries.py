"""Countries as files write them: a code, or a name in English, Portuguese or Spanish."""

from functools import cache

from babel import Locale

_LANGUAGES = ("en", "pt", "es")
_CODE_LETTERS = 2


def find_country(text: str) -> str:
    """Return the ISO 3166-1 alpha-2 code of a country; empty where it is none."""
    written = text.strip()
    if len(written) == _CODE_LETTERS and written.isascii() and written.isalpha():
        return written.upper()
    return _list_names().get(written.casefold(), "")


@cache
def _list_names() -> dict[str, str]:
    return {
        name.casefold(): code
        for language in _LANGUAGES
        for code, name in Locale(language).territories.items()
        if len(code) == _CODE_LETTERS and code.isalpha()
    }
