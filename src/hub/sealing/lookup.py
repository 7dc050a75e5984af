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


def hash_tombstone(kind: str, lookup: bytes, name: str = "") -> bytes:
    """Return the keyed hash that stays of an erased person's identifier.

    Parameters
    ----------
    kind
        ``email``, ``phone`` or ``id``.
    lookup
        The identifier's look-up hash, so that tombstones fit what the database already has.
    name
        The folded name that a phone counts with.

    Returns
    -------
    bytes
        The 32 bytes of an HMAC-SHA256, by a key that nothing else uses.
    """
    key = derive_keyring(settings.HUB_KEY).tombstone
    return hmac.new(key, b"\0".join((kind.encode(), lookup, name.encode())), hashlib.sha256).digest()
