"""Where an import writes: beside its target first, then in its place at once, whatever ends the process in between."""

import ctypes
import glob
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ..errors import HistoryError

try:
    import fcntl
except ImportError:  # Windows: what a killed import left there stays
    fcntl = None  # type: ignore[assignment]

_FRESH = "fresh"
_HELD = "held"
_OLD = "old"


class Scratch:
    """A folder of one's own beside ``out``, which goes when this does; what killed processes left is removed first.

    Raises HistoryError where the place cannot be written to.
    """

    def __init__(self, out: Path) -> None:
        prefix = f".{out.name}-import-"
        try:
            out.parent.mkdir(parents=True, exist_ok=True)
            for left in out.parent.glob(f"{glob.escape(prefix)}*"):
                with suppress(PermissionError, FileNotFoundError):  # another user's, or another process removed it
                    _clear(left, out)
            self._folder = tempfile.TemporaryDirectory(prefix=prefix, dir=out.parent)
        except OSError as error:
            raise HistoryError(f"{out.parent} cannot be written to: {error.strerror}; name another folder") from None
        self.path = Path(self._folder.name)
        self._held = open(self.path / _FRESH, "w")  # noqa: SIM115  (held for as long as the folder is)
        if fcntl:  # named only when it is locked: others would take an unlocked one for a killed process's
            fcntl.flock(self._held, fcntl.LOCK_EX)
            os.replace(self.path / _FRESH, self.path / _HELD)

    def remove(self) -> None:
        """Remove the folder now."""
        self._held.close()
        self._folder.cleanup()


@contextmanager
def staging_dir(out: Path) -> Iterator[Path]:
    """A scratch folder beside ``out`` for the time of a ``with``. Raises HistoryError."""
    scratch = Scratch(out)
    try:
        yield scratch.path
    finally:
        scratch.remove()


def atomic_replace(fresh: Path, out: Path) -> None:
    """Make ``fresh`` be ``out`` in one step; what ``out`` was goes where ``fresh`` lay, and is removed with it."""
    for path in fresh.iterdir():
        with open(path, "rb") as file:
            os.fsync(file.fileno())
    if not out.exists() or not any(out.iterdir()):
        os.replace(fresh, out)
    elif not _exchange(fresh, out):
        aside = fresh.with_name(_OLD)
        os.replace(out, aside)
        os.replace(fresh, out)
        shutil.rmtree(aside)


def _clear(left: Path, out: Path) -> None:
    """Remove a scratch folder whose process is gone; an older history that stepped aside in it comes back."""
    if fcntl is None or not (left / _HELD).is_file():
        return
    with open(left / _HELD) as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:  # an import that is still running
            return
        if (left / _OLD).is_dir() and not out.exists():
            os.replace(left / _OLD, out)
        shutil.rmtree(left)


def _exchange(first: Path, second: Path) -> bool:
    """Swap two folders atomically where the system can (Linux, renameat2)."""
    libc = ctypes.CDLL(None, use_errno=True)
    if not hasattr(libc, "renameat2"):
        return False
    at_cwd, exchange = -100, 2
    return bool(libc.renameat2(at_cwd, os.fsencode(first), at_cwd, os.fsencode(second), exchange) == 0)
