"""The service's routes as a plain Starlette app: quick, and mounted as it is in BentoML."""

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
from typing import Any

from pydantic_core import to_json
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp

from ..scoring.online.errors import ApiError
from ..scoring.online.requests import PreparedRequest, build_features_response, build_score_response, prepare_request
from ..scoring.online.scorer import Scorer
from .auth import Authorizer
from .http import Message, Receive, Request, Send
from .metrics import Metrics
from .model_card import build_model_card
from .model_watcher import ModelWatcher
from .openapi import build_openapi_document
from .readiness import mark_ready, was_ready
from .settings import ServingSettings
from .shadow import Shadow

#: A larger body is worked on in a thread, so that small requests need not wait for it.
_LARGE = 65_536
_PUBLISH_SECONDS = 2.0
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_LOG = logging.getLogger("hotleads.serving")

Answering = Callable[[PreparedRequest], dict[str, Any]]
Answer = Callable[[Request], Awaitable[tuple[bytes, int]]]  # to the body, and of how many leads


class ScoringService:
    """What the routes share: settings, the model that answers, the guard, and what is counted."""

    def __init__(self, settings: ServingSettings) -> None:
        self.settings = settings
        self.metrics = Metrics()
        self.guard = Authorizer(settings)
        self.champion = ModelWatcher(settings.model, settings.poll_seconds, self._swapped)
        self.shadow = (
            Shadow(ModelWatcher(settings.shadow, settings.poll_seconds), settings.shadow_records)
            if settings.shadow
            else None
        )

    @contextlib.asynccontextmanager
    async def lifespan(self, app: Starlette) -> AsyncIterator[None]:
        """Load in the background: until then the service lives, and is not ready."""
        self.champion.start()
        if was_ready():
            await run_in_threadpool(self.champion.wait)
        if self.shadow is not None:
            self.shadow.start()
        publishing = asyncio.create_task(self._publish())
        try:
            yield
        finally:
            publishing.cancel()
            self.champion.stop()
            if self.shadow is not None:
                await run_in_threadpool(self.shadow.stop)
            self.metrics.publish()

    def _swapped(self, scorer: Scorer) -> None:
        self.metrics.swapped(scorer)
        mark_ready()

    async def _publish(self) -> None:
        while True:
            await asyncio.sleep(_PUBLISH_SECONDS)
            self.metrics.publish()

    def scorer(self) -> Scorer:
        """The model that answers now. Raises Refusal before the first is loaded."""
        if self.champion.scorer is None:
            raise ApiError(503, "not_ready", "the model is being loaded; ask again", "", **{"Retry-After": "2"})
        return self.champion.scorer

    async def score(self, exchange: Request) -> tuple[bytes, int]:
        """``POST /score``."""
        return await self._answered(exchange, build_score_response, is_score=True)

    async def features(self, exchange: Request) -> tuple[bytes, int]:
        """``POST /features``."""
        return await self._answered(exchange, build_features_response, is_score=False)

    async def _answered(self, exchange: Request, answer: Answering, is_score: bool) -> tuple[bytes, int]:
        scorer = self.scorer()
        body = await self.guard.body(exchange)

        def work() -> tuple[bytes, int]:
            found = prepare_request(scorer, body, self.settings.max_leads)
            told = answer(found)
            if is_score:
                self.metrics.count(scorer, found, told["leads"])
                if self.shadow is not None:
                    self.shadow.submit(scorer, found, told["leads"])
            return to_json(told), found.size

        return await run_in_threadpool(work) if len(body) > _LARGE else work()

    async def model(self, exchange: Request) -> tuple[bytes, int]:
        """``GET /model``."""
        return to_json(build_model_card(self.scorer())), 0

    async def document(self, exchange: Request) -> tuple[bytes, int]:
        """``GET /openapi.json``."""
        return self._document, 0

    @cached_property
    def _document(self) -> bytes:
        return to_json(build_openapi_document(self.settings))


def create_app(service: ScoringService, beside: Sequence[BaseRoute] = ()) -> Starlette:
    """The app of a service; routes ``beside`` are served along with it (a web app that is mounted, say)."""
    routes = [
        Route("/score", _Endpoint(service, service.score, "POST")),
        Route("/features", _Endpoint(service, service.features, "POST")),
        Route("/model", _Endpoint(service, service.model, "GET", "HEAD")),
        Route("/openapi.json", _Endpoint(service, service.document, "GET", "HEAD")),
        *beside,
    ]
    return _App(routes=routes, lifespan=service.lifespan)


class _App(Starlette):
    """Its endpoints answer their own errors; the rest is for the app that it is mounted in.

    Starlette's two layers for errors take 20 to 30 us of a request.
    """

    def build_middleware_stack(self) -> ASGIApp:
        return self.router


class _Endpoint:
    """The route around an answer, an ASGI app: admission, errors as JSON, a request id, one line in the log."""

    def __init__(self, service: ScoringService, answer: Answer, *methods: str) -> None:
        self._service, self._answer, self._methods = service, answer, methods

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        exchange = Request(scope, receive, send)
        began, request_id = time.perf_counter(), _request_id(exchange.header(b"x-request-id"))
        status, leads, headers = 200, 0, {}
        try:
            if scope["method"] not in self._methods:
                raise ApiError(405, "http", "Method Not Allowed", "", Allow=", ".join(self._methods))
            self._service.guard.admit(exchange)
            body, leads = await self._answer(exchange)
        except ApiError as error:
            body, status, headers = _told(error, request_id), error.status, error.headers
        except Exception as error:
            _LOG.error("request %s failed: %s at %s", request_id, type(error).__name__, _place(error))
            fault = ApiError(500, "failed", "this is a fault of the service; report the request id")
            body, status = _told(fault, request_id), fault.status
        await exchange.answer(status, body, request_id, headers)
        if self._service.settings.log_requests:
            _log(self._service, scope["path"], request_id, status, leads, began)


def _place(error: Exception) -> str:
    """Where it was raised. Its message and its arguments may hold what a client sent, and are not logged."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{frame.filename}:{frame.lineno}"


def _told(error: ApiError, request_id: str) -> bytes:
    return to_json({"error": error.body() | {"request_id": request_id}})


def _request_id(given: str) -> str:
    return given if _REQUEST_ID.fullmatch(given) else os.urandom(8).hex()


def _log(service: ScoringService, route: str, request_id: str, status: int, leads: int, began: float) -> None:
    """One line of JSON on standard output: nothing of what was sent but its size."""
    scorer = service.champion.scorer
    line = {
        "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "request_id": request_id,
        "route": route,
        "status": status,
        "milliseconds": round(1000 * (time.perf_counter() - began), 3),
        "leads": leads,
        "model_version": scorer.model.version if scorer else None,
    }
    sys.stdout.write(to_json(line).decode() + "\n")
    sys.stdout.flush()
