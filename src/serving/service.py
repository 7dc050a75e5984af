"""The BentoML service: the host mounted at the root beside BentoML's own ``/livez``, ``/readyz`` and ``/metrics``.

BentoML imports this module in the process that starts the workers too, which answers nothing: what answers is imported
and built where a worker begins.
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

os.environ.setdefault("BENTOML_DO_NOT_TRACK", "True")  # read when BentoML is imported

import bentoml
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.routing import BaseRoute
from starlette.types import Receive, Scope, Send

from ..scoring.xgboost_import import import_xgboost_alone
from .readiness import create_marker_folder
from .settings import ServingSettings

if TYPE_CHECKING:
    from .application import Application

_settings = ServingSettings()
_has_hub = bool(os.environ.get("HOTLEADS_HUB_DATABASE"))
# BentoML makes four spans a request even where its configuration sends them nowhere: over a quarter of a request.
_tracing = {} if _settings.tracing else {"excluded_urls": "."}


class DeferredHost(Starlette):
    """The application of this service, which is built in the worker's lifespan. BentoML enters Starlette's alone."""

    def __init__(self) -> None:
        super().__init__(lifespan=type(self)._run)
        self.application: Application | None = None

    @property
    def routes(self) -> list[BaseRoute]:
        """The application's: BentoML looks at them for whether a request is its own."""
        return [] if self.application is None else self.application.host.routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as the application does; no request comes before the lifespan has begun."""
        if self.application is not None:
            await self.application.host(scope, receive, send)

    @asynccontextmanager
    async def _run(self) -> AsyncIterator[Any]:
        import_xgboost_alone()  # before what scores imports all of it
        from .application import build_application

        self.application = await run_in_threadpool(build_application, _settings, has_hub=_has_hub)
        host = self.application.host
        async with host.router.lifespan_context(host) as state:
            yield state


_host = DeferredHost()


@bentoml.asgi_app(_host, path="/", name="scoring")
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
        if not _has_hub:
            import_xgboost_alone()
            from ..scoring import ArtefactError
            from .model_watcher import check_model

            try:
                check_model(_settings.model)
            except (LookupError, ArtefactError) as error:
                raise SystemExit(f"hotleads cannot serve: {error}") from None
        create_marker_folder()

    async def __is_ready__(self) -> bool:
        return _host.application is not None and await _host.application.check_readiness()
