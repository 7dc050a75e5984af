"""The host: a web application with middleware, sessions, errors and a lifespan of its own beside the scoring routes."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.testclient import TestClient
from starlette.types import ASGIApp, Receive, Scope, Send

from hotleads.serving import scoring_service
from hotleads.serving.scoring_service import ScoringService, build_host
from hotleads.serving.settings import ServingSettings

from .conftest import LAUNCH, wait_for

REQUEST = {"launch_id": LAUNCH, "leads": [{"lead_id": "a"}]}


class CountingMiddleware:
    """Counts the requests that pass it."""

    def __init__(self, app: ASGIApp, paths: list[str]) -> None:
        self.app, self.paths = app, paths

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            self.paths.append(scope["path"])
        await self.app(scope, receive, send)


async def count_visits(request: Request) -> Response:
    request.session["visits"] = request.session.get("visits", 0) + 1
    return JSONResponse({"visits": request.session["visits"], "database": request.state.database})


async def teapot(request: Request) -> Response:
    raise HTTPException(418, "short and stout")


async def divide(request: Request) -> Response:
    return PlainTextResponse(str(1 // int(request.query_params.get("by", "0"))))


async def show_own_error(request: Request, error: Exception) -> Response:
    return PlainTextResponse(f"the web application's page: {type(error).__name__}", status_code=500)


async def show_own_page(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return PlainTextResponse(f"the web application's page {error.status_code}", status_code=error.status_code)


def build_web(events: list[str], paths: list[str]) -> Starlette:
    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[dict[str, str]]:
        events.append("web starts")
        yield {"database": "open"}
        events.append("web stops")

    handlers: dict[Any, Any] = {HTTPException: show_own_page, ZeroDivisionError: show_own_error}
    middleware = [Middleware(CountingMiddleware, paths), Middleware(SessionMiddleware, secret_key="s")]  # noqa: S106
    routes = [Route("/visits", count_visits), Route("/teapot", teapot), Route("/divide", divide)]
    return Starlette(routes=routes, middleware=middleware, exception_handlers=handlers, lifespan=lifespan)


@pytest.fixture
def service(folder: Path) -> ScoringService:
    return ScoringService(ServingSettings(model=str(folder), log_requests=False))


class TestAWebApplicationBeside:
    def test_both_work_and_keep_their_own_errors(
        self, service: ScoringService, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        events: list[str] = []
        paths: list[str] = []
        host = build_host(service, [Mount("/", build_web(events, paths))])
        with TestClient(host, base_url="http://127.0.0.1", raise_server_exceptions=False) as client:
            wait_for(lambda: service.is_ready)  # the host's lifespan entered the scoring routes' own
            assert events == ["web starts"]
            assert client.post("/score", json=REQUEST).json()["launch_id"] == LAUNCH
            visits = [client.get("/visits").json() for _ in range(2)]
            assert visits == [{"visits": count, "database": "open"} for count in (1, 2)]
            assert client.get("/teapot").text == "the web application's page 418"
            assert client.get("/nowhere").text == "the web application's page 404"
            assert client.get("/divide").text == "the web application's page: ZeroDivisionError"
            wrong = client.post("/score", json=REQUEST | {"lead": []})
            assert (wrong.status_code, wrong.json()["error"]["code"]) == (422, "invalid")
            assert client.get("/score").json()["error"]["code"] == "method_not_allowed"
            monkeypatch.setattr(scoring_service, "prepare_request", lambda *_: 1 // 0)
            failed = client.post("/score", json=REQUEST)
            assert (failed.status_code, failed.json()["error"]["code"]) == (500, "internal_error")
            assert paths == ["/visits", "/visits", "/teapot", "/nowhere", "/divide"]  # none of the scoring routes
        assert events == ["web starts", "web stops"]

    def test_scoring_goes_past_the_hosts_own_middleware(self, service: ScoringService) -> None:
        paths: list[str] = []
        options: dict[str, Any] = {
            "middleware": [Middleware(CountingMiddleware, paths)],
            "exception_handlers": {ZeroDivisionError: show_own_error},
        }
        host = build_host(service, [Route("/divide", divide)], **options)
        with TestClient(host, base_url="http://127.0.0.1", raise_server_exceptions=False) as client:
            assert client.get("/divide?by=1").text == "1"
            assert client.get("/divide").text == "the web application's page: ZeroDivisionError"
            assert client.get("/openapi.json").status_code == 200
            assert client.get("/nowhere").status_code == 404
        assert paths == ["/divide", "/divide", "/nowhere"]

    def test_under_a_root_path_scoring_is_found_by_the_rest_of_the_path(self, service: ScoringService) -> None:
        with TestClient(Starlette(routes=[Mount("/api", build_host(service))]), base_url="http://127.0.0.1") as client:
            assert client.get("/api/openapi.json").json()["openapi"] == "3.1.0"
            assert client.get("/api/nowhere").status_code == 404
