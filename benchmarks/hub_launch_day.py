"""Webhooks until their people's new scores are on the pages, while all leads of a launch are scored anew.

    python benchmarks/hub_launch_day.py [--leads 20000] [--webhooks-an-hour 10000] [--databases sqlite]

An installation learns from the sample, and its open launch gets so many more leads, each with a score already. A server
and a worker run in processes of their own. Then the launch's history is brought up to date and all of its leads are
scored again with reasons, and meanwhile Hotmart's webhooks come evenly, each of a sale to one of these leads. Visible
is a score that was worked out after the webhook came: the file of all scores, which may be older, does not count.

Prints seconds by the clock: from the webhook's arrival to its score, as *Today* measures it too, until the webhook was
answered, and what the jobs took. ``--rest`` sends webhooks for so many seconds before, where nothing else runs. It
fails where a webhook or a score is missing.
"""

import argparse
import asyncio
import itertools
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import numpy as np
import psutil
from hub_arrivals import ROOT, prepare_champion
from hub_feed import run_database
from hub_size import fill_launch
from inbox import HOTTOK, Hub, build_body

#: When webhooks were sent, by their envelopes, and the seconds until each answer.
Sent = tuple[dict[str, datetime], list[float]]
LIMIT_SECONDS = 300  # after the last webhook
JOB_SECONDS = 7_200


def measure(hub: Hub, launch_key: str, options: argparse.Namespace) -> bool:
    """Give the open launch its leads and measure at rest and while all are scored; say whether all webhooks were seen.

    The installation has a model in use.
    """
    from hotleads.hub.engine.queue import enqueue_job
    from hotleads.hub.intake.hotmart.accounts import AccountSettings, add_account
    from hotleads.hub.models import CurrentScore, JobState, Launch

    launch = Launch.objects.get(key=launch_key)
    fill_launch(launch, options.leads, datetime.now(UTC))
    add_account("Main", HOTTOK, AccountSettings(), {})
    processes = {"server": hub.start_server(), "worker": hub.start_worker()}
    numbers = iter(random.Random(1).sample(range(options.leads), options.leads))  # noqa: S311
    interval = 3_600 / options.webhooks_an_hour
    try:
        hub.wait_for_server()
        is_seen = report("the first one", *asyncio.run(post_for(0, hub.port, numbers, interval)))  # loads the model
        is_seen &= report("at rest", *asyncio.run(post_for(options.rest, hub.port, numbers, interval)))
        for kind, job_options in (("sync", {}), ("score", {"launch_id": launch.pk})):
            job = enqueue_job(kind, job_options)
            cpu = read_cpu(processes["worker"])
            sent = asyncio.run(post_while(lambda pk=job.pk: is_unfinished(pk), hub.port, numbers, interval))
            job.refresh_from_db()
            taken = (job.ended_at - job.started_at).total_seconds()
            print(f"  {kind}: {job.state} in {taken:.0f} s, {read_cpu(processes['worker']) - cpu:.0f} s of CPU")
            is_seen &= report(f"during {kind}", *sent) and job.state == JobState.SUCCEEDED
        scored = CurrentScore.objects.filter(launch=launch, scored_at__gte=job.started_at).count()
        print(f"  {scored:,} leads have a new score; load {os.getloadavg()[0]:.0f}", flush=True)
    finally:
        for process in processes.values():
            process.send_signal(signal.SIGTERM)
            process.wait()
    return is_seen and scored >= options.leads


async def post_for(seconds: float, port: int, numbers: Any, interval: float) -> Sent:
    """Post webhooks for some seconds, one at least."""
    moments = itertools.chain([True], iter(lambda: time.monotonic() < ends_at, None))
    ends_at = time.monotonic() + seconds
    return await post_while(lambda: next(moments), port, numbers, interval)


async def post_while(goes_on: Callable[[], bool], port: int, numbers: Any, interval: float) -> Sent:
    """Post a webhook every so many seconds; return when each was sent, by its envelope, and the answers' seconds."""
    sent: dict[str, datetime] = {}
    answered: list[float] = []
    headers = {"X-HOTMART-HOTTOK": HOTTOK, "Content-Type": "application/json"}
    async with aiohttp.ClientSession(f"http://127.0.0.1:{port}", headers=headers) as session:

        async def post(number: int) -> None:
            began = time.perf_counter()
            async with session.post("/webhooks/hotmart", data=build_body(number)) as answer:
                answer.raise_for_status()
            answered.append(time.perf_counter() - began)

        due, posts = time.monotonic(), []
        while await asyncio.to_thread(goes_on):
            number = next(numbers)
            sent[f"00000000-0000-4000-8000-{number:012d}"] = datetime.now(UTC)
            posts.append(asyncio.create_task(post(number)))
            due += interval
            await asyncio.sleep(max(due - time.monotonic(), 0))
        await asyncio.gather(*posts)
    return sent, answered


def is_unfinished(job_id: int) -> bool:
    """Return whether a job waits or runs."""
    from django.db import connection

    from hotleads.hub.models import Job, JobState

    try:
        return Job.objects.filter(pk=job_id, state__in=[JobState.QUEUED, JobState.RUNNING]).exists()
    finally:
        connection.close()


def report(name: str, sent: dict[str, datetime], answered: list[float]) -> bool:
    """Wait until all webhooks are visible, and print how long that took; False: some were not to be seen."""
    from hotleads.hub.intake.inbox_summary import measure_freshness

    if not sent:
        return True
    deadline = time.monotonic() + LIMIT_SECONDS
    while len(seconds := list_seconds(sent)) < len(sent) and time.monotonic() < deadline:
        time.sleep(1)
    freshness = measure_freshness()
    shown = f"p50 {freshness.median_seconds:.1f} s, p95 {freshness.p95_seconds:.1f} s" if freshness else "nothing"
    print(
        f"  {name}: {len(seconds):,} of {len(sent):,} webhooks visible, {describe(seconds)}; Today shows {shown}; "
        f"answered in {describe(answered)}; load {os.getloadavg()[0]:.0f}",
        flush=True,
    )
    return len(seconds) == len(sent)


def describe(seconds: Sequence[float]) -> str:
    """Return quantiles in words."""
    p50, p95, longest = np.quantile(seconds, [0.5, 0.95, 1.0])
    return f"p50 {p50:.2f} s, p95 {p95:.2f} s, longest {longest:.2f} s"


def list_seconds(sent: dict[str, datetime]) -> list[float]:
    """Return the seconds from each webhook to the first score of its lead that was worked out after it."""
    from hotleads.hub.models import CurrentScore, InboxItem, Score

    people = InboxItem.contacts.through.objects.filter(inboxitem__received_at__gte=min(sent.values()))
    pairs = list(people.values_list("inboxitem__envelope_id", "contact_id"))
    first: dict[str, float] = {}
    for model in (Score, CurrentScore):
        rows = model.objects.filter(as_of__gte=min(sent.values()))
        by_contact: dict[int, list[tuple[datetime, datetime]]] = {}
        for contact_id, as_of, scored_at in rows.values_list("contact_id", "as_of", "scored_at").iterator():
            by_contact.setdefault(contact_id, []).append((as_of, scored_at))
        for envelope_id, contact_id in pairs:
            arrived_at = sent.get(envelope_id)
            if arrived_at is None:
                continue
            for as_of, scored_at in by_contact.get(contact_id, ()):
                if as_of >= arrived_at:
                    taken = (scored_at - arrived_at).total_seconds()
                    first[envelope_id] = min(taken, first.get(envelope_id, taken))
    return list(first.values())


def read_cpu(process: "subprocess.Popen[bytes]") -> float:
    """Return the CPU seconds of a process and of the children that it has waited for."""
    times = psutil.Process(process.pid).cpu_times()
    return float(times.user + times.system + times.children_user + times.children_system)


def main() -> None:
    """Measure each database in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--leads", type=int, default=20_000)
    parser.add_argument("--webhooks-an-hour", type=int, default=10_000)
    parser.add_argument("--rest", type=float, default=5)
    parser.add_argument("--databases", default="sqlite")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    sys.path.insert(0, str(ROOT))
    if options.inside:
        from hotleads.hub.site.setup import create_installation

        data = Path(os.environ["HOTLEADS_DATA"])
        create_installation(data)
        sys.exit(not measure(Hub(data, os.environ["HOTLEADS_HUB_DATABASE"]), prepare_champion(), options))
    failed = False
    for database in options.databases.split(","):
        print(f"{database}: {options.leads:,} leads; load {os.getloadavg()[0]:.0f}", flush=True)
        with tempfile.TemporaryDirectory(prefix="launch-day-") as folder, run_database(database) as url:
            environment = os.environ | {"HOTLEADS_DATA": folder, "HOTLEADS_HUB_DATABASE": url}
            failed |= (
                subprocess.run([sys.executable, *sys.argv, "--inside"], env=environment, check=False).returncode != 0
            )
    sys.exit(failed)


if __name__ == "__main__":
    main()
