"""The child process of a job: runs one function, writes what it does and what came of it into the job's folder.

It ends when its worker does: the worker holds the other end of its standard input.
"""

import json
import os
import signal
import sys
import threading
import time
import traceback
from pathlib import Path

from ...history.atomic import atomic_write
from ...language import Phrase, encode_text, get_message
from ..errors import describe_error
from .garbage import hold_loaded
from .kinds import JobFunction, get_kind

REQUEST_FILE = "request.json"
RESULT_FILE = "result.json"
ERROR_FILE = "error.json"
PROGRESS_FILE = "progress.txt"
LOG_FILE = "log.txt"
_PROGRESS_SECONDS = 0.5


def run_child(folder: Path) -> int:
    """Run the job whose request is in a folder, and return the exit code of the process."""
    threading.Thread(target=_follow_worker, daemon=True).start()
    request = json.loads((folder / REQUEST_FILE).read_text(encoding="utf-8"))
    try:
        function: JobFunction = get_kind(request["kind"]).load()
        hold_loaded()
        result = function(request["options"], _ProgressFile(folder))
    except Exception as error:
        _write_error(folder, error)
        return 1
    with atomic_write(folder / RESULT_FILE) as path:
        path.write_text(json.dumps(result), encoding="utf-8")
    return 0


class _ProgressFile:
    """Keeps the latest message where the worker reads it."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / PROGRESS_FILE
        self._written_at = 0.0

    def __call__(self, message: str) -> None:
        print(message, flush=True)
        if time.monotonic() - self._written_at >= _PROGRESS_SECONDS:
            with atomic_write(self._path) as path:
                path.write_text(encode_text(message), encoding="utf-8")
            self._written_at = time.monotonic()


def _write_error(folder: Path, error: Exception) -> None:
    """Note an error. What has a code is bad input: its words are meant for people, and trying again changes nothing.

    Anything else is a bug or a passing trouble; its words may hold people's data, so that its type and place are noted.
    """
    code = getattr(error, "code", None)
    is_permanent = isinstance(code, str)
    if is_permanent:
        message: str = Phrase("{message} ({code})", message=get_message(error), code=code)
    else:
        frames = traceback.extract_tb(error.__traceback__)
        message = describe_error(error)
        print("".join(f"{frame.filename}:{frame.lineno} {frame.name}\n" for frame in frames), flush=True)
    print(message, flush=True)
    with atomic_write(folder / ERROR_FILE) as path:
        path.write_text(json.dumps({"error": encode_text(message), "is_permanent": is_permanent}), encoding="utf-8")


def _follow_worker() -> None:
    """End this process, and what it started in its group, once the worker's end of the pipe is closed."""
    while os.read(sys.stdin.fileno(), 1):
        pass
    if os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os._exit(1)
