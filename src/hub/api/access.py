"""Who sends a request to ``/v1``: tokens and write keys, looked up once a while, and how often they may come."""

import base64
import binascii
import hashlib
import time
from collections.abc import Callable

from django.db import DatabaseError, connection
from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter
from starlette.concurrency import run_in_threadpool

from ...scoring.online.errors import ApiError
from ..intake.credentials import ApiClient, find_by_token, find_by_write_key
from ..intake.guess_limit import GuessLimit
from ..models import Scope

#: A credential that was revoked is let in no longer than this.
CACHE_SECONDS = 1.0
_MAX_CACHED = 10_000
#: Requests of one credential from one address.
CLIENT_RATE = "1000/second"
_MAX_SECRET = 500

_Find = Callable[[str], ApiClient | None]


class AccessControl:
    """Knows who sends a request; one a process."""

    def __init__(self) -> None:
        self._known: dict[bytes, tuple[float, ApiClient]] = {}
        self._guesses = GuessLimit()
        self._limiter = FixedWindowRateLimiter(MemoryStorage())
        self._rate = parse(CLIENT_RATE)

    async def authorize_token(self, authorization: str, scope: Scope, address: str) -> ApiClient:
        """Return whose access token a header holds. Raises ApiError unless it allows the scope."""
        kind, _, token = authorization.partition(" ")
        client = await self._find(token.strip() if kind.lower() == "bearer" else "", find_by_token, address)
        if client is None:
            challenge = {"WWW-Authenticate": 'Bearer realm="hotleads"'}
            raise ApiError(
                401, "unauthorized", "send a token of /oauth/token as Authorization: Bearer TOKEN", **challenge
            )
        self.require_scope(client, scope)
        self._count(client, address)
        return client

    async def authorize_write_key(self, authorization: str, in_body: str, address: str) -> ApiClient:
        """Return whose write key a Basic header holds as its user name, else a body. Raises ApiError for nobody's."""
        client = await self._find(read_basic_user(authorization) or in_body, find_by_write_key, address)
        if client is None:
            challenge = {"WWW-Authenticate": 'Basic realm="hotleads"'}
            message = "send a credential's write key as the user name of Basic authentication, or as writeKey"
            raise ApiError(401, "unauthorized", message, **challenge)
        self._count(client, address)
        return client

    def require_scope(self, client: ApiClient, scope: Scope) -> None:
        """Raise ApiError unless a client has a scope."""
        if scope not in client.scopes:
            message = (
                f"the token or write key has no scope {scope.value}: ask for a token with it, or the owner for a"
                " credential that has it"
            )
            raise ApiError(403, "insufficient_scope", message)

    async def _find(self, secret: str, find: _Find, address: str) -> ApiClient | None:
        """Return whose secret this is. Only what was found is remembered, so that a new credential works at once."""
        if not secret or len(secret) > _MAX_SECRET:
            return None
        key = hashlib.sha256(f"{find.__name__}\0{secret}".encode()).digest()
        known = self._known.get(key)
        if known is not None and known[0] > time.monotonic():
            return known[1]
        self._known.pop(key, None)
        wait = self._guesses.get_wait_seconds(address)
        if wait:
            message = f"too many wrong secrets from this address; try again in {wait} seconds"
            raise ApiError(429, "too_many_failures", message, **{"Retry-After": str(wait)})
        try:
            client = await run_in_threadpool(_look_up, find, secret)
        except DatabaseError:
            message = "the database does not answer; try again in a few seconds"
            raise ApiError(503, "not_ready", message, **{"Retry-After": "5"}) from None
        if client is None:
            self._guesses.note_failure(address)
            return None
        if len(self._known) >= _MAX_CACHED:
            self._known.clear()
        self._known[key] = time.monotonic() + CACHE_SECONDS, client
        return client

    def _count(self, client: ApiClient, address: str) -> None:
        if not self._limiter.hit(self._rate, str(client.credential_id), address):
            raise ApiError(429, "too_many_requests", f"more than {CLIENT_RATE}; slow down", **{"Retry-After": "1"})


def read_basic_user(authorization: str) -> str:
    """Return the user name of a Basic header; empty where there is none."""
    kind, _, encoded = authorization.partition(" ")
    if kind.lower() != "basic":
        return ""
    try:
        return base64.b64decode(encoded.strip(), validate=True).decode("utf-8").partition(":")[0]
    except (binascii.Error, ValueError):
        return ""


def _look_up(find: _Find, secret: str) -> ApiClient | None:
    try:
        return find(secret)
    finally:
        connection.close()
