"""A copy of the tombstones beside the installation key, one a line: a backup from before an erasure does not have it.

``hotleads restore`` reads it. It holds keyed hashes alone: without the installation key they tell nothing.
"""

import os
from collections.abc import Iterable
from pathlib import Path

from django.conf import settings

from ..errors import HubError
from ..sealing.lookup import DIGEST_BYTES

TOMBSTONES_FILE = "tombstones"


def add_tombstones(digests: Iterable[bytes]) -> None:
    """Add digests that it lacks to the installation's file; they are on the disk when this returns."""
    path = Path(settings.HUB_DATA) / TOMBSTONES_FILE
    missing = set(digests) - read_tombstones(path)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.writelines(f"{digest.hex()}\n" for digest in sorted(missing))
        file.flush()
        os.fsync(file.fileno())


def read_tombstones(path: Path) -> set[bytes]:
    """Return the digests of a file; none where there is no file. Raises HubError for a line that is none."""
    digests = set()
    for number, line in enumerate(path.read_text("ascii").splitlines() if path.is_file() else [], 1):
        try:
            digest = bytes.fromhex(line)
        except ValueError:
            digest = b""
        if len(digest) != DIGEST_BYTES:
            raise HubError(f"{path}:{number} is no tombstone; restore the file from the copy kept with the key")
        digests.add(digest)
    return digests
