"""How often an address may be wrong about a secret before it has to wait; each process counts for itself."""

import math
import time
from ipaddress import ip_address, ip_network

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

MAX_FAILURES_A_MINUTE = 20
_IPV6, _IPV6_BITS = 6, 64


class GuessLimit:
    """Counts failures by address, of IPv6 by network. Secrets are long: this bounds what guessing costs us."""

    def __init__(self, failures: int = MAX_FAILURES_A_MINUTE) -> None:
        self._limit = RateLimitItemPerMinute(failures)
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def get_wait_seconds(self, address: str) -> int:
        """Return how long an address has to wait; 0: it may try."""
        key = _name_network(address)
        if self._limiter.test(self._limit, key):
            return 0
        return max(1, math.ceil(self._limiter.get_window_stats(self._limit, key).reset_time - time.time()))

    def note_failure(self, address: str) -> None:
        """Count a wrong secret."""
        self._limiter.hit(self._limit, _name_network(address))


def _name_network(address: str) -> str:
    """Return the address, or the network of 64 bits of one of IPv6: whoever has one of its addresses has all."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    return str(ip_network((parsed, _IPV6_BITS), strict=False)) if parsed.version == _IPV6 else address
