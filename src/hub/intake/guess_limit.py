"""How often an address may be wrong about a secret before it has to wait; each process counts for itself."""

import math
import time

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

MAX_FAILURES_A_MINUTE = 20


class GuessLimit:
    """Counts failures by address. Secrets are long and random: this keeps guessing, and its cost, low."""

    def __init__(self, failures: int = MAX_FAILURES_A_MINUTE) -> None:
        self._limit = RateLimitItemPerMinute(failures)
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def get_wait_seconds(self, address: str) -> int:
        """Return how long an address has to wait; 0: it may try."""
        if self._limiter.test(self._limit, address):
            return 0
        return max(1, math.ceil(self._limiter.get_window_stats(self._limit, address).reset_time - time.time()))

    def note_failure(self, address: str) -> None:
        """Count a wrong secret."""
        self._limiter.hit(self._limit, address)
