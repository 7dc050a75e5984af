"""Seal a text for one column, and unseal it: a value moved to another column does not open."""

import os
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from ..errors import KeyMissingError
from .keys import derive_keyring

#: The first byte of what is sealed: how the rest is to be read.
_VERSION = b"\x01"
_NONCE_BYTES = 12


def seal(text: str, column: str) -> bytes:
    """Return a text sealed for one column.

    Parameters
    ----------
    text
        What nobody may read without the installation key.
    column
        ``table.column`` where it is kept: it opens for that column alone.

    Returns
    -------
    bytes
        As of ``seal_bytes``.
    """
    return seal_bytes(text.encode("utf-8"), column)


def seal_bytes(plain: bytes, column: str) -> bytes:
    """Return bytes sealed for one column.

    Parameters
    ----------
    plain
        What nobody may read without the installation key.
    column
        ``table.column`` where it is kept: it opens for that column alone.

    Returns
    -------
    bytes
        A version, the nonce, and the ciphertext with its tag.
    """
    nonce = os.urandom(_NONCE_BYTES)
    return _VERSION + nonce + _get_cipher(settings.HUB_KEY).encrypt(nonce, plain, column.encode("ascii"))


def unseal(sealed: bytes, column: str) -> str:
    """Return the text that was sealed for one column.

    Parameters
    ----------
    sealed
        What ``seal`` returned.
    column
        The column that it was sealed for.

    Returns
    -------
    str
        The text.

    Raises
    ------
    KeyMissingError
        As ``unseal_bytes``.
    """
    return unseal_bytes(sealed, column).decode("utf-8")


def unseal_bytes(sealed: bytes, column: str) -> bytes:
    """Return the bytes that were sealed for one column.

    Parameters
    ----------
    sealed
        What ``seal_bytes`` returned.
    column
        The column that it was sealed for.

    Raises
    ------
    KeyMissingError
        The installation key, or the column, is another one, or the value was changed.
    """
    version, nonce, ciphertext = sealed[:1], sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
    if version != _VERSION:
        raise KeyMissingError(f"{column} holds a value that this version of hotleads cannot read; install a newer one")
    try:
        return _get_cipher(settings.HUB_KEY).decrypt(nonce, ciphertext, column.encode("ascii"))
    except InvalidTag:
        raise KeyMissingError(
            f"a value of {column} does not open with this installation's key: it was sealed with another, or changed"
        ) from None


@lru_cache(maxsize=4)
def _get_cipher(key: str) -> AESGCM:
    return AESGCM(derive_keyring(key).seal)
