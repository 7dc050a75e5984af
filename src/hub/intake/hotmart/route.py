"""``POST /webhooks/hotmart``: a delivery is kept, and answered with 200 once it is on the disk.

200 taken in, or there already; 400 no JSON, no id, or a form of version 1.0.0; 401 no account's hottok; 413 too large;
503 not kept: send it again.
"""

import asyncio
import logging
import time
from urllib.parse import parse_qs

from django.db import DatabaseError, connection
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from ....scoring.online.errors import ApiError
from ...models import InboxItem
from ..guess_limit import GuessLimit
from ..inbox_writer import InboxBusyError, InboxWriter
from .accounts import load_hottoks, match_hottok
from .deliveries import decode_body, read_event
from .processing import SOURCE
from .values import Object, UnreadableError, read_text

PATH = "/webhooks/hotmart"
#: Deliveries are of some 4 KB.
MAX_BODY_BYTES = 262_144
_HEADER = "x-hotmart-hottok"
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
#: An account that was removed is let in no longer than this; one that was added is let in at once.
_CACHE_SECONDS = 1.0
#: Wrong tokens ask the database for new accounts at most this often.
_MIN_CACHE_SECONDS = 0.5
_logger = logging.getLogger(__name__)


class HotmartWebhook:
    """The route's endpoint.

    Parameters
    ----------
    writer
        The process's writer of the inbox.
    """

    def __init__(self, writer: InboxWriter) -> None:
        self._writer = writer
        self._hottoks: list[tuple[int, bytes]] = []
        self._loaded_at = float("-inf")
        self._loading = asyncio.Lock()
        self._guesses = GuessLimit()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a delivery."""
        response: Response
        try:
            is_new = await self._take_in(Request(scope, receive))
        except ClientDisconnect:
            return
        except ApiError as error:
            response = JSONResponse({"error": error.to_json()}, error.status, headers=error.headers)
        else:
            response = JSONResponse({"status": "accepted" if is_new else "duplicate"})
        await response(scope, receive, send)

    async def _take_in(self, request: Request) -> bool:
        """Keep a delivery, and return whether it is new. Raises ApiError where it is not kept."""
        if request.method != "POST":
            raise ApiError(405, "method_not_allowed", "send a delivery by POST", "", Allow="POST")
        hottok = request.headers.get(_HEADER, "").encode("latin-1")
        content_type = request.headers.get("content-type", "")
        account = await self._find_account(hottok) if hottok else None
        if hottok and account is None:
            raise self._refuse(request)
        body = await _read_body(request)
        is_form = content_type.partition(";")[0].strip().lower() in _FORMS
        fields = _read_form(body) if is_form else _decode(body)
        if account is None:
            account = await self._find_account(_read_field(fields, "hottok").encode())
        if account is None:
            raise self._refuse(request)
        if is_form or _read_field(fields, "version").startswith("1."):
            message = "webhooks of version 1.0.0 are not taken in: choose version 2.0.0 in Hotmart, Tools, Webhook"
            raise ApiError(400, "unsupported_version", message, "version")
        item = InboxItem(
            source=SOURCE,
            envelope_id=_read_id(fields),
            origin_id=account,
            content_type=content_type[:100],
            event_type=read_event(fields),
            body=body,
        )
        try:
            return (await self._writer.write([item]))[0]
        except InboxBusyError as error:
            raise ApiError(503, "inbox_busy", str(error), "", **{"Retry-After": "5"}) from None

    def _refuse(self, request: Request) -> ApiError:
        """Return the error for a token of nobody, and count it; who sends many waits, unless theirs becomes right."""
        address = request.client.host if request.client else "local"
        wait = self._guesses.get_wait_seconds(address)
        if wait:
            message = f"too many wrong hottoks from this address; try again in {wait} seconds"
            headers = {"Retry-After": str(wait), "Connection": "close"}
            return ApiError(429, "too_many_failures", message, "", **headers)
        self._guesses.note_failure(address)
        return ApiError(401, "unauthorized", "this hottok is no account's: add it by hotleads connections add hotmart")

    async def _find_account(self, hottok: bytes) -> int | None:
        """Return the connection of a token; None: it is of none."""
        await self._load(_CACHE_SECONDS)
        account = match_hottok(hottok, self._hottoks)
        if account is None:
            await self._load(_MIN_CACHE_SECONDS)
            account = match_hottok(hottok, self._hottoks)
        return account

    async def _load(self, max_age_seconds: float) -> None:
        """Read the tokens again unless they were read within some seconds."""
        async with self._loading:
            if time.monotonic() - self._loaded_at < max_age_seconds:
                return
            try:
                self._hottoks = await asyncio.to_thread(_load_and_close)
            except DatabaseError as error:
                _logger.warning("the connections cannot be read (%s)", type(error).__name__)
                message = "the database does not answer; send it again in a few seconds"
                raise ApiError(503, "not_ready", message, "", **{"Retry-After": "5"}) from None
            self._loaded_at = time.monotonic()


def _load_and_close() -> list[tuple[int, bytes]]:
    try:
        return load_hottoks()
    finally:
        connection.close()


async def _read_body(request: Request) -> bytes:
    """Return the body, read no further than its limit."""
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > MAX_BODY_BYTES:
            raise ApiError(413, "too_large", f"a delivery has {MAX_BODY_BYTES:,} bytes at most")
        parts.append(part)
    return b"".join(parts)


def _decode(body: bytes) -> Object:
    try:
        return decode_body(body)
    except UnreadableError:
        raise ApiError(400, "invalid_json", "send one JSON object in UTF-8") from None


def _read_form(body: bytes) -> Object:
    """Return what is needed of a form of version 1.0.0: its token."""
    try:
        fields = parse_qs(body, max_num_fields=200)
    except ValueError:
        return {}
    return {"hottok": fields.get(b"hottok", [b""])[0].decode("utf-8", "replace")}


def _read_id(fields: Object) -> str:
    """Return the delivery's own id, by which it is kept once."""
    envelope_id = _read_field(fields, "id")
    if not envelope_id:
        raise ApiError(400, "no_id", "a delivery has an id: a text or a number", "id")
    return envelope_id


def _read_field(fields: Object, name: str) -> str:
    try:
        return read_text(fields.get(name))
    except UnreadableError:
        return ""
