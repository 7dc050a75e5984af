"""The application outside: scoring routes, and a web application beside them with middleware and errors of its own."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import Any

from starlette.applications import Starlette
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import Receive, Scope, Send

Lifespan = Callable[[Any], AbstractAsyncContextManager[Any]]


class Host(Starlette):
    """A Starlette application whose direct routes go past its middleware, which would take 20 to 30 us a request.

    Its lifespan enters ``lifespans`` and those of the Starlette applications that are mounted, since BentoML runs the
    outermost lifespan alone. The state that they yield reaches the other routes' requests.

    Parameters
    ----------
    direct_routes
        Routes of whole paths whose endpoints are ASGI applications that answer their own errors.
    routes
        The other routes. A mount at ``/`` takes every path that stands behind it, so it stands last.
    lifespans
        Lifespans of the direct routes, entered in this order, before those of mounted applications.
    options
        Starlette's own: ``middleware``, ``exception_handlers``, ``debug``. They serve ``routes``.

    Examples
    --------
    >>> host = build_host(service, [Mount("/", web)])  # doctest: +SKIP
    """

    def __init__(
        self,
        direct_routes: Sequence[Route],
        routes: Sequence[BaseRoute] = (),
        lifespans: Sequence[Lifespan] = (),
        **options: Any,
    ) -> None:
        super().__init__(routes=[*direct_routes, *routes], lifespan=type(self)._run_lifespans, **options)
        self._direct = {route.path: route.app for route in direct_routes}
        mounted = [route.app for route in routes if isinstance(route, Mount)]
        self._guests = [app for app in mounted if isinstance(app, Starlette)]
        self._lifespans = lifespans
        self._lifespan_state: dict[str, object] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request: a direct route's own application, else as Starlette does."""
        if scope["type"] == "http" and not scope.get("root_path"):
            endpoint = self._direct.get(scope["path"])
            if endpoint is not None:
                await endpoint(scope, receive, send)
                return
        if self._lifespan_state:
            scope["state"] = self._lifespan_state | scope.get("state", {})
        await super().__call__(scope, receive, send)

    @asynccontextmanager
    async def _run_lifespans(self) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            contexts = [lifespan(self) for lifespan in self._lifespans]
            contexts += [guest.router.lifespan_context(guest) for guest in self._guests]
            for context in contexts:
                self._lifespan_state |= await stack.enter_async_context(context) or {}
            yield
