"""Texts that a spreadsheet could take for a formula, and how they are kept from it."""

import re

import pandas as pd

_FORMULA = re.compile(r"\s*[=+\-@＝＋－＠]|[\t\r\n]")
#: Telephone numbers and negative numbers begin like formulas, and are none that could do anything.
_NUMBER = re.compile(r"[+-]?[\d .()/-]+")


def could_be_formula(text: str) -> bool:
    """Return whether a text begins as a formula does."""
    return bool(_FORMULA.match(text))


def is_formula(text: str) -> bool:
    """Return whether a spreadsheet could take a text for a formula that refers to something or runs something."""
    return could_be_formula(text) and not _NUMBER.fullmatch(text)


def quote_formulas(texts: pd.Series) -> pd.Series:
    """Return texts with an apostrophe before those that a spreadsheet could take for a formula."""
    return texts.map(lambda text: f"'{text}" if isinstance(text, str) and is_formula(text) else text)
