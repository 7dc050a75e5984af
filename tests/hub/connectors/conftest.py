"""Services of our own to connect to, and patience that fits a test."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import TypeVar

import pytest

from hotleads.hub.connectors import hotmart_client
from hotleads.hub.connectors.hotmart_client import HotmartAccount, HotmartClient
from hotleads.hub.connectors.paging import Page
from hotleads.hub.connectors.retries import RetryPolicy
from tests.hub.connectors.hotmart_server import CLIENT_ID, CLIENT_SECRET, HotmartServer
from tests.hub.connectors.servers import run_server
from tests.hub.installations import Installation

#: As patient as in earnest, and quick.
POLICY = RetryPolicy(max_attempts=4, first_wait_seconds=0.01, max_wait_seconds=2.0, timeout_seconds=5.0)

_Result = TypeVar("_Result")


@pytest.fixture
def hotmart(sqlite_installation: Installation, monkeypatch: pytest.MonkeyPatch) -> Iterator[HotmartServer]:
    monkeypatch.setattr(hotmart_client, "CALLS_A_MINUTE", 600_000)
    server = HotmartServer()
    with run_server(server.build_app()) as server.url:
        yield server


def ask(
    server: HotmartServer, call: Callable[[HotmartClient], Awaitable[_Result]], policy: RetryPolicy = POLICY
) -> _Result:
    """Run one call of a client of its own."""

    async def run() -> _Result:
        account = HotmartAccount(
            key="hotmart:1",
            client_id=CLIENT_ID,
            client_secret=CLIENT_SECRET,
            base_url=f"{server.url}/api",
            token_url=f"{server.url}/security/oauth/token",
        )
        async with HotmartClient(account, policy) as client:
            return await call(client)

    return asyncio.run(run())


async def gather_rows(pages: AsyncIterator[Page[_Result]]) -> list[_Result]:
    return [row async for page in pages for row in page.rows]
