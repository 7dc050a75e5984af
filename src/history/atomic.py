"""Files that appear whole or not at all."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def atomic_write(out: Path) -> Iterator[Path]:
    """Give a path to write to; at the end of the ``with`` block what is there becomes ``out`` in one step.

    Where the block raises, ``out`` stays as it was and nothing is left beside it. Missing parent folders are made.
    """
    out.parent.mkdir(parents=True, exist_ok=True)
    scratch = out.with_name(f".{out.name}.{os.getpid()}")
    scratch.unlink(missing_ok=True)
    try:
        yield scratch
        os.replace(scratch, out)
    finally:
        scratch.unlink(missing_ok=True)
