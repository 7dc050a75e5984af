"""The program of a job's child process: ``python -m hotleads.hub.site.run_job FOLDER``."""

import sys
from pathlib import Path

from .setup import configure_hub


def run_in_child(folder: Path) -> int:
    """Run the job of a folder and return the exit code."""
    configure_hub()
    from ..engine.child import run_child

    return run_child(folder)


if __name__ == "__main__":
    sys.exit(run_in_child(Path(sys.argv[1])))
