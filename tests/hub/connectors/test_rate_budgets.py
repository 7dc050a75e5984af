"""Budgets that all processes share."""

import asyncio
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from django.db import connection

from hotleads.hub.connectors.rate_budgets import RateLimit, RateLimiter, postpone_turns, take_turn
from hotleads.hub.models import RateBudget
from tests.hub.installations import Installation


def test_turns_are_evenly_spaced_over_threads(installation: Installation) -> None:
    def take(_number: int) -> float:
        try:
            while wait := take_turn("hotmart:1", 0.05):
                time.sleep(wait)
            return time.time()
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        turns = sorted(pool.map(take, range(8)))
    assert turns[-1] - turns[0] >= 7 * 0.05 - 0.02  # when the first noted its turn


def test_who_finds_no_turn_takes_none(installation: Installation) -> None:
    assert take_turn("hotmart:1", 30.0) == 0
    waits = [take_turn("hotmart:1", 30.0) for _ in range(3)]
    assert all(28 < wait <= 30 for wait in waits)


def test_a_call_that_waits_for_its_turn_waits_for_a_service_that_wants_to_be_left_alone(
    installation: Installation,
) -> None:
    async def run() -> float:
        caller, refused = (RateLimiter(RateLimit("hotmart:1", 10, 1.0)) for _ in range(2))
        await caller.wait()
        begin = time.time()
        waiting = asyncio.create_task(caller.wait())
        await asyncio.sleep(0.02)  # it knows when its turn is
        await refused.pause(0.5)
        await waiting
        called = time.time() - begin
        await asyncio.gather(caller.close(), refused.close())
        return called

    assert asyncio.run(run()) >= 0.5


def test_budgets_of_two_accounts_do_not_touch(installation: Installation) -> None:
    assert take_turn("hotmart:1", 60.0) == 0
    assert take_turn("hotmart:2", 60.0) == 0
    assert take_turn("hotmart:1", 60.0) > 58


def test_who_is_asked_to_wait_makes_all_wait(installation: Installation) -> None:
    postpone_turns("hotmart:1", 30.0)
    assert 28 < take_turn("hotmart:1", 1.0) <= 30


def test_a_turn_that_a_wrong_clock_took_is_forgotten(installation: Installation) -> None:
    RateBudget.objects.create(key="hotmart:1", next_call_at=time.time() + 1e9)
    assert take_turn("hotmart:1", 1.0) == 0


def test_calls_of_several_processes_stay_within_the_limit(sqlite_installation: Installation) -> None:
    program = (
        "import asyncio, time\n"
        "from hotleads.hub.site.setup import configure_hub\n"
        "configure_hub()\n"
        "from hotleads.hub.connectors.rate_budgets import RateLimit, RateLimiter\n"
        "async def run():\n"
        "    limiter = RateLimiter(RateLimit('ac:1', 20, 1.0))\n"
        "    for _ in range(10):\n"
        "        await limiter.wait()\n"
        "        print(time.time())\n"
        "    await limiter.close()\n"
        "asyncio.run(run())\n"
    )
    children = [
        subprocess.Popen(
            [sys.executable, "-c", program], env=sqlite_installation.environment, stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    calls = sorted(float(line) for child in children for line in child.communicate()[0].split())
    assert len(calls) == 20
    assert calls[-1] - calls[0] >= 19 * 0.05


def test_a_limiter_waits_for_its_turn(sqlite_installation: Installation) -> None:
    async def run() -> float:
        limiter = RateLimiter(RateLimit("ac:1", 10, 1.0))
        begin = time.monotonic()
        for _ in range(3):
            await limiter.wait()
        await limiter.close()
        return time.monotonic() - begin

    assert asyncio.run(run()) >= 0.2
