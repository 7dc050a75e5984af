"""What a column of an export is beside its role: personal, an id, an answer, empty; by its name and its values."""

import re
import tomllib
import unicodedata
from collections.abc import Sequence
from importlib import resources

from .type_inference import (
    are_emails,
    infer_number_format,
    infer_time_format,
    infer_unix_divisor,
    list_distinct,
)

#: Words of exports by what they mean (``export_words.toml``).
WORDS = tomllib.loads((resources.files(__package__) / "export_words.toml").read_text(encoding="utf-8"))
_PERSONAL_NAMES, _CONTACTS = set(WORDS["who"]["personal_names"]), set(WORDS["who"]["contacts"])
_PEOPLE, _THINGS, _IDS = (set(WORDS["who"][name]) for name in ("people", "things", "ids"))
_YES_NO = {"0", "1", "yes", "no", "true", "false", "sim", "não", "nao", "y", "n", "s", "t", "f", "si", "x", "-"}
_PHONE = re.compile(r"\+?\(?\d[\d\s().-]{7,17}\d")
_ADDRESS_OF_HOST = re.compile(r"\d{1,3}(\.\d{1,3}){3}|[0-9a-f]{0,4}(:[0-9a-f]{0,4}){3,7}")
#: A spreadsheet writes a whole number beside gaps as ``17850.0``.
_ID = re.compile(r"[A-Za-z0-9_#:/-]+(\.0)?")
#: "Ana Prado", "PRADO, ANA M": most values of a column of names are written so.
_FULL_NAME = re.compile(r"[^\W\d_]['\w.-]*(,? [^\W\d_]['\w.-]*){1,4}")
_MIN_SHARE, _MIN_NAMES = 0.8, 5
_FEW_VALUES, _ENOUGH_ROWS = 15, 30
_LONG_TEXT = 40


def normalise_name(text: str) -> str:
    """Return a name as plain words: ``e mail`` for ``E-mail``, ``customer id`` for ``CustomerID``."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text)
    letters = unicodedata.normalize("NFKD", spaced.lower()).encode("ascii", "ignore").decode()
    return " ".join(re.findall(r"[a-z0-9]+", letters))


def is_empty(values: Sequence[str]) -> bool:
    """Return whether a column has no value at all."""
    return not any(values)


def is_yes_or_no(values: Sequence[str]) -> bool:
    """Return whether all values say yes or no."""
    different = list_distinct(values)
    return 0 < len(different) <= 3 and all(value.lower() in _YES_NO for value in different)


def is_time(values: Sequence[str]) -> bool:
    """Return whether a column's values are times."""
    return infer_time_format(values) is not None or infer_unix_divisor(values) is not None


def is_personal(column: str, values: Sequence[str] = ()) -> bool:
    """Return whether a column tells who somebody is: a name, an address, a number to call.

    A word such as "email" alone does not make it so: yes or no, a time, or one of a few values tells nobody apart.
    """
    if are_emails(values) or _have_form(_ADDRESS_OF_HOST, values):
        return True
    if column.startswith("column_") and are_full_names(values) and not _has_few_values(values):
        return True
    words = f"{normalise_name(column)} {normalise_name(column.lower())}"  # "WhatsApp" is one word and two
    if normalise_name(column) in ("first", "last"):
        return True
    padded = f" {words} "
    if any(f" {name} " in padded for name in _PERSONAL_NAMES) and not _THINGS & set(words.split()):
        return not is_yes_or_no(values)
    if words.split()[:1] and _CONTACTS & set(words.split()):
        return not (is_yes_or_no(values) or is_time(values) or _has_few_values(values))
    return _have_form(_PHONE, values) and infer_number_format(values) is None and not is_time(values)


def are_full_names(values: Sequence[str]) -> bool:
    """Return whether values are written as people's names are: two to five words, of letters alone."""
    return len(list_distinct(values)) >= _MIN_NAMES and _have_form(_FULL_NAME, values)


def is_identifier(column: str, values: Sequence[str]) -> bool:
    """Return whether a column has an id of its own in each row: all different, and no measure, time or text."""
    filled = [value for value in values if value]
    if len(filled) < 2 or len(set(filled)) < len(filled) or not are_like_ids(values):
        return False
    if has_word(column, _IDS) or not column.strip():
        return True
    return len(filled) >= _ENOUGH_ROWS and not all(value.isdigit() for value in filled)


def are_like_ids(values: Sequence[str]) -> bool:
    """Return whether values may be ids: tokens of letters and digits, or addresses; no times, no measures."""
    different = list_distinct(values)
    if not different or is_yes_or_no(values) or is_time(values):
        return False
    if are_emails(values):
        return True
    return all(map(_ID.fullmatch, different)) and any(letter.isdigit() for letter in "".join(different))


def is_free_text(values: Sequence[str]) -> bool:
    """Return whether values are texts that people wrote: long, and hardly any twice."""
    filled = [value for value in values if value]
    if not filled:
        return False
    return sum(map(len, filled)) > _LONG_TEXT * len(filled) and len(set(filled)) > len(filled) / 2


def has_word(column: str, words: set[str]) -> bool:
    """Return whether one of some words is in a column's name."""
    return bool(words & set(normalise_name(column).split()))


def is_of_people(column: str) -> bool | None:
    """Return whether a name is that of people (True) or of things, such as a product (False); None: of neither.

    The last such word of the name decides: a contact's owner is no contact.
    """
    found = [word in _PEOPLE for word in normalise_name(column).split() if word in _PEOPLE or word in _THINGS]
    return found[-1] if found else None


def _has_few_values(values: Sequence[str]) -> bool:
    filled = [value for value in values if value]
    return len(filled) >= _ENOUGH_ROWS and len(set(filled)) <= _FEW_VALUES


def _have_form(form: re.Pattern[str], values: Sequence[str]) -> bool:
    different = list_distinct(values)
    return bool(different) and sum(bool(form.fullmatch(value)) for value in different) >= _MIN_SHARE * len(different)
