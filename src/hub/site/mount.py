"""The hub as routes of the service's host: what takes in deliveries, then the pages; and whether it is ready."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

from starlette.concurrency import run_in_threadpool
from starlette.routing import BaseRoute, Mount, Route

from .setup import open_installation

#: Requests that Django answers at once; the others wait in line.
_THREADS = 8


def build_web_routes(data: Path | None = None) -> list[BaseRoute]:
    """Return the hub's routes. Its pages stand last: they take every path that is left.

    Raises HubError where the installation is not ready for this program.
    """
    from a2wsgi import WSGIMiddleware
    from django.core.handlers.wsgi import WSGIHandler
    from django.db import connections

    open_installation(data)
    connections.close_all()  # workers are forked: none may inherit a connection
    web: Any = WSGIMiddleware(cast(Any, WSGIHandler()), workers=_THREADS)  # three packages' types of one protocol
    return [*build_intake_routes(), Mount("/", web)]


@asynccontextmanager
async def run_intake(_app: object) -> AsyncIterator[None]:
    """Let the process write what waits in its inbox before it ends: the lifespan of ``build_web_routes``."""
    from ..intake.inbox_writer import get_writer

    yield
    await run_in_threadpool(get_writer().stop)


def build_intake_routes() -> list[BaseRoute]:
    """Return the routes by which others bring rows: they go past Django, and answer once all is on the disk."""
    from ..api.routes import build_api_routes
    from ..intake.hotmart.route import PATH, HotmartWebhook
    from ..intake.inbox_writer import get_writer

    return [Route(PATH, HotmartWebhook(get_writer())), *build_api_routes(get_writer())]


async def check_readiness() -> bool:
    """Return whether the database answers."""
    return await run_in_threadpool(_query_database)


def _query_database() -> bool:
    from django.db import DatabaseError, connection

    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    finally:
        connection.close()
    return True
