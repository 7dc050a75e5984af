"""The least that BentoML costs: an app that sends empty responses, under the scoring service's settings.

``Floor`` has BentoML's tracing, whose spans nobody reads; ``Untraced`` has none, like the service.
"""

from collections.abc import Awaitable, Callable
from typing import Any

import bentoml


async def empty(scope: Any, receive: Any, send: Callable[[dict[str, Any]], Awaitable[None]]) -> None:
    """Two bytes of JSON, whatever is asked."""
    headers = [(b"content-type", b"application/json"), (b"content-length", b"2")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"{}"})


_SETTINGS = {"workers": 1, "traffic": {"timeout": 60}, "logging": {"access": {"enabled": False}}}


@bentoml.asgi_app(empty, path="/", name="empty")
@bentoml.service(name="floor", **_SETTINGS)
class Floor:
    """Nothing but the framework."""


@bentoml.asgi_app(empty, path="/", name="empty")
@bentoml.service(name="untraced", tracing={"excluded_urls": "."}, **_SETTINGS)
class Untraced:
    """Nothing but the framework, without its spans."""
