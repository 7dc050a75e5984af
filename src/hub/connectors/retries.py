"""When a request is tried again, and how long that waits."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from tenacity import RetryCallState, wait_random_exponential

from .errors import UnavailableError

TOO_MANY_REQUESTS = 429
UNAUTHORIZED = 401
_TRANSIENT = frozenset({408, 425, TOO_MANY_REQUESTS, 500, 502, 503, 504})


@dataclass(frozen=True)
class RetryPolicy:
    """How patient a client is.

    Attributes
    ----------
    max_attempts
        How often a request is sent at most.
    first_wait_seconds
        The upper end of the first random wait; it doubles with each attempt.
    max_wait_seconds
        No wait is longer. A service that asks for more is left alone: the request fails.
    timeout_seconds
        How long one answer may take. Hotmart gives up on a query after 30 seconds.
    max_response_bytes
        An answer that is longer is refused.
    """

    max_attempts: int = 6
    first_wait_seconds: float = 2.0
    max_wait_seconds: float = 120.0
    timeout_seconds: float = 60.0
    max_response_bytes: int = 32_000_000


def is_transient(status: int) -> bool:
    """Return whether the same request may be answered well later."""
    return status in _TRANSIENT


def read_wait(headers: Mapping[str, str]) -> float | None:
    """Return how many seconds an answer asks to wait, by ``Retry-After`` or ``RateLimit-Reset``; None: it does not.

    A date is compared with the ``Date`` of the same answer where it has one, since the clocks may differ.
    """
    waits = [_read_retry_after(headers), _read_seconds(headers.get("RateLimit-Reset", ""))]
    known = [wait for wait in waits if wait is not None]
    return max(known) if known else None


class WaitAsAsked:
    """Wait as the answer asks, and a little longer so that not all come back at once; else ever longer at random."""

    def __init__(self, policy: RetryPolicy) -> None:
        self._policy = policy
        self._random = wait_random_exponential(policy.first_wait_seconds, policy.max_wait_seconds)
        self._jitter = wait_random_exponential(policy.first_wait_seconds / 4, policy.first_wait_seconds)

    def __call__(self, state: RetryCallState) -> float:
        """Return the seconds before the next attempt."""
        error = state.outcome.exception() if state.outcome else None
        if isinstance(error, UnavailableError) and error.retry_after_seconds is not None:
            return error.retry_after_seconds + self._jitter(state)
        return self._random(state)


def is_retryable(error: BaseException, policy: RetryPolicy, *, changes: bool) -> bool:
    """Return whether a request that failed so is sent again: one that may have changed something never is."""
    if not isinstance(error, UnavailableError) or (error.retry_after_seconds or 0) > policy.max_wait_seconds:
        return False
    return not changes or not error.is_sent


def _read_retry_after(headers: Mapping[str, str]) -> float | None:
    text = headers.get("Retry-After", "")
    seconds = _read_seconds(text)
    if seconds is not None or not text:
        return seconds
    until, now = _read_date(text), _read_date(headers.get("Date", "")) or datetime.now(UTC)
    return None if until is None else max((until - now).total_seconds(), 0.0)


def _read_seconds(text: str) -> float | None:
    try:
        seconds = float(text)
    except ValueError:
        return None
    return seconds if 0 <= seconds < float("inf") else None


def _read_date(text: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)
