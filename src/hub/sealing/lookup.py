"""Keyed hashes by which sealed values are found and compared."""

import hashlib
import hmac

from django.conf import settings

from .keys import derive_keyring

DIGEST_BYTES = 32


def hash_lookup(purpose: str, text: str) -> bytes:
    """Return the keyed hash of a text.

    Parameters
    ----------
    purpose
        What the text is, such as ``email``: equal texts of different purposes have different hashes.
    text
        The text in its normal form.

    Returns
    -------
    bytes
        The 32 bytes of an HMAC-SHA256.
    """
    key = derive_keyring(settings.HUB_KEY).lookup
    return hmac.new(key, f"{purpose}\0{text}".encode(), hashlib.sha256).digest()
