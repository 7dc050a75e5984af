"""The web application as routes of the service's host, and whether it is ready."""

from pathlib import Path
from typing import Any, cast

from starlette.concurrency import run_in_threadpool
from starlette.routing import BaseRoute, Mount

from .setup import open_installation

#: Requests that Django answers at once; the others wait in line.
_THREADS = 8


def build_web_routes(data: Path | None = None) -> list[BaseRoute]:
    """Return the routes of the hub's pages, which stand last: they take every path that is left.

    Raises HubError where the installation is not ready for this program.
    """
    from a2wsgi import WSGIMiddleware
    from django.core.handlers.wsgi import WSGIHandler
    from django.db import connections

    open_installation(data)
    connections.close_all()  # workers are forked: none may inherit a connection
    web: Any = WSGIMiddleware(cast(Any, WSGIHandler()), workers=_THREADS)  # three packages' types of one protocol
    return [Mount("/", web)]


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
