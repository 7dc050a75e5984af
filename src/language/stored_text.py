"""Texts for people as a file or a column keeps them: a phrase with its values, any other text as it is."""

import json

from .translator import Phrase

_MARK = '{"text": '


def encode_text(text: str) -> str:
    """Return a text as it is kept: a phrase as JSON, so that `decode_text` gives it back with its values.

    Parameters
    ----------
    text : str
        A phrase, or any text.

    Examples
    --------
    >>> decode_text(encode_text(Phrase("{count:,} rows", count=1200))).values
    {'count': 1200}
    """
    if not isinstance(text, Phrase) and text.startswith(_MARK):
        text = Phrase("{text}", text=text)  # it would be read as one
    return json.dumps(text.to_json()) if isinstance(text, Phrase) else text


def decode_text(kept: str) -> str:
    """Return the text that `encode_text` wrote.

    Parameters
    ----------
    kept : str
        What is kept.
    """
    return Phrase.from_json(json.loads(kept)) if kept.startswith(_MARK) else kept


def cap_text(text: str, most: int) -> str:
    """Return a text of so many characters at most; a phrase that is longer loses its values.

    Parameters
    ----------
    text : str
        A phrase, or any text.
    most : int
        How many characters may stay.
    """
    return text if len(text) <= most else str(text)[:most]


def get_message(error: Exception) -> str:
    """Return an error's words: a phrase, where it was given one.

    Parameters
    ----------
    error : Exception
        The error.
    """
    return getattr(error, "message", "") or str(error)
