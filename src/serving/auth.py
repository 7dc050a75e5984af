"""Who may send requests, and how often: keys and rate limits, checked before a request's body is read."""

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
    """Checks keys and rates. A key is compared by its digest alone, in constant time.

    Parameters
    ----------
    settings
        The keys and the rate limit.
    """

    def __init__(self, settings: ServingSettings) -> None:
        self._settings = settings
        self._digests = [_compute_digest(key) for key in settings.key_list]
        self._limiter = FixedWindowRateLimiter(MemoryStorage())
        self._rates = {is_local: settings.get_rate(is_local) for is_local in (True, False)}
        self._limits = {rate: parse(rate) for rate in self._rates.values() if rate is not None}

    def authorize(self, request: Request) -> None:
        """Raise ApiError unless the client may send this request now."""
        server = request.scope.get("server")  # none, or without a port: a socket file
        is_local = server is None or server[1] is None or _is_loopback(server[0])
        client = self._identify_key(request, is_local) or request.client
        rate = self._rates[is_local]
        if rate is not None and not self._limiter.hit(self._limits[rate], client):
            headers = {"Retry-After": str(self._limits[rate].get_expiry())}
            raise ApiError(429, "too_many_requests", f"more than {rate}; slow down", "", **headers)

    def _identify_key(self, request: Request, is_local: bool) -> str | None:
        """Return a name for the client by its key, or None if no keys are set."""
        if not self._digests:
            if not is_local and not self._settings.allows_anonymous:
                message = "no keys are set for other machines: set HOTLEADS_SERVING_KEYS (to off, to let anybody in)"
                raise ApiError(403, "no_keys_set", message)
            return None
        scheme, _, key = request.get_header(b"authorization").partition(" ")
        digest = _compute_digest(key.strip() if scheme.lower() == "bearer" else "")
        matches = [hmac.compare_digest(digest, valid) for valid in self._digests]
        if not any(matches):
            headers = {"WWW-Authenticate": "Bearer"}
            raise ApiError(401, "unauthorized", "send a key as Authorization: Bearer <key>", "", **headers)
        return f"key {matches.index(True)}"


def _compute_digest(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()


@lru_cache(maxsize=64)
def _is_loopback(host: str) -> bool:
    """Return whether the address that the connection came to is one that only this machine reaches."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
