"""What a worker of the service answers with: the scoring routes, and the hub's pages where there is a hub.

Without the hub no Django is imported.
"""

import logging
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

from starlette.requests import Request
from starlette.responses import RedirectResponse
from starlette.routing import Route

from .api_docs import build_docs_routes
from .host import Host
from .scoring_service import ScoringService, build_host
from .settings import ServingSettings


class Application(NamedTuple):
    """What answers, and what says whether it can."""

    host: Host
    check_readiness: Callable[[], Awaitable[bool]]


def build_application(settings: ServingSettings, *, has_hub: bool) -> Application:
    """Return the scoring routes with what stands behind them: the hub, else a redirect to the interface's page."""
    logging.getLogger("hotleads.serving").setLevel(logging.INFO)  # which model answers is told, and is no warning
    service = ScoringService(settings, describe_hub if has_hub else None)
    if not has_hub:

        async def has_model() -> bool:
            return service.is_ready

        return Application(build_host(service, [*build_docs_routes(), Route("/", redirect_to_docs)]), has_model)
    from ..hub.site.mount import build_web_routes, check_readiness, run_intake

    host = build_host(service, [*build_docs_routes(), *build_web_routes()], [run_intake])
    return Application(host, check_readiness)


def describe_hub() -> dict[str, Any]:
    """Return what the interface's description says of the hub's routes."""
    from ..hub.api.openapi import describe_api

    return describe_api()


async def redirect_to_docs(request: Request) -> RedirectResponse:
    """Lead a browser from ``/`` to the interface's page."""
    return RedirectResponse("docs")
