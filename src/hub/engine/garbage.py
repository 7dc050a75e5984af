"""What a process has loaded, kept from the garbage collector."""

import atexit
import gc


def hold_loaded() -> None:
    """Let the garbage collector look no more at what is there now, until the process ends.

    Looking through all modules took 100 ms now and then, within transactions that held SQLite's write lock.
    """
    gc.collect()
    gc.freeze()
    atexit.register(gc.unfreeze)  # libraries clean up at the end, and complain of what is left
