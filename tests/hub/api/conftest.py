"""The routes of ``/v1`` in process, beside an installation on each database."""

from collections.abc import Iterator
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from hotleads.hub.api.routes import build_api_routes
from hotleads.hub.intake.credentials import CredentialOptions, IssuedCredential, add_credential
from hotleads.hub.intake.inbox import process_waiting
from hotleads.hub.intake.inbox_writer import InboxWriter
from hotleads.hub.models import InboxItem, Scope
from hotleads.hub.site.job_kinds import register_kinds
from tests.hub.installations import Installation
from tests.hub.web.conftest import build_client


class Service:
    """The routes, and a token for each set of scopes that a test asks for."""

    def __init__(self, client: TestClient) -> None:
        self.client = client
        self._tokens: dict[tuple[Scope, ...], str] = {}
        register_kinds()

    def send(self, path: str, content: Any, *scopes: Scope, **headers: str) -> Any:
        """POST with a token of these scopes; without one, with all of them."""
        headers = {"authorization": f"Bearer {self.get_token(*scopes)}"} | {
            name.replace("_", "-"): value for name, value in headers.items()
        }
        return self.client.post(path, json=content, headers=headers)

    def get(self, path: str, *scopes: Scope) -> Any:
        return self.client.get(path, headers={"authorization": f"Bearer {self.get_token(*scopes)}"})

    def get_token(self, *scopes: Scope) -> str:
        chosen = scopes or tuple(Scope)
        if chosen not in self._tokens:
            issued = add_credential(f"program {len(self._tokens)}", CredentialOptions(chosen, "BR"))
            self._tokens[chosen] = ask_token(issued)
        return self._tokens[chosen]


def ask_token(issued: IssuedCredential) -> str:
    fields = {"client_id": issued.credential.client_id, "client_secret": issued.client_secret}
    response = build_client().post("/oauth/token", {"grant_type": "client_credentials", **fields})
    return str(response.json()["access_token"])


def process_inbox() -> list[str]:
    """Process all that waits; return what became of each item, in order."""
    while process_waiting():
        pass
    return list(InboxItem.objects.order_by("pk").values_list("outcome", flat=True))


def open_service() -> Iterator[Service]:
    writer = InboxWriter()
    with TestClient(Starlette(routes=build_api_routes(writer))) as client:
        yield Service(client)
    writer.stop()


@pytest.fixture
def service(installation: Installation) -> Iterator[Service]:
    """The routes, on each database in turn."""
    yield from open_service()


@pytest.fixture
def sqlite_service(sqlite_installation: Installation) -> Iterator[Service]:
    """The routes, for what has nothing to do with the database."""
    yield from open_service()
