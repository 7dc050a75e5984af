"""Whether a worker of this run was ready before: then a new worker takes no connection before its model is loaded.

The workers share a listening socket. A new worker that took connections while it loads would refuse requests that the
others, or the socket's queue, could have kept. At the first start there is no other worker, and the service answers
that it is not ready.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

_FOLDER_VARIABLE = "HOTLEADS_SERVING_RUN"


def create_marker_folder() -> None:
    """Create the folder of the workers' marker, in the process that starts them."""
    folder = tempfile.mkdtemp(prefix="hotleads-serving-")
    os.environ[_FOLDER_VARIABLE] = folder
    atexit.register(shutil.rmtree, folder, ignore_errors=True)


def was_ready() -> bool:
    """Return whether a worker of this run was ready before."""
    marker = _get_marker()
    return marker is not None and marker.exists()


def mark_ready() -> None:
    """Leave the marker: this worker is ready."""
    marker = _get_marker()
    if marker is not None and marker.parent.is_dir():
        marker.touch()


def _get_marker() -> Path | None:
    folder = os.environ.get(_FOLDER_VARIABLE)
    return Path(folder) / "ready" if folder else None
