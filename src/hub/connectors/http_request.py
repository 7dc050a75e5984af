"""A request to another service, as clients describe it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

_Answer = TypeVar("_Answer")

#: Pairs, since a filter with several values repeats its name.
Query = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Request:
    """One request.

    Attributes
    ----------
    method, url
        What is asked for, and where: a path below the client's address, or a whole URL of the service.
    query
        What comes after the question mark.
    body
        What is sent as JSON; None: nothing.
    headers
        Headers beside the client's.
    changes
        Whether it changes something at the service: such a request is not sent again unless it surely was not done.
    """

    method: str
    url: str
    query: Query = ()
    body: Mapping[str, object] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    changes: bool = False


class Send(Protocol):
    """Sends a request, with retries, and returns the answer as a type."""

    async def __call__(self, request: Request, answer_type: type[_Answer], /) -> _Answer: ...
