"""How long each stage of a job takes, and how much memory the job held."""

import resource
import sys
import time

from ..history.progress import ProgressCallback, ignore_progress

#: Progress is shown at most this often, but for the beginning of a stage.
_MIN_SECONDS_BETWEEN_MESSAGES = 2.0


class StageTimer:
    """Time the stages of a job, which may take turns. Call it where a stage begins or goes on.

    Parameters
    ----------
    progress
        Shown each stage as it begins, and every two seconds how many leads are done.

    Attributes
    ----------
    seconds
        Time of each stage so far, by its name.
    """

    def __init__(self, progress: ProgressCallback = ignore_progress) -> None:
        self.seconds: dict[str, float] = {}
        self._progress = progress
        self._shown_at = 0.0
        self._stage = ""
        self._since = time.perf_counter()

    def __call__(self, stage: str, done: int = 0) -> None:
        """Begin or continue a stage; ``done`` leads have passed it."""
        now = self._add_up()
        begins = stage not in self.seconds
        self.seconds.setdefault(stage, 0.0)
        self._stage = stage
        if begins or now - self._shown_at >= _MIN_SECONDS_BETWEEN_MESSAGES:
            self._progress(f"{stage}: {done:,} leads done" if done else stage)
            self._shown_at = now

    def end(self) -> None:
        """End the last stage."""
        self._add_up()
        self._stage = ""

    def summary(self) -> str:
        """Return one line: how long each stage took, and the most memory that this process held."""
        parts = ", ".join(f"{stage} {took:.1f}" for stage, took in self.seconds.items())
        memory = measure_peak_memory() / 1e9
        return f"Took {sum(self.seconds.values()):.1f} s ({parts}), at most {memory:.2f} GB of memory"

    def _add_up(self) -> float:
        now = time.perf_counter()
        if self._stage:
            self.seconds[self._stage] += now - self._since
        self._since = now
        return now


def measure_peak_memory() -> int:
    """Return the most memory that this process held so far, in bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
