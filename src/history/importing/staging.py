"""Staging directories beside a target, and their atomic swap with it, whatever kills the process in between."""

import ctypes
import glob
import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

from ..errors import HistoryError

try:
    import fcntl
except ImportError:  # Windows: what a killed import left there stays
    fcntl = None  # type: ignore[assignment]

_UNLOCKED = "fresh"
_LOCKED = "held"
_REPLACED = "old"


class StagingDirectory:
    """A temporary directory beside a target, removed with this object or at the end of a ``with``.

    What killed processes left beside the target is removed first.

    Parameters
    ----------
    target
        The folder that will be replaced.

    Raises
    ------
    HistoryError
        If the target's parent cannot be written to.
    """

    def __init__(self, target: Path) -> None:
        prefix = f".{target.name}-import-"
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            for leftover in target.parent.glob(f"{glob.escape(prefix)}*"):
                with suppress(PermissionError, FileNotFoundError):  # another user's, or another process removed it
                    _remove_leftover(leftover, target)
            self._folder = tempfile.TemporaryDirectory(prefix=prefix, dir=target.parent)
        except OSError as error:
            raise HistoryError(f"{target.parent} cannot be written to: {error.strerror}; name another folder") from None
        self.path = Path(self._folder.name)
        self._lock = open(self.path / _UNLOCKED, "w")  # noqa: SIM115  (held for as long as the folder is)
        if fcntl:  # named only when it is locked: others would take an unlocked one for a killed process's
            fcntl.flock(self._lock, fcntl.LOCK_EX)
            os.replace(self.path / _UNLOCKED, self.path / _LOCKED)

    def __enter__(self) -> Path:
        return self.path

    def __exit__(self, *error: object) -> None:
        self.remove()

    def remove(self) -> None:
        """Remove the directory now."""
        self._lock.close()
        self._folder.cleanup()


def atomic_replace(source: Path, target: Path) -> None:
    """Replace the folder ``target`` by ``source`` in one step; the former target goes where ``source`` was."""
    for path in source.iterdir():
        with open(path, "rb") as file:
            os.fsync(file.fileno())
    if not target.exists() or not any(target.iterdir()):
        os.replace(source, target)
    elif not _exchange(source, target):
        aside = source.with_name(_REPLACED)
        os.replace(target, aside)
        os.replace(source, target)
        shutil.rmtree(aside)


def _remove_leftover(leftover: Path, target: Path) -> None:
    """Remove a staging directory whose process is gone; a replaced target that lies in it is put back."""
    if fcntl is None or not (leftover / _LOCKED).is_file():
        return
    with open(leftover / _LOCKED) as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:  # an import that is still running
            return
        if (leftover / _REPLACED).is_dir() and not target.exists():
            os.replace(leftover / _REPLACED, target)
        shutil.rmtree(leftover)


def _exchange(first: Path, second: Path) -> bool:
    """Swap two folders atomically if the system can (Linux, renameat2); return whether it did."""
    libc = ctypes.CDLL(None, use_errno=True)
    if not hasattr(libc, "renameat2"):
        return False
    at_cwd, exchange = -100, 2
    return bool(libc.renameat2(at_cwd, os.fsencode(first), at_cwd, os.fsencode(second), exchange) == 0)
