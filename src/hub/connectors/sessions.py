"""Clients for synchronous code: jobs ask page after page and write rows in between, where no event loop runs."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from typing import Generic, TypeVar

from .paging import Page

_Client = TypeVar("_Client")
_Row = TypeVar("_Row")
_Result = TypeVar("_Result")


class Session(Generic[_Client]):
    """A client that is open.

    Parameters
    ----------
    client
        The client.
    """

    def __init__(self, client: _Client, runner: asyncio.Runner) -> None:
        self.client = client
        self._runner = runner

    def run(self, call: Coroutine[object, object, _Result]) -> _Result:
        """Run one call to its end."""
        return self._runner.run(call)

    def iter_pages(self, pages: AsyncIterator[Page[_Row]]) -> Iterator[Page[_Row]]:
        """Yield the pages of a list, each asked for when it is wanted."""

        async def ask() -> Page[_Row] | None:
            return await anext(pages, None)

        while (page := self._runner.run(ask())) is not None:
            yield page


@contextmanager
def open_session(manager: AbstractAsyncContextManager[_Client]) -> Iterator[Session[_Client]]:
    """Open a client for the ``with`` block."""
    with asyncio.Runner() as runner:
        client = runner.run(manager.__aenter__())
        try:
            yield Session(client, runner)
        finally:
            runner.run(manager.__aexit__(None, None, None))
