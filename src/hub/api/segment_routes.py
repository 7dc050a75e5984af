"""``/v1/track`` and its kin, as Segment's libraries send them: a write key, one message or a batch, maybe gzipped."""

import uuid
from collections.abc import Sequence
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.routing import Route

from ...scoring.online.errors import ApiError
from ..intake.api.requests import decode_json
from ..intake.credentials import ApiClient
from ..intake.inbox_writer import InboxWriter
from ..intake.segment.messages import build_envelope_id, check_message, hash_visitor, read_text
from ..models import InboxItem, Scope
from .access import AccessControl
from .endpoint import Answer, Endpoint, get_address, read_body
from .write_routes import write_items

SOURCE = "segment"
MAX_MESSAGE_BYTES = 32_768
MAX_BATCH_BYTES = 512_000
MAX_MESSAGES = 2_500
#: The routes of one message, with the short ones that browsers use, and of many.
MESSAGE_ROUTES = {
    "track": ("/v1/track", "/v1/t"),
    "identify": ("/v1/identify", "/v1/i"),
    "page": ("/v1/page", "/v1/p"),
    "screen": ("/v1/screen", "/v1/s"),
    "group": ("/v1/group", "/v1/g"),
    "alias": ("/v1/alias", "/v1/a"),
}
BATCH_ROUTES = ("/v1/batch", "/v1/import", "/v1/b")
#: What a batch says once for all of its messages.
_SHARED = ("sentAt", "context")


class MessageHandler:
    """Takes messages in.

    Parameters
    ----------
    access
        Who may send.
    writer
        The process's writer of the inbox.
    kind
        The type of the route's message; None: a batch of any.
    """

    def __init__(self, access: AccessControl, writer: InboxWriter, kind: str | None) -> None:
        self._access, self._writer, self._kind = access, writer, kind

    async def __call__(self, request: Request) -> Answer:
        """Keep the messages of a request and answer as Segment does."""
        # JSON whatever its type is called: browsers say text/plain, which needs no preflight, others a form.
        body = await read_body(request, MAX_MESSAGE_BYTES if self._kind else MAX_BATCH_BYTES)
        content = decode_json(body)
        if not isinstance(content, dict):
            raise ApiError(400, "invalid", "send an object")
        in_body = content.pop("writeKey", None)
        client = await self._access.authorize_write_key(
            request.headers.get("authorization", ""), in_body if isinstance(in_body, str) else "", get_address(request)
        )
        messages = [content] if self._kind else _list_messages(content)
        kinds = self._check(messages)
        for scope in {_find_scope(kind) for kind in kinds}:
            self._access.require_scope(client, scope)
        items = [
            _build_item(message, kind, client, number if self._kind is None else None)
            for number, (message, kind) in enumerate(zip(messages, kinds, strict=True))
        ]
        await write_items(self._writer, items)
        return Answer(200, {"success": True})

    def _check(self, messages: Sequence[Any]) -> list[str]:
        """Return the messages' types. Raises ApiError with each wrong one."""
        kinds, problems = [], []
        for number, message in enumerate(messages):
            try:
                kinds.append(check_message(message, self._kind, "" if self._kind else f"batch.{number}"))
            except ApiError as error:
                problems += error.problems
        if problems:
            refused = ApiError(400, "invalid", "")
            refused.problems = problems[:20]
            raise refused
        return kinds


def build_segment_routes(access: AccessControl, writer: InboxWriter) -> list[Route]:
    """Return the routes that Segment's libraries use."""
    single = [
        Route(path, Endpoint(MessageHandler(access, writer, kind), is_for_browsers=True))
        for kind, paths in MESSAGE_ROUTES.items()
        for path in paths
    ]
    many = MessageHandler(access, writer, None)
    return [*single, *(Route(path, Endpoint(many, is_for_browsers=True)) for path in BATCH_ROUTES)]


def _list_messages(content: dict[str, Any]) -> list[Any]:
    messages = content.get("batch")
    if not isinstance(messages, list) or not messages:
        raise ApiError(400, "invalid", "batch is a list of messages", "batch")
    if len(messages) > MAX_MESSAGES:
        raise ApiError(413, "too_large", f"more than {MAX_MESSAGES:,} messages; send fewer a batch", "batch")
    shared = {name: content[name] for name in _SHARED if name in content}
    return [{**shared, **message} if isinstance(message, dict) else message for message in messages]


def _find_scope(kind: str) -> Scope:
    return Scope.WRITE_LEADS if kind == "identify" else Scope.WRITE_EVENTS


def _build_item(message: dict[str, Any], kind: str, client: ApiClient, number: int | None) -> InboxItem:
    body = msgspec.json.encode({**message, "type": kind})
    if number is not None and len(body) > MAX_MESSAGE_BYTES:
        raise ApiError(413, "too_large", f"a message has {MAX_MESSAGE_BYTES:,} bytes at most", f"batch.{number}")
    anonymous_id = read_text(message.get("anonymousId"))
    is_visitors = kind not in ("identify", "alias") and anonymous_id and not read_text(message.get("userId"))
    return InboxItem(
        source=SOURCE,
        envelope_id=build_envelope_id(message, client.credential_id) or uuid.uuid4().hex,
        origin_id=client.credential_id,
        content_type="application/json",
        event_type=kind,
        visitor_hmac=hash_visitor(anonymous_id, client.ids_of) if is_visitors else None,
        body=body,
    )
