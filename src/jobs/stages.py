"""How long each stage of a job takes, told while it runs and afterwards."""

import resource
import sys
import time
from collections.abc import Callable

#: A line of progress more often says nothing.
_SECONDS = 2.0


class Stages:
    """Called where a stage begins or goes on, with how many leads are done; ``seconds`` has the time of each stage."""

    def __init__(self, tell: Callable[[str], None] = lambda message: None) -> None:
        self.seconds: dict[str, float] = {}
        self._tell, self._told_at = tell, 0.0
        self._stage, self._since = "", time.perf_counter()

    def __call__(self, stage: str, done: int = 0) -> None:
        now = self._add_up()
        begins = stage not in self.seconds
        self.seconds.setdefault(stage, 0.0)
        self._stage = stage
        if begins or now - self._told_at >= _SECONDS:
            self._tell(f"{stage}: {done:,} leads done" if done else stage)
            self._told_at = now

    def end(self) -> None:
        """The last stage is over."""
        self._add_up()
        self._stage = ""

    def summary(self) -> str:
        """How long it took, stage by stage, and the most memory that this process held."""
        parts = ", ".join(f"{stage} {took:.1f}" for stage, took in self.seconds.items())
        return f"Took {sum(self.seconds.values()):.1f} s ({parts}), at most {peak_memory() / 1e9:.2f} GB of memory"

    def _add_up(self) -> float:
        now = time.perf_counter()
        if self._stage:
            self.seconds[self._stage] += now - self._since
        self._since = now
        return now


def peak_memory() -> int:
    """Bytes that this process held at most so far."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024
