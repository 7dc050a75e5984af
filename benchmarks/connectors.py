"""Full pulls of a Hotmart and of an ActiveCampaign account from strict local servers, killed and resumed on the way.

    python benchmarks/connectors.py [--rows 20000] [--kills 3] [--databases sqlite,postgresql]

The servers are those of the tests: they check token, key, parameters and paging. A plain loop of requests first reads
the same pages and keeps nothing. Then the hub pulls everything in a process of its own: once without trouble, and once
more into another installation where answers fail (429, 502, half bodies) and the process is killed (``kill -9``) and
started again. Prints rows a second of the process's CPU, and the seconds from a start after a kill to the first page
that it asks for. Every row must be there once. Rate limits are lifted: at Hotmart's 500 calls a
minute and ActiveCampaign's 5 a second the calls would decide, whose number is printed.
"""

import argparse
import base64
import json
import os
import random
import resource
import statistics
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from inbox import Hub, open_hub

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.hub.connectors.activecampaign_server import API_KEY, ActiveCampaignServer, build_contact  # noqa: E402
from tests.hub.connectors.hotmart_server import (  # noqa: E402
    CLIENT_ID,
    CLIENT_SECRET,
    PAYMENTS,
    HotmartServer,
    build_sale,
    to_milliseconds,
)
from tests.hub.connectors.servers import cut_connection, fail_with, run_server, send_half  # noqa: E402

DAYS = 180
TODAY = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
FIRST_DAY = TODAY - timedelta(days=DAYS)
#: What a sale of each status becomes.
BECOMES = {
    "APPROVED": ["approved"],
    "COMPLETE": ["approved", "complete"],
    "REFUNDED": ["approved", "refunded"],
    "PRINTED_BILLET": ["billet_printed"],
    "CANCELLED": ["approved", "canceled"],
}
FAULTS = (fail_with(429, **{"Retry-After": "1"}), fail_with(429), fail_with(502), cut_connection, send_half)
PATIENCE_SECONDS = 600.0


class Account(NamedTuple):
    """An account on a server of this machine: how it is connected, read by a plain loop, and what it must become."""

    name: str
    server: Any
    rows: int
    read_plainly: Callable[[str], int]
    kept_sql: str
    expected: list[tuple[Any, ...]]


def build_hotmart(rows: int) -> Account:
    """Return an account with sales of several statuses over half a year, each with its buyer."""
    server = HotmartServer(page_size=500)
    statuses = list(BECOMES)
    server.sales = [
        build_sale(
            f"HP{number}", statuses[number % len(statuses)], FIRST_DAY + DAYS * timedelta(days=1) * number / rows
        )
        for number in range(rows)
    ]
    server.participants = [
        {
            "transaction": f"HP{number}",
            "users": [{"role": "BUYER", "user": {"locale": "pt_BR", "cellphone": f"+55119{number:08d}"}}],
        }
        for number in range(rows)
    ]
    expected = sorted((f"HP{number}", status) for number in range(rows) for status in BECOMES[statuses[number % 5]])
    kept = "SELECT transaction_id, status FROM hub_purchase"
    return Account("hotmart", server, rows, read_hotmart_plainly, kept, expected)


def build_activecampaign(rows: int) -> Account:
    """Return an account with contacts who have a campaign each."""
    server = ActiveCampaignServer(page_size=100)
    server.contacts = [build_contact(number) for number in range(1, rows + 1)]
    server.fields = [{"id": "3", "title": "utm_campaign", "perstag": "UTM_CAMPAIGN"}]
    server.field_values = [
        {"id": str(number), "contact": str(number), "field": "3", "value": f"cake-{number % 7}"}
        for number in range(1, rows + 1)
    ]
    counts = Counter(f"cake-{number % 7}" for number in range(1, rows + 1))
    expected = sorted((campaign, count, count) for campaign, count in counts.items())
    kept = "SELECT utm_campaign, count(*), count(DISTINCT contact_id) FROM hub_capture GROUP BY utm_campaign"
    return Account("activecampaign", server, rows, read_activecampaign_plainly, kept, expected)


def read_hotmart_plainly(url: str) -> int:
    """Read the sales of each status and month, and their buyers, by requests one after the other."""
    basic = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
    client = {"grant_type": "client_credentials", "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    headers = {"Authorization": f"Basic {basic}", "Content-Type": "application/json"}
    answer = ask(f"{url}/security/oauth/token?{urllib.parse.urlencode(client)}", headers, b"")
    headers = {"Authorization": f"Bearer {answer['access_token']}"}

    def count(name: str, query: dict[str, Any]) -> int:
        counted, token = 0, ""
        while True:
            more = {"page_token": token} if token else {}
            page = ask(f"{url}/api{PAYMENTS}/sales/{name}?{urllib.parse.urlencode(query | more)}", headers)
            counted += len(page["items"])
            token = page["page_info"].get("next_page_token", "")
            if not token:
                return counted

    rows = 0
    for days in range(0, DAYS, 30):
        begin = FIRST_DAY + timedelta(days=days)
        dates = {"start_date": to_milliseconds(begin), "end_date": to_milliseconds(begin + timedelta(days=30)) - 1}
        for status in BECOMES:
            query = dates | {"transaction_status": status, "max_results": 500}
            if sales := count("history", query):
                rows += sales
                count("users", query)
    return rows


def read_activecampaign_plainly(url: str) -> int:
    """Read the values of fields and the contacts by requests one after the other."""
    headers, read, last = {"Api-Token": API_KEY}, 0, 0
    while values := ask(f"{url}/api/3/fieldValues?limit=100&offset={read}", headers)["fieldValues"]:
        read += len(values)
    read = 0
    while rows := ask(f"{url}/api/3/contacts?limit=100&orders[id]=ASC&id_greater={last}", headers)["contacts"]:
        read, last = read + len(rows), int(rows[-1]["id"])
    return read


def ask(url: str, headers: dict[str, str], body: bytes | None = None) -> Any:
    request = urllib.request.Request(url, body, headers)  # noqa: S310 - a port of this machine
    with urllib.request.urlopen(request, timeout=60) as response:  # noqa: S310
        return json.loads(response.read())


def connect(kind: str, url: str) -> None:
    """Add the account as the only one that is pulled: in a process of its own."""
    open_hub_of_environment()
    from hotleads.hub.intake.hotmart.accounts import AccountSettings
    from hotleads.hub.intake.pulls.accounts import (
        ActiveCampaignPulls,
        HotmartCredentials,
        HotmartPulls,
        add_activecampaign,
        add_hotmart_api,
    )

    if kind == "hotmart":
        pulls = HotmartPulls(FIRST_DAY, {}, f"{url}/api", f"{url}/security/oauth/token", allow_private=True)
        added = add_hotmart_api(kind, HotmartCredentials(CLIENT_ID, CLIENT_SECRET), pulls, AccountSettings(), {})
    else:
        added = add_activecampaign(kind, url, API_KEY, ActiveCampaignPulls(allow_private=True))
    print(added.pk)


def pull(connection_id: int) -> None:
    """Pull the account as the worker's job does."""
    open_hub_of_environment()
    from hotleads.hub.connectors import activecampaign_client, hotmart_client
    from hotleads.hub.intake.pulls.jobs import run_pull

    hotmart_client.CALLS_A_MINUTE = 6_000_000
    activecampaign_client.CALLS_A_SECOND = 100_000
    run_pull({"connection_id": connection_id}, lambda message: None)


def open_hub_of_environment() -> None:
    from hotleads.hub.site.setup import open_installation

    open_installation()
    from hotleads.hub.site.job_kinds import register_kinds

    register_kinds()


def run_child(hub: Hub, *arguments: str) -> str:
    """Return what this program prints in a process of its own."""
    command = [sys.executable, __file__, *arguments]
    done = subprocess.run(command, env=hub.environment, check=True, stdout=subprocess.PIPE, text=True)
    return done.stdout.strip()


def measure_quiet(hub: Hub, account: Account, url: str) -> tuple[float, float]:
    """Return the CPU seconds and those of the clock that a whole pull takes."""
    connection_id = run_child(hub, "--connect", account.name, "--url", url)
    before, began = read_children_cpu(), time.perf_counter()
    run_child(hub, "--pull", connection_id)
    taken = read_children_cpu() - before, time.perf_counter() - began
    check_kept(hub, account)
    return taken


def measure_killed(hub: Hub, account: Account, url: str, kills: int) -> list[float]:
    """Pull among faults and kills; return the seconds from each start after a kill to the first page asked for."""
    connection_id = run_child(hub, "--connect", account.name, "--url", url)
    requests = account.server.requests
    calls = len(requests)
    moments = sorted(random.Random(kills).sample(range(calls // 10, calls), kills))  # noqa: S311
    requests.clear()
    account.server.faults.extend(
        FAULTS[number // 25 % len(FAULTS)] if number % 25 == 24 else None for number in range(calls)
    )
    resumed = []
    for moment in (*moments, None):
        asked, began = len(requests), time.perf_counter()
        child = subprocess.Popen([sys.executable, __file__, "--pull", connection_id], env=hub.environment)
        wait_until(lambda asked=asked: count_pages(requests[asked:]) > 0, child)
        if asked:
            resumed.append(time.perf_counter() - began)
        if moment is None:
            if child.wait(PATIENCE_SECONDS):
                raise RuntimeError(f"{account.name}: the pull ended with {child.returncode}")
        else:
            wait_until(lambda moment=moment: len(requests) >= moment, child)
            child.kill()
            child.wait()
    account.server.faults.clear()
    check_kept(hub, account)
    return resumed


def check_kept(hub: Hub, account: Account) -> None:
    """Fail where a row is missing or there twice."""
    kept = sorted(hub.read(account.kept_sql))
    if kept != account.expected:
        raise RuntimeError(f"{account.name}: {len(kept):,} rows are there, not the {len(account.expected):,} expected")


def count_pages(requests: list[str]) -> int:
    return sum(request != "token" for request in requests)


def wait_until(is_true: Callable[[], bool], child: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not is_true():
        if child.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"the pull ended too early, with {child.returncode}")
        time.sleep(0.005)


def read_children_cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def measure_plainly(account: Account, url: str) -> float:
    """Return the CPU seconds of the plain loop in a process of its own."""
    before = read_children_cpu()
    command = [sys.executable, __file__, "--read", account.name, "--url", url]
    read = int(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)
    if read != account.rows:
        raise RuntimeError(f"{account.name}: the plain loop read {read:,} of {account.rows:,} rows")
    return read_children_cpu() - before


def main() -> None:
    """Measure each account on each database."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--kills", type=int, default=3)
    parser.add_argument("--databases", default="sqlite,postgresql")
    for name in ("--connect", "--read", "--pull", "--url"):
        parser.add_argument(name, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.connect:
        connect(options.connect, options.url)
    elif options.read:
        print(ACCOUNTS[options.read](0).read_plainly(options.url))
    elif options.pull:
        pull(int(options.pull))
    else:
        for name in ACCOUNTS:
            measure_account(ACCOUNTS[name](options.rows), options.databases.split(","), options.kills)


def measure_account(account: Account, databases: list[str], kills: int) -> None:
    """Print what the pulls of an account took, beside a plain loop."""
    with run_server(account.server.build_app()) as url:
        plain = measure_plainly(account, url)
        print(f"{account.name}, {account.rows:,} rows: a plain loop reads {account.rows / plain:,.0f} a CPU second")
        for database in databases:
            account.server.requests.clear()
            with open_hub(database) as hub:
                cpu, clock = measure_quiet(hub, account, url)
            calls = count_pages(account.server.requests)
            print(
                f"  {database}: {account.rows / cpu:,.0f} rows a CPU second ({cpu:.1f} s of CPU, {clock:.1f} s by the "
                f"clock, {calls} calls); load {os.getloadavg()[0]:.0f}",
                flush=True,
            )
            with open_hub(database) as hub:
                resumed = measure_killed(hub, account, url, kills)
            again = count_pages(account.server.requests) - calls
            print(
                f"  {database}: {kills} kills and {calls // 25} faults, every row there once; resumed in "
                f"{statistics.median(resumed):.1f} s (longest {max(resumed):.1f}); {again} more calls",
                flush=True,
            )


ACCOUNTS = {"hotmart": build_hotmart, "activecampaign": build_activecampaign}


if __name__ == "__main__":
    main()
