"""Which addresses are asked: those of services on the internet, and none inside the house unless the owner says so."""

import socket
from ipaddress import ip_address
from urllib.parse import urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from ...language import Phrase
from ..errors import HubError


class AddressError(HubError):
    """An address that is none, or that is not asked."""

    code = "connection-address"


def check_url(url: str, *, allow_private: bool) -> str:
    """Return a service's address without a slash at its end. Raises AddressError for one that is not asked.

    ``https`` is wanted, and with ``allow_private`` ``http`` to this machine will do.
    """
    parts = urlsplit(url.strip().rstrip("/"))
    try:
        host = parts.hostname or ""
        parts.port  # noqa: B018 - raises for what is no port
    except ValueError:
        host = ""
    is_plain = not (parts.username or parts.password or parts.query or parts.fragment)
    if not host or not is_plain or parts.scheme not in ("https", "http"):
        raise AddressError(Phrase("give an address such as https://account.api-us1.com"))
    if parts.scheme == "http" and not (allow_private and _is_this_machine(host)):
        raise AddressError(Phrase("the address begins with http, which anybody on the way can read; give https"))
    if not allow_private and not _is_public_name(host):
        raise AddressError(
            Phrase("the address is inside your network; only the command line may add such a connection")
        )
    return parts.geturl()


class PublicResolver(AbstractResolver):
    """Finds the addresses of a name, and none that is inside a network."""

    def __init__(self) -> None:
        self._resolver = aiohttp.ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Return the public addresses of a host; raise OSError where it has none."""
        found = [one for one in await self._resolver.resolve(host, port, family) if ip_address(one["host"]).is_global]
        if not found:
            raise OSError("the name leads to no public address")
        return found

    async def close(self) -> None:
        """Do nothing: nothing is held."""


def _is_public_name(host: str) -> bool:
    try:
        return ip_address(host).is_global
    except ValueError:
        return "." in host and not host.endswith((".localhost", ".local", ".internal"))


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
