"""``POST /v1/leads``, ``/v1/purchases`` and ``/v1/events``: rows are kept before they are acknowledged.

202 with an id: every row is on the disk, and the worker makes captures, purchases and events of them.
"""

import uuid
from collections.abc import Sequence
from typing import Any

import msgspec
from django.db import connection
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.routing import Route

from ...scoring.online.errors import ApiError
from ..intake.api.requests import decode_rows
from ..intake.api.schemas import EVENTS, LEADS, PURCHASES, RowTable
from ..intake.inbox_writer import InboxBusyError, InboxWriter
from ..models import InboxItem, Scope
from ..sealing import hash_lookup
from .access import AccessControl
from .endpoint import Answer, Endpoint, get_address, read_body, require_json

MAX_BODY_BYTES = 4_000_000
MAX_KEY_CHARACTERS = 255
#: Items that are handed to the writer at once: what one transaction writes.
CHUNK_ITEMS = 200
_SCOPES = {LEADS.name: Scope.WRITE_LEADS, PURCHASES.name: Scope.WRITE_PURCHASES, EVENTS.name: Scope.WRITE_EVENTS}
_DIGEST = "body_hmac"


class RowsHandler:
    """Takes rows of one table in.

    Parameters
    ----------
    table
        The table.
    access
        Who may send.
    writer
        The process's writer of the inbox.
    """

    def __init__(self, table: RowTable, access: AccessControl, writer: InboxWriter) -> None:
        self._table, self._access, self._writer = table, access, writer

    async def __call__(self, request: Request) -> Answer:
        """Keep the rows of a request and answer with its id."""
        authorization = request.headers.get("authorization", "")
        scope = _SCOPES[self._table.name]
        client = await self._access.authorize_token(authorization, scope, get_address(request))
        key = request.headers.get("idempotency-key", "")
        if len(key) > MAX_KEY_CHARACTERS:
            raise ApiError(
                400, "invalid_idempotency_key", f"Idempotency-Key has {MAX_KEY_CHARACTERS} characters at most"
            )
        require_json(request)
        body = await read_body(request, MAX_BODY_BYTES)
        rows = decode_rows(body, self._table, client.default_country)
        request_id = _build_id(client.credential_id, key) if key else uuid.uuid4().hex
        items = self._build_items(rows, request_id, client.credential_id, _hash_body(body) if key else "")
        if not key:
            await write_items(self._writer, items)
        else:
            await self._write_once(items)
        return Answer(202, {"id": request_id, "accepted": len(rows)})

    def _build_items(
        self, rows: Sequence[dict[str, Any]], request_id: str, credential_id: int, digest: str
    ) -> list[InboxItem]:
        """Return an item a row. The first carries the request's id alone, so that a key's second use meets it."""
        return [
            InboxItem(
                source=self._table.source,
                envelope_id=f"{request_id}.{digest[:32]}.{number}" if number else request_id,
                origin_id=credential_id,
                content_type="application/json",
                headers={_DIGEST: digest} if digest else {},
                body=msgspec.json.encode(row),
            )
            for number, row in enumerate(rows)
        ]

    async def _write_once(self, items: Sequence[InboxItem]) -> None:
        """Keep the rows of a request with a key. Raises ApiError where the key came with another body before."""
        first = items[0]
        (is_new,) = await write_items(self._writer, [first])
        if not is_new:
            known = await run_in_threadpool(_read_digest, first.source, first.envelope_id)
            if known != first.headers[_DIGEST]:
                message = "this Idempotency-Key came with another body before; use a new key for new rows"
                raise ApiError(422, "idempotency_key_reused", message)
        await write_items(self._writer, items[1:])


def build_write_routes(access: AccessControl, writer: InboxWriter) -> list[Route]:
    """Return the routes that take rows in."""
    return [
        Route(f"/v1/{table.name}", Endpoint(RowsHandler(table, access, writer))) for table in (LEADS, PURCHASES, EVENTS)
    ]


async def write_items(writer: InboxWriter, items: Sequence[InboxItem]) -> list[bool]:
    """Keep items, some a transaction, and return which were new. Raises ApiError where they cannot be kept."""
    are_new: list[bool] = []
    try:
        for start in range(0, len(items), CHUNK_ITEMS):
            are_new += await writer.write(items[start : start + CHUNK_ITEMS])
    except InboxBusyError as error:
        raise ApiError(503, "inbox_busy", str(error), "", **{"Retry-After": "5"}) from None
    return are_new


def _build_id(credential_id: int, key: str) -> str:
    return hash_lookup("idempotency", f"{credential_id}\0{key}").hex()[:32]


def _hash_body(body: bytes) -> str:
    return hash_lookup("body", body.decode("utf-8")).hex()


def _read_digest(source: str, envelope_id: str) -> str:
    try:
        item = InboxItem.objects.filter(source=source, envelope_id=envelope_id).only("headers").first()
        return str(item.headers.get(_DIGEST, "")) if item else ""
    finally:
        connection.close()
