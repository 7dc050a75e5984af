"""The BentoML service: the host mounted at the root beside BentoML's own ``/livez``, ``/readyz`` and ``/metrics``.

Where ``HOTLEADS_HUB_DATABASE`` is set the host has the hub's pages too; without it no Django is imported.
"""

import logging
import os
from typing import Any

os.environ.setdefault("BENTOML_DO_NOT_TRACK", "True")  # read when BentoML is imported

import bentoml
from starlette.requests import Request
from starlette.responses import RedirectResponse
from starlette.routing import Route

from ..scoring import ArtefactError
from .api_docs import build_docs_routes
from .host import Host
from .model_watcher import check_model
from .readiness import create_marker_folder
from .scoring_service import ScoringService, build_host
from .settings import ServingSettings

_HAS_HUB = bool(os.environ.get("HOTLEADS_HUB_DATABASE"))


def describe_hub() -> dict[str, Any]:
    """Return what the interface's description says of the hub's routes."""
    from ..hub.api.openapi import describe_api

    return describe_api()


_service = ScoringService(ServingSettings(), describe_hub if _HAS_HUB else None)
logging.getLogger("hotleads.serving").setLevel(logging.INFO)  # which model answers is told, and is no warning
# BentoML makes four spans a request even where its configuration sends them nowhere: over a quarter of a request.
_tracing = {} if _service.settings.tracing else {"excluded_urls": "."}


async def redirect_to_docs(request: Request) -> RedirectResponse:
    """Lead a browser from ``/`` to the interface's page."""
    return RedirectResponse("docs")


def build_application() -> Host:
    """Return the scoring routes with what stands behind them: the hub, else a redirect to the interface's page."""
    if not _HAS_HUB:
        return build_host(_service, [*build_docs_routes(), Route("/", redirect_to_docs)])
    from ..hub.site.mount import build_web_routes, run_intake

    return build_host(_service, [*build_docs_routes(), *build_web_routes()], [run_intake])


@bentoml.asgi_app(build_application(), path="/", name="scoring")
@bentoml.service(
    name="hotleads",
    workers=int(os.environ.get("HOTLEADS_SERVING_WORKERS", "1")),
    traffic={"timeout": 60},
    logging={"access": {"enabled": False}},  # the scoring routes write a line a request themselves
    tracing=_tracing,
)
class HotLeads:
    """Scores leads with the champion of the MLflow registry, or the model of a folder."""

    @bentoml.on_deployment  # type: ignore[untyped-decorator]
    def require_model() -> None:
        """Exit before any worker starts if there is no model to wait for; with the hub the first may come later."""
        try:
            if not _HAS_HUB:
                check_model(_service.settings.model)
        except (LookupError, ArtefactError) as error:
            raise SystemExit(f"hotleads cannot serve: {error}") from None
        create_marker_folder()

    async def __is_ready__(self) -> bool:
        if not _HAS_HUB:
            return _service.is_ready
        from ..hub.site.mount import check_readiness

        return await check_readiness()
