"""Progress of long jobs: the types of the callbacks that show it."""

from collections.abc import Callable

#: Called with what a job does now.
ProgressCallback = Callable[[str], None]
#: Called where a stage begins or goes on, with the stage and how many leads are done.
StageCallback = Callable[[str, int], None]


def ignore_progress(message: str) -> None:
    """Show nothing: the default of jobs that nobody watches."""
