"""The client against an ActiveCampaign of our own."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from typing import Any, TypeVar

import pytest

from hotleads.hub.connectors import activecampaign_client
from hotleads.hub.connectors.activecampaign_client import ActiveCampaignAccount, ActiveCampaignClient, ContactFilter
from hotleads.hub.connectors.errors import CredentialsRefusedError, UnreadableAnswerError
from tests.hub.connectors.activecampaign_server import API_KEY, ActiveCampaignServer, build_contact
from tests.hub.connectors.conftest import POLICY, gather_rows
from tests.hub.connectors.servers import Fault, cut_connection, fail_with, run_server, send_half
from tests.hub.installations import Installation

_Result = TypeVar("_Result")


@pytest.fixture
def server(sqlite_installation: Installation) -> Iterator[ActiveCampaignServer]:
    state = ActiveCampaignServer()
    with run_server(state.build_app()) as state.url:
        yield state


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(activecampaign_client, "CALLS_A_SECOND", 10_000)


def ask(
    server: ActiveCampaignServer, call: Callable[[ActiveCampaignClient], Awaitable[_Result]], key: str = API_KEY
) -> _Result:
    async def run() -> _Result:
        account = ActiveCampaignAccount("activecampaign:1", server.url, key)
        async with ActiveCampaignClient(account, POLICY) as client:
            return await call(client)

    return asyncio.run(run())


def list_contacts(server: ActiveCampaignServer, wanted: ContactFilter = ContactFilter()) -> list[int]:  # noqa: B008
    return [contact.number for contact in ask(server, lambda client: gather_rows(client.list_contacts(wanted)))]


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("fault", [fail_with(429), fail_with(502), cut_connection, send_half])
def test_contacts_are_paged_by_id_whatever_fails(server: ActiveCampaignServer, fault: Fault) -> None:
    server.contacts = [build_contact(number) for number in (9, 10, 3, 100, 4)]
    server.faults.extend([None, fault, fault])
    assert list_contacts(server) == [3, 4, 9, 10, 100]


@pytest.mark.usefixtures("quick")
def test_a_list_is_read_from_where_it_was_left(server: ActiveCampaignServer) -> None:
    server.contacts = [build_contact(number) for number in range(1, 8)]
    server.members = {"5": {"2", "4", "6"}}
    assert list_contacts(server, ContactFilter(list_id="5", after_id=2)) == [4, 6]
    changed_since = ContactFilter(updated_after=datetime(2026, 3, 3, tzinfo=UTC))
    assert list_contacts(server, changed_since) == []


@pytest.mark.usefixtures("quick")
def test_a_page_that_comes_again_loses_no_contact(server: ActiveCampaignServer) -> None:
    server.contacts = [build_contact(number) for number in range(1, 6)]

    async def repeat_first_page(request: Any, _handler: Any) -> Any:
        return await server._list_contacts(request.clone(rel_url=request.rel_url.update_query(id_greater="0")))

    server.faults.extend([None, repeat_first_page])
    assert list_contacts(server) == [1, 2, 3, 4, 5]
    server.contacts = [build_contact(number) for number in range(1, 20)]
    server.faults.extend([None] + [repeat_first_page, None] * 8)
    assert list_contacts(server) == list(range(1, 20))


@pytest.mark.usefixtures("quick")
def test_lists_fields_and_values_are_read_to_their_end(server: ActiveCampaignServer) -> None:
    server.lists = [{"id": str(number), "name": f"List {number}"} for number in range(5)]
    server.fields = [{"id": 1, "title": "UTM Source", "perstag": "UTM_SOURCE", "type": "text"}]
    server.field_values = [{"id": str(n), "contact": str(n % 2), "field": "1", "value": f"v{n}"} for n in range(3)]
    server.faults.extend([None, send_half, fail_with(429)])
    assert [row.name for row in ask(server, lambda client: gather_rows(client.list_lists()))] == [
        f"List {number}" for number in range(5)
    ]
    assert [row.perstag for row in ask(server, lambda client: gather_rows(client.list_fields()))] == ["UTM_SOURCE"]
    assert len(ask(server, lambda client: gather_rows(client.list_field_values()))) == 3
    assert [row.value for row in ask(server, lambda client: client.get_field_values(0))] == ["v0", "v2"]


@pytest.mark.usefixtures("quick")
def test_a_row_without_id_is_told(server: ActiveCampaignServer) -> None:
    server.field_values = [{"contact": "1", "field": "3", "value": "cake"}]
    with pytest.raises(UnreadableAnswerError, match="no id"):
        ask(server, lambda client: gather_rows(client.list_field_values()))


def test_a_wrong_key_is_told(server: ActiveCampaignServer) -> None:
    with pytest.raises(CredentialsRefusedError):
        ask(server, lambda client: gather_rows(client.list_lists()), "another-key")


def test_five_calls_a_second_are_never_exceeded(server: ActiveCampaignServer) -> None:
    server.calls_a_second = 5
    server.lists = [{"id": str(number), "name": "A list"} for number in range(16)]
    assert len(ask(server, lambda client: gather_rows(client.list_lists()))) == 16
    assert server.refused == 0
