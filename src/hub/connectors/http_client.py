"""The HTTP engine: every request to another service goes by it.

It waits for the account's turn, adds the authorization (renewed once where the service answers 401), tries again what
may be answered later, and reads an answer whole, up to a limit, into the type that the caller expects. Redirects are
not followed: the hosts are those of the connection. Nothing of a request or an answer is logged.
"""

import asyncio
import random
import time
from collections.abc import Mapping
from types import NoneType, TracebackType
from typing import Self, TypeVar

import aiohttp
import msgspec
from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt

from ...language import Phrase
from .addresses import PublicResolver
from .authorization import Authorization
from .errors import (
    CredentialsRefusedError,
    OutcomeUnknownError,
    RequestRejectedError,
    UnavailableError,
    UnreadableAnswerError,
)
from .http_request import Request
from .rate_budgets import RateLimit, RateLimiter
from .retries import TOO_MANY_REQUESTS, UNAUTHORIZED, RetryPolicy, WaitAsAsked, is_retryable, is_transient, read_wait

_Answer = TypeVar("_Answer")
_CHUNK_BYTES = 65_536
_MAX_CONNECTIONS = 4
_CONNECT_SECONDS = 10.0
_REDIRECTS, _CLIENT_ERRORS, _FORBIDDEN = 300, 400, 403
_MAX_REASON = 40
_USER_AGENT = "hotleads"


class _ErrorAnswer(msgspec.Struct):
    error: str = ""


class HttpClient:
    """A client of one account at one service, to be used in an ``async with`` block.

    Parameters
    ----------
    service
        How messages call the service.
    base_url
        The address that paths are below.
    authorization
        What shows who asks.
    limit
        What the service allows an account.
    policy
        How patient the client is.
    allow_private
        Whether the address may be inside a network.
    """

    def __init__(
        self,
        service: str,
        base_url: str,
        authorization: Authorization,
        limit: RateLimit,
        policy: RetryPolicy | None = None,
        *,
        allow_private: bool = False,
    ) -> None:
        self._service = service
        self._base_url = base_url.rstrip("/")
        self._authorization = authorization
        self._limiter = RateLimiter(limit)
        self._policy = policy or RetryPolicy()
        self._allow_private = allow_private
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        resolver = None if self._allow_private else PublicResolver()
        timeout = aiohttp.ClientTimeout(self._policy.timeout_seconds, sock_connect=_CONNECT_SECONDS)
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=_MAX_CONNECTIONS, resolver=resolver),
            timeout=timeout,
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"Accept": "application/json", "User-Agent": _USER_AGENT},
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()
        await self._limiter.close()

    async def send(self, request: Request, answer_type: type[_Answer]) -> _Answer:
        """Send a request, again where that may help, and return its answer.

        Parameters
        ----------
        request
            What is asked for.
        answer_type
            The type of the answer's JSON; ``NoneType`` where it does not matter.

        Returns
        -------
        object of the type
            The answer.

        Raises
        ------
        CredentialsRefusedError
            The credentials are not taken.
        RequestRejectedError
            The service says that the request is wrong.
        UnreadableAnswerError
            The answer is another one than documented, or too long.
        UnavailableError
            The service did not answer well, however often it was asked.
        OutcomeUnknownError
            The request changes something, and it is not known whether it was carried out.
        """
        policy = self._policy
        retrying = AsyncRetrying(
            stop=stop_after_attempt(policy.max_attempts),
            wait=WaitAsAsked(policy),
            retry=retry_if_exception(lambda error: is_retryable(error, policy, changes=request.changes)),
            reraise=True,
        )
        try:
            return await retrying(self._send_authorized, request, answer_type)
        except UnavailableError as error:
            if not request.changes or not error.is_sent:
                raise
            message = Phrase(
                "{request}: it is not known whether this was carried out; look before you ask again",
                request=self._name(request),
            )
            raise OutcomeUnknownError(message) from None

    async def wait_before_repeat(self, count: int) -> None:
        """Wait before asking for something again that came out wrong ``count`` times, ever longer, and at random."""
        longest = min(self._policy.first_wait_seconds * 2**count, self._policy.max_wait_seconds)
        await asyncio.sleep(random.uniform(longest / 2, longest))  # noqa: S311

    async def _send_authorized(self, request: Request, answer_type: type[_Answer]) -> _Answer:
        """Send a request once, and a second time where its token is refused."""
        try:
            return await self._send_once(request, answer_type, await self._authorize())
        except CredentialsRefusedError as error:
            if error.status != UNAUTHORIZED or not self._authorization.forget_token():
                raise
        return await self._send_once(request, answer_type, await self._authorize())

    async def _authorize(self) -> Mapping[str, str]:
        try:
            return await self._authorization.build_headers(self._send_once, time.monotonic())
        except UnavailableError as error:
            error.is_sent = False  # the token was; the request itself was not
            raise
        except RequestRejectedError as error:
            raise CredentialsRefusedError(self._explain_refusal(error.status), error.status) from None

    async def _send_once(
        self, request: Request, answer_type: type[_Answer], authorization: Mapping[str, str] | None = None
    ) -> _Answer:
        if self._session is None:
            raise RuntimeError("the client is used outside its async with block")
        await self._limiter.wait()
        url = request.url if "://" in request.url else self._base_url + request.url
        try:
            async with self._session.request(
                request.method,
                url,
                params=request.query,
                json=request.body,
                headers={**request.headers, **(authorization or {})},
                allow_redirects=False,
            ) as response:
                body = await self._read(response)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError):
            raise UnavailableError(
                Phrase("{request}: no connection", request=self._name(request)), is_sent=False
            ) from None
        except (aiohttp.ClientError, TimeoutError) as error:
            raise UnavailableError(f"{self._name(request)}: {type(error).__name__}") from None
        await self._check(request, response.status, response.headers, body)
        return self._decode(request, body, answer_type)

    async def _read(self, response: aiohttp.ClientResponse) -> bytes:
        """Return an answer's whole body; what is shorter than announced raises a ClientError."""
        body = bytearray()
        async for chunk in response.content.iter_chunked(_CHUNK_BYTES):
            body += chunk
            if len(body) > self._policy.max_response_bytes:
                raise UnreadableAnswerError(
                    Phrase("{service} answers with more than {count:,} bytes", service=self._service, count=len(body))
                )
        return bytes(body)

    async def _check(self, request: Request, status: int, headers: Mapping[str, str], body: bytes) -> None:
        """Raise what an answer's status stands for, and note when the service wants to be left alone."""
        wait = read_wait(headers)
        if wait is not None and (is_transient(status) or headers.get("RateLimit-Remaining") == "0"):
            await self._limiter.pause(wait)
        if status < _REDIRECTS:
            return
        name = self._name(request)
        if is_transient(status):
            is_sent = status != TOO_MANY_REQUESTS
            raise UnavailableError(f"{name}: {status}", status=status, retry_after_seconds=wait, is_sent=is_sent)
        if status in (UNAUTHORIZED, _FORBIDDEN):
            raise CredentialsRefusedError(self._explain_refusal(status), status)
        if status < _CLIENT_ERRORS:
            raise UnreadableAnswerError(
                Phrase("{name}: {status}, a redirect, is not followed; correct the address", name=name, status=status)
            )
        reason = _read_reason(body)
        raise RequestRejectedError(f"{name}: {status} {reason}".rstrip(), status, reason)

    def _decode(self, request: Request, body: bytes, answer_type: type[_Answer]) -> _Answer:
        if answer_type is NoneType:
            return msgspec.convert(None, answer_type)
        if not body.strip():
            if request.method == "GET":
                raise UnavailableError(Phrase("{request}: an empty answer", request=self._name(request)))
            body = b"{}"
        try:
            return msgspec.json.decode(body, type=answer_type, strict=False)
        except msgspec.ValidationError as error:  # its words name type and place, and no value
            raise UnreadableAnswerError(f"{self._name(request)}: {error}") from None
        except (msgspec.DecodeError, UnicodeDecodeError):  # half an answer
            raise UnavailableError(
                Phrase("{request}: the answer is no whole JSON", request=self._name(request))
            ) from None
        except RecursionError:
            raise UnreadableAnswerError(
                Phrase("{request}: the answer is nested too deep", request=self._name(request))
            ) from None

    def _explain_refusal(self, status: int) -> str:
        return f"{self._service} does not take the credentials ({status}); check them, and what they may do"

    def _name(self, request: Request) -> str:
        """Name a request by its path's words: ids in it may be a person's."""
        path = request.url.rpartition("://")[2]
        words = [part for part in path.split("/") if part.replace("-", "").isalpha()]
        return f"{self._service} {request.method} {'/'.join(words)}"


def _read_reason(body: bytes) -> str:
    """Return an error's own word, where it is one: other texts may hold anything."""
    try:
        word = msgspec.json.decode(body, type=_ErrorAnswer).error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""
    return word if word and len(word) <= _MAX_REASON and word.replace("_", "").isalpha() else ""
