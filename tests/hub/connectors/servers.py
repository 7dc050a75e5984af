"""Local servers that stand in for other services: strict about routes and headers, and faulty on demand."""

import asyncio
import threading
from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
#: What a server does in place of a right answer; it gets the right one.
Fault = Callable[[web.Request, Handler], Awaitable[web.StreamResponse]]


@dataclass
class FaultyServer:
    """The faults of the next requests to API routes, one each; None: a right answer. And what was asked."""

    faults: deque[Fault | None] = field(default_factory=deque)
    requests: list[str] = field(default_factory=list)
    url: str = ""

    def build_middleware(self) -> Fault:
        @web.middleware
        async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
            self.requests.append(f"{request.method} {request.path_qs}")
            fault = self.faults.popleft() if self.faults else None
            return await (fault(request, handler) if fault else handler(request))

        return middleware


def fail_with(status: int, **headers: str) -> Fault:
    async def fail(_request: web.Request, _handler: Handler) -> web.StreamResponse:
        return web.json_response({"error": "something_else"}, status=status, headers=headers)

    return fail


async def cut_connection(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer half of what was announced."""
    whole = await handler(request)
    assert isinstance(whole, web.Response)
    assert isinstance(whole.body, bytes)
    response = web.StreamResponse(headers={"Content-Length": str(len(whole.body))})
    await response.prepare(request)
    await response.write(whole.body[: len(whole.body) // 2])
    assert request.transport is not None
    request.transport.close()
    return response


async def send_half(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer half of the JSON, as if it were all."""
    whole = await handler(request)
    assert isinstance(whole, web.Response)
    assert isinstance(whole.body, bytes)
    return web.Response(body=whole.body[: len(whole.body) // 2], content_type="application/json")


async def send_nothing(_request: web.Request, _handler: Handler) -> web.StreamResponse:
    return web.Response(content_type="application/json")


@contextmanager
def run_server(app: web.Application) -> Iterator[str]:
    """Serve an application in a thread of its own, and give its address."""
    loop = asyncio.new_event_loop()
    runner = web.AppRunner(app, access_log=None)

    async def start() -> int:
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port: int = runner.addresses[0][1]
        return port

    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        port = asyncio.run_coroutine_threadsafe(start(), loop).result(10)
        yield f"http://127.0.0.1:{port}"
        asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(10)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
