"""Which addresses are asked."""

import asyncio

import pytest

from hotleads.hub.connectors.addresses import AddressError, PublicResolver, check_url


@pytest.mark.parametrize(
    "url", ["https://account.api-us1.com", "https://account.api-us1.com/ ", "https://8.8.8.8:8443"]
)
def test_services_on_the_internet_are_asked(url: str) -> None:
    assert check_url(url, allow_private=False) == url.strip().rstrip("/")


@pytest.mark.parametrize(
    "url",
    [
        "http://account.api-us1.com",
        "https://10.0.0.1",
        "https://169.254.169.254",
        "https://[::1]",
        "https://localhost",
        "https://router.local",
        "https://user:word@account.api-us1.com",
        "https://account.api-us1.com?key=1",
        "https://account.api-us1.com:port",
        "ftp://account.api-us1.com",
        "account.api-us1.com",
        "",
    ],
)
def test_others_are_refused(url: str) -> None:
    with pytest.raises(AddressError):
        check_url(url, allow_private=False)


def test_the_owner_may_add_this_machine() -> None:
    assert check_url("http://127.0.0.1:8080/api", allow_private=True) == "http://127.0.0.1:8080/api"
    with pytest.raises(AddressError):
        check_url("http://10.0.0.1", allow_private=True)


def test_a_name_that_leads_inside_the_network_is_not_asked() -> None:
    async def resolve(host: str) -> list[str]:
        return [found["host"] for found in await PublicResolver().resolve(host, 443)]

    assert asyncio.run(resolve("8.8.8.8")) == ["8.8.8.8"]
    with pytest.raises(OSError, match="no public address"):
        asyncio.run(resolve("localhost"))
