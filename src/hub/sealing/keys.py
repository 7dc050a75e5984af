"""The installation key: 32 random bytes from ``HOTLEADS_HUB_KEY``, or from ``secrets.env`` in the data folder.

Four keys are derived from it: one seals, one makes look-up hashes, one makes tombstones, one is Django's secret key.
"""

import base64
import binascii
import os
import secrets
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from ..errors import KeyMissingError

KEY_VARIABLE = "HOTLEADS_HUB_KEY"
SECRETS_FILE = "secrets.env"
KEY_BYTES = 32
_REMEDY = (
    f"name the installation's folder by --data or HOTLEADS_DATA, set {KEY_VARIABLE} to its key, or restore "
    f"{SECRETS_FILE} in it; a new installation gets one by `hotleads migrate --data DIR`"
)


@dataclass(frozen=True)
class Keyring:
    """The keys derived from one installation key.

    Attributes
    ----------
    seal
        The key of AES-256-GCM.
    lookup
        The key of HMAC-SHA256.
    tombstone
        The key of the hashes that keep erased people out.
    web
        Django's secret key.
    """

    seal: bytes
    lookup: bytes
    tombstone: bytes
    web: str


def read_key(folder: Path) -> str | None:
    """Return the installation key as text: the environment's, else the file's; None where there is none."""
    if value := os.environ.get(KEY_VARIABLE):
        return value
    path = folder / SECRETS_FILE
    if not path.is_file():
        return None
    if path.stat().st_mode & 0o077 and os.name == "posix":
        raise KeyMissingError(f"others may read {path}: `chmod 600 {path}`, and consider its key known to them")
    for line in path.read_text(encoding="ascii").splitlines():
        name, _, value = line.partition("=")
        if name.strip() == KEY_VARIABLE:
            return value.strip()
    raise KeyMissingError(f"{path} holds no {KEY_VARIABLE}; {_REMEDY}")


def create_key(folder: Path) -> str:
    """Write a new installation key to ``secrets.env``, readable by its owner alone, and return it.

    An existing file is never overwritten: raises FileExistsError.
    """
    folder.mkdir(parents=True, exist_ok=True)
    value = base64.urlsafe_b64encode(secrets.token_bytes(KEY_BYTES)).decode("ascii")
    handle = os.open(folder / SECRETS_FILE, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(f"{KEY_VARIABLE}={value}\n")
        file.flush()
        os.fsync(file.fileno())
    return value


@cache
def derive_keyring(key: str | None) -> Keyring:
    """Return the keys that an installation key gives. Raises KeyMissingError where it is none."""
    if not key:
        raise KeyMissingError(f"there is no installation key: {_REMEDY}")
    try:
        secret = base64.urlsafe_b64decode(key)
    except (binascii.Error, ValueError):
        secret = b""
    if len(secret) != KEY_BYTES:
        raise KeyMissingError(f"the installation key is not {KEY_BYTES} bytes in URL-safe base64; {_REMEDY}")
    return Keyring(
        seal=_derive(secret, b"seal"),
        lookup=_derive(secret, b"lookup"),
        tombstone=_derive(secret, b"tombstone"),
        web=base64.urlsafe_b64encode(_derive(secret, b"web")).decode("ascii") + "-hotleads",
    )


def _derive(secret: bytes, purpose: bytes) -> bytes:
    return HKDF(SHA256(), KEY_BYTES, salt=None, info=b"hotleads.hub." + purpose).derive(secret)
