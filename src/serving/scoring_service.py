"""The scoring routes: what they share, their endpoints, and the host that has them alone or beside others."""

import asyncio
import contextlib
import logging
import os
import re
import sys
import time
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from pydantic_core import to_json
from starlette.concurrency import run_in_threadpool
from starlette.routing import BaseRoute, Route

from ..scoring.online.errors import ApiError
from ..scoring.online.requests import build_features_response, build_score_response, prepare_request
from ..scoring.online.scorer import Scorer
from .auth import Authorizer
from .host import Host, Lifespan
from .http import Message, Receive, Request, Send
from .metrics import Metrics
from .model_card import build_model_card
from .model_watcher import ModelWatcher
from .openapi import build_openapi_document
from .readiness import mark_ready, was_ready
from .settings import ServingSettings

if TYPE_CHECKING:
    from .shadow import Shadow

#: A larger body is handled in a thread, so that small requests do not wait for it.
_MAX_INLINE_BYTES = 65_536
_PUBLISH_SECONDS = 2.0
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_LOG = logging.getLogger("hotleads.serving")

#: Returns a response's body, and how many leads it has.
Handler = Callable[[Request], Awaitable[tuple[bytes, int]]]


class ScoringService:
    """What the scoring routes share: settings, the model that answers, authorization and metrics.

    Parameters
    ----------
    settings
        The service's settings.
    describe_others
        Returns what the interface's description says of what is served beside the scoring routes.
    """

    def __init__(self, settings: ServingSettings, describe_others: Callable[[], dict[str, Any]] | None = None) -> None:
        self.settings = settings
        self._describe_others = describe_others
        self.metrics = Metrics()
        self.authorizer = Authorizer(settings)
        self.watcher = ModelWatcher(settings.model, settings.poll_seconds, self._on_swap)
        self.shadow = _build_shadow(settings) if settings.shadow else None

    @contextlib.asynccontextmanager
    async def lifespan(self, app: object) -> AsyncIterator[None]:
        """Load the model in the background: until then the service lives, and is not ready."""
        self.watcher.start()
        if was_ready():
            await run_in_threadpool(self.watcher.wait)
        if self.shadow is not None:
            self.shadow.start()
        publishing = asyncio.create_task(self._publish_metrics())
        try:
            yield
        finally:
            publishing.cancel()
            self.watcher.stop()
            if self.shadow is not None:
                await run_in_threadpool(self.shadow.stop)
            self.metrics.publish()

    @property
    def is_ready(self) -> bool:
        """Whether a model is loaded."""
        return self.watcher.scorer is not None

    def get_scorer(self) -> Scorer:
        """Return the model that answers now. Raises ApiError where there is none."""
        scorer = self.watcher.scorer
        if scorer is None:
            message = "there is no model, or it is being loaded; ask again"
            raise ApiError(503, "not_ready", message, "", **{"Retry-After": "2"})
        return scorer

    async def post_score(self, request: Request) -> tuple[bytes, int]:
        """Answer ``POST /score``."""
        return await self._answer(request, self._score)

    async def post_features(self, request: Request) -> tuple[bytes, int]:
        """Answer ``POST /features``."""
        return await self._answer(request, self._compute_features)

    async def get_model(self, request: Request) -> tuple[bytes, int]:
        """Answer ``GET /model``."""
        return to_json(build_model_card(self.get_scorer())), 0

    async def get_openapi(self, request: Request) -> tuple[bytes, int]:
        """Answer ``GET /openapi.json``."""
        return self._openapi_document, 0

    async def _answer(
        self, request: Request, compute: Callable[[Scorer, bytes], tuple[bytes, int]]
    ) -> tuple[bytes, int]:
        scorer = self.get_scorer()
        body = await request.read_json_body(self.settings.max_body_bytes)
        if len(body) > _MAX_INLINE_BYTES:
            return await run_in_threadpool(compute, scorer, body)
        return compute(scorer, body)

    def _score(self, scorer: Scorer, body: bytes) -> tuple[bytes, int]:
        request = prepare_request(scorer, body, self.settings.max_leads)
        response = build_score_response(request)
        self.metrics.count_request(scorer, request, response["leads"])
        if self.shadow is not None:
            self.shadow.submit(scorer, request, response["leads"])
        return to_json(response), request.size

    def _compute_features(self, scorer: Scorer, body: bytes) -> tuple[bytes, int]:
        request = prepare_request(scorer, body, self.settings.max_leads)
        return to_json(build_features_response(request)), request.size

    def _on_swap(self, scorer: Scorer | None) -> None:
        self.metrics.set_model(scorer)
        if scorer is not None:
            mark_ready()

    async def _publish_metrics(self) -> None:
        while True:
            await asyncio.sleep(_PUBLISH_SECONDS)
            self.metrics.publish()

    @cached_property
    def _openapi_document(self) -> bytes:
        others = self._describe_others() if self._describe_others else None
        return to_json(build_openapi_document(self.settings, others))


def _build_shadow(settings: ServingSettings) -> "Shadow":
    from .shadow import Shadow  # with MLflow, which takes two seconds to import

    return Shadow(ModelWatcher(settings.shadow, settings.poll_seconds), settings.shadow_records)


def build_scoring_routes(service: ScoringService) -> list[Route]:
    """Return the scoring routes: direct routes of a host, whose lifespan enters ``service.lifespan``.

    Parameters
    ----------
    service
        What the routes share.
    """
    return [
        Route("/score", _Endpoint(service, service.post_score, "POST")),
        Route("/features", _Endpoint(service, service.post_features, "POST")),
        Route("/model", _Endpoint(service, service.get_model, "GET", "HEAD")),
        Route("/openapi.json", _Endpoint(service, service.get_openapi, "GET", "HEAD", public=True)),
    ]


def build_host(
    service: ScoringService, routes: Sequence[BaseRoute] = (), lifespans: Sequence[Lifespan] = (), **options: Any
) -> Host:
    """Return an application with the scoring routes and, behind them, others.

    Parameters
    ----------
    service
        What the scoring routes share.
    routes
        Other routes, such as ``Mount("/", web)``.
    lifespans
        What those routes need around the service's life.
    options
        Starlette's own, for the other routes: ``middleware``, ``exception_handlers``, ``debug``.
    """
    return Host(build_scoring_routes(service), routes, [service.lifespan, *lifespans], **options)


class _Endpoint:
    """An ASGI application around a handler: authorization, errors as JSON, a request id, one line in the log.

    A ``public`` one needs no key: the interface's description holds nothing of the model or of anybody's data.
    """

    def __init__(self, service: ScoringService, handler: Handler, *methods: str, public: bool = False) -> None:
        self._service, self._handler, self._methods, self._public = service, handler, methods, public

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        request = Request(scope, receive, send)
        started = time.perf_counter()
        request_id = _choose_request_id(request.get_header(b"x-request-id"))
        status, leads, headers = 200, 0, {}
        try:
            if scope["method"] not in self._methods:
                allow = ", ".join(self._methods)
                raise ApiError(405, "method_not_allowed", f"this route answers {allow}", "", Allow=allow)
            if not self._public:
                self._service.authorizer.authorize(request)
            body, leads = await self._handler(request)
        except ApiError as error:
            body, status, headers = _build_error_body(error, request_id), error.status, error.headers
        except Exception as error:
            _LOG.error("request %s failed: %s at %s", request_id, type(error).__name__, _format_origin(error))
            internal = ApiError(500, "internal_error", "this is a fault of the service; report the request id")
            body, status = _build_error_body(internal, request_id), internal.status
        await request.send_json(status, body, request_id, headers)
        if self._service.settings.log_requests:
            self._log(scope["path"], request_id, status, leads, started)

    def _log(self, route: str, request_id: str, status: int, leads: int, started: float) -> None:
        """Write one line of JSON on standard output: nothing of what was sent but its size."""
        scorer = self._service.watcher.scorer
        line = {
            "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "request_id": request_id,
            "route": route,
            "status": status,
            "milliseconds": round(1000 * (time.perf_counter() - started), 3),
            "leads": leads,
            "model_version": scorer.model.version if scorer else None,
        }
        sys.stdout.write(to_json(line).decode() + "\n")
        sys.stdout.flush()


def _format_origin(error: Exception) -> str:
    """Return where it was raised. Its message and its arguments may hold what a client sent, and are not logged."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{frame.filename}:{frame.lineno}"


def _build_error_body(error: ApiError, request_id: str) -> bytes:
    return to_json({"error": error.to_json() | {"request_id": request_id}})


def _choose_request_id(client_id: str) -> str:
    return client_id if _REQUEST_ID.fullmatch(client_id) else os.urandom(8).hex()
