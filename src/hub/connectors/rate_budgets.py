"""Rate limits of other services, kept by all processes of the installation together: a row an account.

Calls are spaced evenly. A call takes its turn when the next instant is there, never ahead of it: whoever waits looks
again before calling, so that a service that asks to be left alone is called by none of them, and a process that dies
takes nothing with it.
"""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from django.db import connection, transaction

from ..models import RateBudget

#: Answers come back unevenly, so that calls may arrive closer together than they were sent.
_MARGIN = 1.1
#: What lies further ahead was taken by a clock that was wrong since.
_MAX_AHEAD_SECONDS = 600.0


@dataclass(frozen=True)
class RateLimit:
    """So many calls of one account at one service in so many seconds.

    Attributes
    ----------
    key
        What has the limit, such as ``hotmart:3``; equal keys share it.
    calls, seconds
        How many calls a service takes in how long.
    """

    key: str
    calls: int
    seconds: float


class RateLimiter:
    """Makes calls of one account wait for their turn, whichever process makes them.

    Parameters
    ----------
    limit
        What the service allows.
    """

    def __init__(self, limit: RateLimit) -> None:
        self._limit = limit
        # Django's connections belong to a thread, and none may be used where an event loop runs.
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="rate-limiter")

    async def wait(self) -> None:
        """Wait for the next free instant and take it; where somebody else does first, wait for the one after it."""
        spacing = self._limit.seconds / self._limit.calls * _MARGIN
        loop = asyncio.get_running_loop()
        while wait := await loop.run_in_executor(self._executor, take_turn, self._limit.key, spacing):
            await asyncio.sleep(wait)

    async def pause(self, seconds: float) -> None:
        """Let nobody call before so many seconds have passed: the service asked for it."""
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._executor, postpone_turns, self._limit.key, seconds)

    async def close(self) -> None:
        """Give the connection to the database back."""
        await asyncio.get_running_loop().run_in_executor(self._executor, _close_connection)
        self._executor.shutdown()


def take_turn(key: str, spacing_seconds: float) -> float:
    """Take a budget's next instant where it is there, and return 0; else return how many seconds away it is."""
    with transaction.atomic():
        budget = _lock_budget(key)
        now = time.time()
        if now < budget.next_call_at <= now + _MAX_AHEAD_SECONDS:
            return budget.next_call_at - now
        RateBudget.objects.filter(pk=budget.pk).update(next_call_at=now + spacing_seconds)
    return 0.0


def postpone_turns(key: str, seconds: float) -> None:
    """Let the next free instant of a budget be at least so many seconds away."""
    with transaction.atomic():
        budget = _lock_budget(key)
        until = time.time() + min(seconds, _MAX_AHEAD_SECONDS)
        if budget.next_call_at < until:
            RateBudget.objects.filter(pk=budget.pk).update(next_call_at=until)


def _close_connection() -> None:
    connection.close()  # looked up here: each thread has its own


def _lock_budget(key: str) -> RateBudget:
    locked = RateBudget.objects.select_for_update()
    budget = locked.filter(key=key).first()
    if budget is None:
        RateBudget.objects.get_or_create(key=key)
        budget = locked.get(key=key)
    return budget
