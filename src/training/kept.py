"""Results of a long job's parts, kept on disk until the whole job is done; a file appears whole or not at all."""

import hashlib
import os
import pickle
from pathlib import Path
from typing import Any


def keep(folder: Path | None, name: str, result: Any) -> None:
    """Keep the result of the part ``name``; nowhere without a folder."""
    if folder is None:
        return
    folder.mkdir(parents=True, exist_ok=True)
    file = _file(folder, name)
    unfinished = file.with_name(f".{file.name}.{os.getpid()}")
    unfinished.write_bytes(pickle.dumps(result))
    os.replace(unfinished, file)


def kept(folder: Path | None, name: str) -> Any:
    """What was kept of the part ``name``; None where nothing was."""
    if folder is None or not (file := _file(folder, name)).is_file():
        return None
    return pickle.loads(file.read_bytes())  # noqa: S301 - this program's own file


def _file(folder: Path, name: str) -> Path:
    return folder / f"{hashlib.sha256(name.encode()).hexdigest()[:16]}.pickle"
