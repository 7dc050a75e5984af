"""How long the hub's transactions keep SQLite's write lock, by what writes: in CPU and by the clock.

    python benchmarks/write_lock.py [--leads 4000]

An installation on SQLite gets a launch's leads with captures, purchases and scores. Then each of the hub's chunked
writers works through many rows, alone. A transaction is measured from when it has the lock until its commit is on the
disk. Prints of each writer how many transactions there were, their median and their longest. VACUUM, which erasures run
on databases of up to 64 MB by day, is one transaction.
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch

import pyarrow as pa
import pyarrow.parquet as pq
from hub_arrivals import ROOT, write_file
from hub_size import FEATURE_NAMES, fill_launch
from inbox import HOTTOK, build_body

LIMIT_MS = 100


class Held(NamedTuple):
    """For how many seconds of CPU and of the clock one transaction had the lock."""

    cpu: float
    clock: float


@contextmanager
def watch_transactions() -> Iterator[list[Held]]:
    """Give a list that gets an entry for each transaction of this thread."""
    from django.db.backends.sqlite3.base import DatabaseWrapper

    held: list[Held] = []
    began = [0.0, 0.0]
    begin, commit = DatabaseWrapper._start_transaction_under_autocommit, DatabaseWrapper._commit

    def note_begin(wrapper: Any) -> None:
        begin(wrapper)
        began[:] = time.thread_time(), time.perf_counter()

    def note_commit(wrapper: Any) -> None:
        commit(wrapper)
        held.append(Held(time.thread_time() - began[0], time.perf_counter() - began[1]))

    with (
        patch.object(DatabaseWrapper, "_start_transaction_under_autocommit", note_begin),
        patch.object(DatabaseWrapper, "_commit", note_commit),
    ):
        yield held


def report(name: str, write: Callable[[], object]) -> None:
    """Let something write, and print how long its transactions had the lock."""
    from hotleads.hub.engine.garbage import hold_loaded

    hold_loaded()  # as the worker and the processes of jobs do
    with watch_transactions() as held:
        write()
    cpu, clock = ([1_000 * getattr(each, name) for each in held] for name in ("cpu", "clock"))
    print(
        f"{'BEYOND ' if statistics.median(cpu) > LIMIT_MS else ''}{name}: {len(held):,} transactions, CPU median "
        f"{statistics.median(cpu):.0f} ms, longest {max(cpu):.0f}; clock median {statistics.median(clock):.0f} ms, "
        f"longest {max(clock):.0f}",
        flush=True,
    )


def run_writers(folder: Path, leads: int) -> None:
    """Fill the installation of this process and let each writer work."""
    from django.db import connection

    from hotleads.features import FEATURES
    from hotleads.hub.engine.arrivals import request_scoring
    from hotleads.hub.feed.scores import store_scores
    from hotleads.hub.intake.hotmart.accounts import AccountSettings, add_account
    from hotleads.hub.intake.inbox import process_waiting
    from hotleads.hub.intake.inbox_writer import MAX_ITEMS, insert_items
    from hotleads.hub.intake.uploads import UploadOptions, check_upload, propose_upload, receive_upload, run_import
    from hotleads.hub.models import Contact, CurrentScore, InboxItem, Launch, ScoreState, UploadKind
    from hotleads.hub.models.rollups import recount_launch
    from hotleads.scoring import ReasonFormatter, TextOptions

    now = datetime.now(UTC).replace(microsecond=0)
    launch = Launch.objects.create(
        key="spring",
        strategy="classic",
        product_id="course",
        cart_opens_at=now + timedelta(days=7),
        cart_closes_at=now + timedelta(days=14),
    )
    fill_launch(launch, leads, now)
    add_account("Main", HOTTOK, AccountSettings(), {})
    bodies = [build_body(number) for number in range(leads // 2, leads // 2 + 2_000)]
    items = [
        InboxItem(source="hotmart", envelope_id=str(number), content_type="application/json", origin_id=1, body=body)
        for number, body in enumerate(bodies)
    ]

    def insert_all() -> None:
        for start in range(0, len(items), MAX_ITEMS):
            insert_items(items[start : start + MAX_ITEMS])

    def process_all() -> None:
        while process_waiting():
            pass

    report("inbox, written", insert_all)
    report("inbox, processed (sales of known people)", process_all)
    path = folder / "scores.parquet"
    pq.write_table(build_scores(list(CurrentScore.objects.values_list("contact_id", flat=True)), now), path)
    formatter = ReasonFormatter(FEATURES, TextOptions(currency="BRL"))
    report("scores of a launch", lambda: store_scores(path, launch, ScoreState.PROVISIONAL, formatter))
    report("scoring asked for", lambda: request_scoring(Contact.objects.values_list("pk", flat=True)[:1_000]))
    report("counts of a launch", lambda: recount_launch(launch))
    upload = receive_upload(UploadKind.LEADS, [write_file(folder / "leads.csv", launch.key, 0, 3_000)], UploadOptions())
    verdict = check_upload(upload, propose_upload(upload))
    if not verdict.is_accepted:
        raise RuntimeError(f"the file is refused: {verdict.problems}")
    report("import of a file of leads", lambda: run_import({"upload_id": upload.pk}, lambda message: None))
    size = (folder / "hub.sqlite3").stat().st_size / 1_000_000
    connection.ensure_connection()
    cpu, clock = time.thread_time(), time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM")
    cpu, clock = time.thread_time() - cpu, time.perf_counter() - clock
    print(f"VACUUM of {size:.0f} MB: CPU {1_000 * cpu:.0f} ms, clock {1_000 * clock:.0f} ms")


def build_scores(contact_ids: list[int], now: datetime) -> pa.Table:
    """Return a scored row of each contact, as ``hotleads score`` writes them."""
    reasons = [
        {"feature": name, "group": "purchases", "value": 3.0, "contribution": 0.4, "text": "bought 3 times"}
        for name in FEATURE_NAMES
    ]
    rows = [
        {
            "lead_id": str(contact_id),
            "as_of": now + timedelta(minutes=1),
            "probability": (number % 97) / 500,
            "logit": -2.0,
            "score": 20.0,
            "tier": ("hot", "warm", "cold")[number % 3],
            "tier_policy": "reference",
            "reasons": reasons,
            "findings": ["few-buyers"],
            "model_version": "2",
            "feature_hash": "f" * 64,
            "context_hash": "c" * 64,
        }
        for number, contact_id in enumerate(contact_ids)
    ]
    return pa.Table.from_pylist(rows)


def main() -> None:
    """Measure every writer."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--leads", type=int, default=4_000)
    options = parser.parse_args()
    sys.path.insert(0, str(ROOT))
    with tempfile.TemporaryDirectory(prefix="write-lock-") as folder:
        from hotleads.hub.site.setup import create_installation

        create_installation(Path(folder))
        run_writers(Path(folder), options.leads)
        print(f"load {os.getloadavg()[0]:.0f}; {json.dumps({'leads': options.leads})}")


if __name__ == "__main__":
    main()
