"""What people read, in their language: texts by catalogues; numbers, money and dates by Babel."""

from .catalogue import LANGUAGES, Language, read_translations
from .stored_text import cap_text, decode_text, encode_text, get_message
from .translator import Phrase, Translator, mark

__all__ = [
    "LANGUAGES",
    "Language",
    "Phrase",
    "Translator",
    "cap_text",
    "decode_text",
    "encode_text",
    "get_message",
    "mark",
    "read_translations",
]
