"""One ASGI request and its response: Starlette's own classes take as long as computing the features does."""

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from functools import cached_property, lru_cache
from typing import Any

from ..scoring.online.errors import ApiError

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

_JSON = b"content-type", b"application/json"


class Request:
    """A request, and the one response to it.

    Parameters
    ----------
    scope, receive, send
        As ASGI has them.
    """

    def __init__(self, scope: Message, receive: Receive, send: Send) -> None:
        self.scope, self._receive, self._send = scope, receive, send

    @cached_property
    def _headers(self) -> dict[bytes, bytes]:
        return dict(reversed(self.scope["headers"]))  # of a header that comes twice the first counts

    def get_header(self, name: bytes, default: str = "") -> str:
        """Return the value of a header; ``name`` is in small letters."""
        value = self._headers.get(name)
        return default if value is None else value.decode("latin-1")

    @property
    def client(self) -> str:
        """The client's address; ``local`` if it is unknown."""
        client = self.scope.get("client")
        return client[0] if client else "local"

    async def read_json_body(self, max_bytes: int) -> bytes:
        """Return the body, read no further than ``max_bytes``. Raises ApiError for another type or a larger body."""
        if not _is_json(self.get_header(b"content-type")):
            raise ApiError(415, "unsupported_media_type", "send application/json in UTF-8")
        if self.get_header(b"content-encoding", "identity") != "identity":
            raise ApiError(415, "unsupported_media_type", "send the JSON as it is, without a content encoding")
        declared = self.get_header(b"content-length", "0")
        if declared.isdigit() and int(declared) > max_bytes:
            raise _build_size_error(max_bytes)
        parts: list[bytes] = []
        size, more = 0, True
        while more:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise ApiError(400, "client_disconnected", "the client disconnected before its request was complete")
            parts.append(message.get("body", b""))
            size += len(parts[-1])
            if size > max_bytes:
                raise _build_size_error(max_bytes)
            more = message.get("more_body", False)
        return b"".join(parts)

    async def send_json(self, status: int, body: bytes, request_id: str, headers: Mapping[str, str]) -> None:
        """Send the response."""
        pairs = [_JSON, (b"content-length", b"%d" % len(body)), (b"x-request-id", request_id.encode())]
        pairs += [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
        await self._send({"type": "http.response.start", "status": status, "headers": pairs})
        await self._send({"type": "http.response.body", "body": body})


def _build_size_error(max_bytes: int) -> ApiError:
    return ApiError(413, "too_large", f"more than {max_bytes:,} bytes; send fewer leads a request")


@lru_cache(maxsize=64)
def _is_json(content_type: str) -> bool:
    """Return whether it is JSON in UTF-8."""
    kind, _, parameters = content_type.partition(";")
    charsets = [
        part.partition("=")[2].strip(' "').lower() for part in parameters.split(";") if "charset" in part.lower()
    ]
    return kind.strip().lower() == "application/json" and all(name in ("utf-8", "utf8") for name in charsets)
