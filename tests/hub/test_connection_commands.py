"""The commands of accounts that are pulled, as scripts use them."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from hotleads.hub.models import Connection, Purchase, Schedule
from tests.hub.connectors.activecampaign_server import ActiveCampaignServer
from tests.hub.connectors.hotmart_server import CLIENT_ID, CLIENT_SECRET, HotmartServer, build_sale
from tests.hub.connectors.servers import run_server
from tests.hub.installations import Installation


@pytest.fixture
def hotmart() -> Iterator[HotmartServer]:
    server = HotmartServer()
    with run_server(server.build_app()) as server.url:
        yield server


def run(installation: Installation, *command: str, secret: str = CLIENT_SECRET) -> subprocess.CompletedProcess[str]:
    secrets = {"HOTLEADS_HOTMART_CLIENT_ID": CLIENT_ID, "HOTLEADS_HOTMART_CLIENT_SECRET": secret}
    return subprocess.run(
        [sys.executable, "-m", "hotleads", "connections", *command],
        env=os.environ | installation.environment | secrets,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
def test_an_account_is_added_tested_pulled_and_removed(
    sqlite_installation: Installation, hotmart: HotmartServer
) -> None:
    yesterday = datetime.now(UTC) - timedelta(days=1)
    hotmart.sales = [build_sale("HP1", "APPROVED", yesterday)]
    since = f"{yesterday - timedelta(days=1):%Y-%m-%d}"
    urls = ["--url", f"{hotmart.url}/api", "--token-url", f"{hotmart.url}/security/oauth/token", "--since", since]
    refused = run(sqlite_installation, "add", "hotmart-api", "--name", "Main", *urls, secret="wrong")  # noqa: S106
    assert refused.returncode == 1
    assert "does not take the credentials" in refused.stderr
    assert "wrong" not in refused.stderr
    added = run(sqlite_installation, "add", "hotmart-api", "--name", "Main", *urls, "--json")
    assert json.loads(added.stdout)["name"] == "Main", added.stderr
    assert "The Owner" in run(sqlite_installation, "test", "Main").stdout
    pulled = run(sqlite_installation, "pull", "Main", "--only", "sales", "--json")
    assert json.loads(pulled.stdout)["sales"]["new"] == 1, pulled.stderr
    assert Purchase.objects.get().transaction_id == "HP1"
    (listed,) = json.loads(run(sqlite_installation, "list", "--json").stdout)
    assert listed["pulls"]["sales"]["covered_until"]
    assert run(sqlite_installation, "remove", "Main").returncode == 0
    assert not Schedule.objects.filter(kind="pull").exists()
    assert not Connection.objects.filter(secrets__isnull=False).exists()


@pytest.mark.slow
def test_a_wrong_address_or_key_is_refused_with_the_remedy(sqlite_installation: Installation) -> None:
    server = ActiveCampaignServer()
    with run_server(server.build_app()) as url:
        command = ["add", "activecampaign", "--url"]
        wrong_key = run(sqlite_installation, *command, url, "--api-key", "not-the-key")
        wrong_address = run(sqlite_installation, *command, "http://account.example.com", "--api-key", "a-key")
    for failed, words in ((wrong_key, "credentials"), (wrong_address, "give https")):
        assert failed.returncode == 1
        assert words in failed.stderr
        assert "Traceback" not in failed.stderr
    assert not Connection.objects.filter(removed_at=None).exists()
