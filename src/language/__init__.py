"""What people read, in their language: texts by catalogues; numbers, money and dates by Babel."""

from .catalogue import LANGUAGES, Language, read_translations
from .translator import Phrase, Translator, mark

__all__ = ["LANGUAGES", "Language", "Phrase", "Translator", "mark", "read_translations"]
