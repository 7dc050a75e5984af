"""Cache of a long job's partial results on disk until the whole job is done; a file appears whole or not at all."""

import hashlib
import pickle
from pathlib import Path
from typing import Any

from ..history.atomic import atomic_write


def save(folder: Path | None, name: str, result: Any) -> None:
    """Save the result of the part ``name``; without a folder nothing is saved."""
    if folder is None:
        return
    with atomic_write(_get_path(folder, name)) as scratch:
        scratch.write_bytes(pickle.dumps(result))


def load(folder: Path | None, name: str) -> Any:
    """Return the saved result of the part ``name``; None where there is none."""
    if folder is None or not (path := _get_path(folder, name)).is_file():
        return None
    return pickle.loads(path.read_bytes())  # noqa: S301 - this program's own file


def _get_path(folder: Path, name: str) -> Path:
    return folder / f"{hashlib.sha256(name.encode()).hexdigest()[:16]}.pickle"
