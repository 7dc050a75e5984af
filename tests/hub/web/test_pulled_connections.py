"""Connections that are pulled, on their pages."""

from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from hotleads.hub.connectors import activecampaign_client
from hotleads.hub.intake.pulls.accounts import ActiveCampaignPulls, add_activecampaign
from hotleads.hub.models import AuditEntry, Connection, Job, Pull
from tests.hub.connectors.activecampaign_server import API_KEY, ActiveCampaignServer
from tests.hub.connectors.servers import run_server

HOTMART = {
    "name": "By API",
    "client_id": "an-id",
    "client_secret": "a-secret-of-the-page",
    "since": "2026-01-01",
    "members_areas": "cakes=4242\npies = 4243",
    "sck": "campaign|medium",
}


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[ActiveCampaignServer]:
    monkeypatch.setattr(activecampaign_client, "CALLS_A_SECOND", 10_000)
    state = ActiveCampaignServer(lists=[{"id": "5", "name": "Launch of cakes"}, {"id": "6", "name": "Others"}])
    with run_server(state.build_app()) as state.url:
        yield state


def test_an_owner_adds_a_hotmart_account_and_asks_for_a_pull(owner: Client) -> None:
    wrong = owner.post(reverse("connection_create_hotmart_api"), HOTMART | {"members_areas": "=1"})
    assert "begins with a subdomain" in wrong.content.decode()
    added = owner.post(reverse("connection_create_hotmart_api"), HOTMART)
    connection = Connection.objects.get(name="By API")
    address = reverse("connection_detail", args=[connection.pk])
    assert added.headers["Location"] == address
    assert connection.settings["members_areas"] == {"cakes": "4242", "pies": "4243"}
    assert connection.read_secrets()["client_secret"] == HOTMART["client_secret"]
    Pull.objects.create(connection=connection, resource="sales", error="Hotmart GET: 503", rows_read=1234)
    page = owner.get(address).content.decode()
    assert HOTMART["client_secret"] not in page
    assert "Hotmart GET: 503" in page
    assert "1,234" in page
    for _ in range(2):
        owner.post(reverse("connection_pull", args=[connection.pk]))
    assert Job.objects.filter(kind="pull", options={"connection_id": connection.pk}).count() == 1
    assert AuditEntry.objects.filter(action="connection.pull_requested").count() == 1


def test_the_lists_of_an_account_are_chosen_once_it_answers(owner: Client, server: ActiveCampaignServer) -> None:
    connection = add_activecampaign("Lists", server.url, API_KEY, ActiveCampaignPulls(allow_private=True))
    Pull.objects.create(connection=connection, resource="contacts", covered_until=timezone.now())
    tested = owner.post(reverse("connection_test", args=[connection.pk])).content.decode()
    assert "Launch of cakes" in tested
    owner.post(reverse("connection_lists", args=[connection.pk]), {"lists": ["5"]})
    connection.refresh_from_db()
    assert connection.settings["lists"] == ["5"]
    assert Pull.objects.get(connection=connection).covered_until is None
    connection.set_secrets({"api_key": "another"})
    connection.save()
    told = owner.post(reverse("connection_test", args=[connection.pk]), follow=True).content.decode()
    assert "does not take the credentials" in told


@pytest.mark.parametrize("url", ["http://account.example.com", "https://127.0.0.1", "https://router.local"])
def test_a_page_adds_no_address_inside_the_network(owner: Client, url: str) -> None:
    form = {"name": "Inside", "url": url, "api_key": "a-key"}
    assert owner.post(reverse("connection_create_activecampaign"), form).status_code == 200
    assert not Connection.objects.filter(name="Inside").exists()
