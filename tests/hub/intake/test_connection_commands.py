"""Connections and the inbox on the command line."""

import json
import subprocess
import sys

import pytest

from hotleads.hub.models import Connection, InboxItem
from tests.hub.installations import Installation


@pytest.mark.slow
def test_an_account_is_added_listed_and_removed(sqlite_installation: Installation) -> None:
    env = sqlite_installation.environment | {"HOTLEADS_HOTMART_HOTTOK": "hottok-from-elsewhere"}
    env |= {"HOTLEADS_HUB_URL": "https://leads.example.com"}

    def run(*arguments: str, fails: bool = False) -> str:
        command = [sys.executable, "-m", "hotleads", *arguments]
        done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
        assert bool(done.returncode) == fails, done.stderr
        return done.stderr if fails else done.stdout

    add = ("connections", "add", "hotmart", "--name", "Main", "--hottok-from-env", "--json")
    added = json.loads(run(*add, "--consent", "carts:email_marketing:consent"))
    assert added == {"id": 1, "name": "Main", "address": "https://leads.example.com/webhooks/hotmart"}
    assert Connection.objects.get().read_secrets() == {"hottok": "hottok-from-elsewhere"}
    assert "has this hottok already" in run(*add, fails=True)
    InboxItem.objects.create(source="hotmart", envelope_id="1", origin_id=1, outcome="failed", body=b"{}")
    listed = json.loads(run("connections", "list", "--json"))[0]
    assert (listed["name"], listed["items"], listed["failed"]) == ("Main", 1, 1)
    assert json.loads(run("inbox", "replay", "--source", "hotmart", "--json")) == {"items": 1}
    run("connections", "remove", "Main")
    assert json.loads(run("connections", "list", "--json")) == []
