"""One route of ``/v1`` as an ASGI application: body limits, errors as JSON with a request id, never a traceback."""

import logging
import os
import re
import zlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from ...scoring.online.errors import ApiError
from ..errors import describe_error

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "POST",
    "Access-Control-Allow-Headers": "Authorization, Content-Type",
    "Access-Control-Max-Age": "86400",
}
_GZIP = 16 + zlib.MAX_WBITS
_logger = logging.getLogger("hotleads.api")


@dataclass(frozen=True)
class Answer:
    """What a handler answers: a status, a value for JSON, and more headers."""

    status: int
    content: Any
    headers: Mapping[str, str] = field(default_factory=dict)


Handler = Callable[[Request], Awaitable[Answer]]


class Endpoint:
    """The application around a handler.

    Parameters
    ----------
    handler
        Answers a request, or raises ApiError.
    methods
        Those that it answers; by default POST.
    is_for_browsers
        Whether pages of other sites may send to it.
    """

    def __init__(self, handler: Handler, *methods: str, is_for_browsers: bool = False) -> None:
        self._handler = handler
        self._methods = [*(methods or ("POST",)), *(["HEAD"] if "GET" in methods else [])]
        self._cors = _CORS if is_for_browsers else {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        request = Request(scope, receive)
        asked = request.headers.get("x-request-id", "")
        request_id = asked if _REQUEST_ID.fullmatch(asked) else os.urandom(8).hex()
        if request.method == "OPTIONS" and self._cors:
            await Response(status_code=204, headers=self._cors)(scope, receive, send)
            return
        try:
            answer = await self._answer(request)
        except ClientDisconnect:
            return
        except ApiError as error:
            content = {"error": error.to_json() | {"request_id": request_id}}
            answer = Answer(error.status, content, error.headers)
        except Exception as error:
            _logger.error("request %s failed: %s", request_id, describe_error(error))
            fault = ApiError(500, "internal_error", "this is a fault of the service; report the request id")
            answer = Answer(500, {"error": fault.to_json() | {"request_id": request_id}})
        headers = {"Cache-Control": "no-store", "X-Request-Id": request_id, **self._cors, **answer.headers}
        body = msgspec.json.encode(answer.content)
        await Response(body, answer.status, headers, "application/json")(scope, receive, send)

    async def _answer(self, request: Request) -> Answer:
        if request.method not in self._methods:
            allow = ", ".join(self._methods)
            raise ApiError(405, "method_not_allowed", f"this route answers {allow}", "", Allow=allow)
        return await self._handler(request)


def require_json(request: Request) -> None:
    """Raise ApiError where a request's body is said to be no JSON."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise ApiError(415, "unsupported_media_type", "send application/json in UTF-8")


async def read_body(request: Request, max_bytes: int) -> bytes:
    """Return the body, unpacked where it is gzipped and read no further than its limit.

    Raises ApiError for another encoding, and for a larger body.
    """
    encoding = request.headers.get("content-encoding", "identity").lower()
    if encoding not in ("identity", "gzip", ""):
        raise ApiError(415, "unsupported_media_type", "send the JSON as it is, or gzipped")
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > max_bytes:
            raise _build_size_error(max_bytes)
        parts.append(part)
    body = b"".join(parts)
    return _unpack(body, max_bytes) if encoding == "gzip" else body


def get_address(request: Request) -> str:
    """Return the client's address; ``local`` where it has none."""
    return request.client.host if request.client else "local"


def _unpack(body: bytes, max_bytes: int) -> bytes:
    unpacker = zlib.decompressobj(_GZIP)
    try:
        unpacked = unpacker.decompress(body, max_bytes + 1)
    except zlib.error:
        raise ApiError(400, "invalid_gzip", "the body says that it is gzipped and is not") from None
    if len(unpacked) > max_bytes:
        raise _build_size_error(max_bytes)
    if not unpacker.eof:
        raise ApiError(400, "invalid_gzip", "the gzipped body is cut off")
    return unpacked


def _build_size_error(max_bytes: int) -> ApiError:
    return ApiError(413, "too_large", f"more than {max_bytes:,} bytes; send fewer rows a request")
