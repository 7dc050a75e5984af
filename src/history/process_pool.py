"""Worker processes that end with their parent, even if it is killed."""

import os
import shutil
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context, parent_process
from pathlib import Path
from threading import Thread
from typing import Any


def start_process_pool(
    processes: int, begin: Callable[..., None] | None = None, *arguments: Any, scratch: Path | None = None
) -> ProcessPoolExecutor:
    """Return a pool of new processes, each of which first calls ``begin`` with the arguments.

    The workers of Python's own pool wait for ever for a parent that was killed; these end, and remove its folder
    ``scratch``.
    """
    return ProcessPoolExecutor(processes, get_context("spawn"), _begin, (scratch, begin, arguments))


def _begin(scratch: Path | None, begin: Callable[..., None] | None, arguments: tuple[Any, ...]) -> None:
    Thread(target=_end_with_parent, args=(scratch,), daemon=True).start()
    if begin is not None:
        begin(*arguments)


def _end_with_parent(scratch: Path | None) -> None:
    parent = parent_process()
    if parent is None:
        return
    parent.join()
    if scratch is not None:
        shutil.rmtree(scratch, ignore_errors=True)
    os._exit(1)
