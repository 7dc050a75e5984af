"""The catalogues: English texts and their translations, in ``locale``, which `make messages` brings up to date.

``hotleads.po`` holds the texts of everything but the hub's pages, ``django.po`` those of the pages, which Django reads.
"""

import gettext
from functools import cache
from pathlib import Path
from typing import Literal, get_args

#: The languages that people are spoken to in. Texts are written in the first.
Language = Literal["en", "pt_BR"]
LANGUAGES: tuple[Language, ...] = get_args(Language)

FOLDER = Path(__file__).parent / "locale"


@cache
def read_translations(language: str) -> gettext.NullTranslations:
    """Return the translations of a language; what has none stays as it is, in English.

    Parameters
    ----------
    language : {"en", "pt_BR"}
        The language.
    """
    return gettext.NullTranslations() if language == "en" else gettext.translation("hotleads", FOLDER, [language])
