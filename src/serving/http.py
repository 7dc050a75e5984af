"""One request and its answer as ASGI has them: what Starlette's own would add costs as much as the features do."""

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from functools import cached_property
from typing import Any

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

_JSON = b"content-type", b"application/json"


class Request:
    """What was asked, and the one answer to it."""

    def __init__(self, scope: Message, receive: Receive, send: Send) -> None:
        self.scope, self.receive, self._send = scope, receive, send

    @cached_property
    def _headers(self) -> dict[bytes, bytes]:
        return dict(reversed(self.scope["headers"]))  # of a header that comes twice the first counts

    def header(self, name: bytes, otherwise: str = "") -> str:
        """The value of a request's header, by its name in small letters."""
        value = self._headers.get(name)
        return otherwise if value is None else value.decode("latin-1")

    @property
    def client(self) -> str:
        """The address that asks; ``local`` where it is not known."""
        client = self.scope.get("client")
        return client[0] if client else "local"

    async def answer(self, status: int, body: bytes, request_id: str, headers: Mapping[str, str]) -> None:
        """Send JSON."""
        pairs = [_JSON, (b"content-length", b"%d" % len(body)), (b"x-request-id", request_id.encode())]
        pairs += [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
        await self._send({"type": "http.response.start", "status": status, "headers": pairs})
        await self._send({"type": "http.response.body", "body": body})
