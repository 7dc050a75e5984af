"""Whether a worker takes the place of one that answered: then it takes no connection before its model is ready.

The workers share a listening socket. A new worker that took connections while it loads would refuse requests which the
others, or the socket's queue, could have kept. At the very first start there is nobody else: there the service answers
that it is not ready.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

_FOLDER = "HOTLEADS_SERVING_RUN"


def create_marker_folder() -> None:
    """In the process that starts the workers: a folder in which they leave word that the service has answered."""
    folder = tempfile.mkdtemp(prefix="hotleads-serving-")
    os.environ[_FOLDER] = folder
    atexit.register(shutil.rmtree, folder, ignore_errors=True)


def was_ready() -> bool:
    """Whether a worker of this run was ready before."""
    word = _word()
    return word is not None and word.exists()


def mark_ready() -> None:
    """Leave word that this worker is ready."""
    word = _word()
    if word is not None and word.parent.is_dir():
        word.touch()


def _word() -> Path | None:
    folder = os.environ.get(_FOLDER)
    return Path(folder) / "ready" if folder else None
