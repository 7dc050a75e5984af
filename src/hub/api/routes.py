"""Every route of ``/v1``, for the host to have before the pages."""

from starlette.requests import Request
from starlette.routing import BaseRoute, Route

from ...scoring.online.errors import ApiError
from ..intake.inbox_writer import InboxWriter
from .access import AccessControl
from .endpoint import Answer, Endpoint
from .read_routes import build_read_routes
from .segment_routes import build_segment_routes
from .snippet import build_snippet_route
from .write_routes import build_write_routes


def build_api_routes(writer: InboxWriter) -> list[BaseRoute]:
    """Return the routes that programs use: they go past Django.

    Parameters
    ----------
    writer
        The process's writer of the inbox.
    """
    access = AccessControl()
    return [
        *build_write_routes(access, writer),
        *build_segment_routes(access, writer),
        *build_read_routes(access),
        build_snippet_route(),
        Route("/v1/{path:path}", Endpoint(_refuse_unknown_route, "GET", "POST")),
    ]


async def _refuse_unknown_route(request: Request) -> Answer:
    """Answer what no route of ``/v1`` does."""
    raise ApiError(404, "no_such_route", "there is no such route; /docs lists them")
