"""Pulls whose process is killed: they go on where they were, and end with what the account holds."""

import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from hotleads.hub.intake.hotmart.accounts import AccountSettings
from hotleads.hub.intake.pulls.accounts import HotmartCredentials, HotmartPulls, add_hotmart_api
from hotleads.hub.models import Event, Pull, Purchase
from hotleads.hub.site.job_kinds import register_kinds
from tests.hub.connectors.hotmart_server import CLIENT_ID, CLIENT_SECRET, HotmartServer, build_sale, to_milliseconds
from tests.hub.connectors.servers import run_server
from tests.hub.installations import Installation

FIRST_DAY = datetime.now(UTC).replace(microsecond=0) - timedelta(days=45)
PROGRAM = """
from hotleads.hub.site.setup import configure_hub
configure_hub()
from hotleads.hub.connectors import hotmart_client
hotmart_client.CALLS_A_MINUTE = 60_000
from hotleads.hub.intake.pulls.jobs import run_pull
run_pull({"connection_id": 1}, lambda message: None)
"""


@pytest.fixture
def hotmart() -> Iterator[HotmartServer]:
    statuses = ("APPROVED", "REFUNDED", "COMPLETE", "PRINTED_BILLET", "STARTED")
    server = HotmartServer(page_size=3)
    server.sales = [
        build_sale(f"HP{number}", statuses[number % 5], FIRST_DAY + timedelta(days=number % 40)) for number in range(60)
    ]
    server.students = {
        "cakes": [
            {
                "email": f"hp{number}@example.com",
                "last_access_date": to_milliseconds(FIRST_DAY),
                "progress": {"completed_percentage": 50},
            }
            for number in range(10)
        ]
    }
    with run_server(server.build_app()) as server.url:
        yield server


@pytest.mark.slow
def test_a_killed_pull_goes_on_without_loss_or_duplicate(installation: Installation, hotmart: HotmartServer) -> None:
    register_kinds()
    pulls = HotmartPulls(
        FIRST_DAY, {"cakes": "4242"}, f"{hotmart.url}/api", f"{hotmart.url}/security/oauth/token", allow_private=True
    )
    connection = add_hotmart_api("Main", HotmartCredentials(CLIENT_ID, CLIENT_SECRET), pulls, AccountSettings(), {})
    assert connection.pk == 1
    for asked in (9, 31):
        child = start_pull(installation)
        deadline = time.monotonic() + 60
        while len(hotmart.requests) < asked and time.monotonic() < deadline:
            time.sleep(0.005)
        child.kill()
        child.wait()
        assert Pull.objects.exclude(cursor=None).exists()
    assert start_pull(installation).wait(60) == 0
    purchases = list(Purchase.objects.values_list("transaction_id", "status"))
    assert len(purchases) == len(set(purchases)) == 12 * (1 + 2 + 2 + 1 + 1)
    assert Event.objects.count() == 30  # progress, and two absences each
    assert not Pull.objects.exclude(cursor=None).exists()


def start_pull(installation: Installation) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", PROGRAM], env=installation.environment)
