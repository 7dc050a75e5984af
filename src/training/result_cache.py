"""Results of a long job's parts, kept on disk until the whole job is done; a file appears whole or not at all."""

import hashlib
import pickle
from pathlib import Path
from typing import Any

from ..history.atomic import atomic_write


def save(folder: Path | None, name: str, result: Any) -> None:
    """Keep the result of the part ``name``; nowhere without a folder."""
    if folder is None:
        return
    with atomic_write(_file(folder, name)) as scratch:
        scratch.write_bytes(pickle.dumps(result))


def load(folder: Path | None, name: str) -> Any:
    """What was kept of the part ``name``; None where nothing was."""
    if folder is None or not (file := _file(folder, name)).is_file():
        return None
    return pickle.loads(file.read_bytes())  # noqa: S301 - this program's own file


def _file(folder: Path, name: str) -> Path:
    return folder / f"{hashlib.sha256(name.encode()).hexdigest()[:16]}.pickle"
