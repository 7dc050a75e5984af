"""Who may ask, how much and how often, before anything of a request is looked at."""

import hashlib
import hmac
import ipaddress
from functools import lru_cache

from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from ..scoring.online.errors import ApiError
from .http import Request
from .settings import ServingSettings


class Authorizer:
    """Checks keys, rates, content types and sizes. A key is only ever compared by its digest, in constant time."""

    def __init__(self, settings: ServingSettings) -> None:
        self._settings = settings
        self._digests = [_digest(key) for key in settings.key_list]
        self._limiter = FixedWindowRateLimiter(MemoryStorage())
        self._rates = {local: settings.rate_for(local) for local in (True, False)}
        self._parsed = {rate: parse(rate) for rate in self._rates.values() if rate is not None}

    def admit(self, exchange: Request) -> None:
        """Raise Refusal unless this client may ask now."""
        server = exchange.scope.get("server")  # none, or without a port: a socket file
        local = server is None or server[1] is None or _is_loopback(server[0])
        client = self._key_of(exchange, local) or exchange.client
        rate = self._rates[local]
        if rate is not None and not self._limiter.hit(self._parsed[rate], client):
            seconds = self._parsed[rate].get_expiry()
            raise ApiError(
                429, "too_many_requests", f"more than {rate}; slow down", "", **{"Retry-After": str(seconds)}
            )

    async def body(self, exchange: Request) -> bytes:
        """The body, read no further than the limit. Raises Refusal for another type or too much of it."""
        if not _is_json(exchange.header(b"content-type")):
            raise ApiError(415, "wrong_content_type", "send application/json in UTF-8")
        if exchange.header(b"content-encoding", "identity") != "identity":
            raise ApiError(415, "wrong_content_type", "send the JSON as it is, without a content encoding")
        most = self._settings.max_body_bytes
        declared = exchange.header(b"content-length", "0")
        if declared.isdigit() and int(declared) > most:
            raise _too_large(most)
        parts: list[bytes] = []
        size, more = 0, True
        while more:
            message = await exchange.receive()
            if message["type"] == "http.disconnect":
                raise ApiError(400, "hung_up", "the client hung up before its request was there")
            parts.append(message.get("body", b""))
            size += len(parts[-1])
            if size > most:
                raise _too_large(most)
            more = message.get("more_body", False)
        return b"".join(parts)

    def _key_of(self, exchange: Request, local: bool) -> str | None:
        """A name for the client by its key; None where no key is asked for."""
        if not self._digests:
            if not local and not self._settings.open_to_others:
                message = (
                    "answers other machines only with keys: set HOTLEADS_SERVING_KEYS (or to off, to let anybody ask)"
                )
                raise ApiError(403, "no_keys_set", message)
            return None
        scheme, _, given = exchange.header(b"authorization").partition(" ")
        digest = _digest(given.strip() if scheme.lower() == "bearer" else "")
        matches = [hmac.compare_digest(digest, known) for known in self._digests]
        if not any(matches):
            headers = {"WWW-Authenticate": "Bearer"}
            raise ApiError(401, "unauthorized", "send a key as Authorization: Bearer <key>", "", **headers)
        return f"key {matches.index(True)}"


def _too_large(most: int) -> ApiError:
    return ApiError(413, "too_large", f"more than {most:,} bytes; send fewer leads a request")


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()


@lru_cache(maxsize=64)
def _is_loopback(host: str) -> bool:
    """Whether the address that the connection came to is one that only this machine reaches."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@lru_cache(maxsize=64)
def _is_json(content_type: str) -> bool:
    """Whether it is JSON in UTF-8."""
    kind, _, parameters = content_type.partition(";")
    charset = [
        part.partition("=")[2].strip(' "').lower() for part in parameters.split(";") if "charset" in part.lower()
    ]
    return kind.strip().lower() == "application/json" and all(name in ("utf-8", "utf8") for name in charset)
