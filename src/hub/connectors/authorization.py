"""How requests show who asks: an API key in a header, or a token got by OAuth 2.0 client credentials."""

import base64
from collections.abc import Mapping
from typing import Protocol

import msgspec

from .http_request import Request, Send

#: A token is renewed when so much of its life is left, so that it does not end on its way.
_SPARE_SECONDS = 60.0
_DEFAULT_LIFE_SECONDS = 3_600.0


class Authorization(Protocol):
    """What adds headers to requests."""

    async def build_headers(self, send: Send, now: float) -> Mapping[str, str]:
        """Return the headers, by a monotonic clock; ``send`` asks the service where that takes a request."""

    def forget_token(self) -> bool:
        """Forget what the service refused with 401, and return whether there can be another."""


class ApiKey:
    """A key that never changes, in a header of its own.

    Parameters
    ----------
    header
        The header's name.
    key
        The key.
    """

    def __init__(self, header: str, key: str) -> None:
        self._headers = {header: key}

    async def build_headers(self, _send: Send, _now: float) -> Mapping[str, str]:
        """Return the header with the key."""
        return self._headers

    def forget_token(self) -> bool:
        """Return False: there is no other key."""
        return False


class _Token(msgspec.Struct):
    access_token: str
    expires_in: float | None = None


class ClientCredentials:
    """A token by client credentials, in Hotmart's form: Basic in the header, and all again in the query.

    Parameters
    ----------
    token_url
        Where tokens are made.
    client_id, client_secret
        The credentials.
    basic
        The Basic token as the panel shows it; empty: it is made of the two.
    """

    def __init__(self, token_url: str, client_id: str, client_secret: str, basic: str = "") -> None:
        basic = basic.removeprefix("Basic ").strip()
        basic = basic or base64.b64encode(f"{client_id}:{client_secret}".encode()).decode()
        query = (
            ("grant_type", "client_credentials"),
            ("client_id", client_id),
            ("client_secret", client_secret),
        )
        headers = {"Authorization": f"Basic {basic}", "Content-Type": "application/json"}
        self._request = Request("POST", token_url, query, headers=headers)
        self._token = ""
        self._ends_at = 0.0

    async def build_headers(self, send: Send, now: float) -> Mapping[str, str]:
        """Return the header with a token, which is asked for where there is none or it ends soon."""
        if not self._token or now >= self._ends_at:
            answer = await send(self._request, _Token)
            self._token = answer.access_token
            self._ends_at = now + max((answer.expires_in or _DEFAULT_LIFE_SECONDS) - _SPARE_SECONDS, _SPARE_SECONDS)
        return {"Authorization": f"Bearer {self._token}"}

    def forget_token(self) -> bool:
        """Forget the token, and return True: another can be asked for."""
        self._token = ""
        return True
