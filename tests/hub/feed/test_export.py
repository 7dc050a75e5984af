"""The feed: every row once, whatever commits late and whoever is killed."""

import multiprocessing
import os
import random
import signal
import threading
import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from django.db import connection, connections, transaction

from hotleads.hub.clock import get_now
from hotleads.hub.errors import HubError
from hotleads.hub.feed import export, row_reader
from hotleads.hub.feed.parts import open_parts
from hotleads.hub.models import Batch, Installation, Purchase
from tests.hub.installations import Installation as HubInstallation
from tests.hub.rows import build_capture, build_event, build_purchase, create_contact, create_launch

forking = multiprocessing.get_context("fork")


@pytest.fixture
def folder(installation: HubInstallation) -> Path:
    return installation.data / "feed"


def export_feed(folder: Path) -> dict[str, int]:
    with open_parts(folder) as parts:
        return export.export_feed(parts)


def read_ids(folder: Path, table: str = "purchases") -> list[int]:
    with open_parts(folder) as parts:
        return [number for path in parts.list_parts(table) for number in pq.read_table(path)["id"].to_pylist()]


def create_purchases(count: int, batch: Batch | None = None, first: int = 0) -> list[int]:
    contact = create_contact()
    rows = [build_purchase(contact, number, batch=batch) for number in range(first, first + count)]
    return [row.pk for row in Purchase.objects.bulk_create(rows)]


def test_parts_hold_the_rows_with_their_types(folder: Path) -> None:
    contact = create_contact()
    capture = build_capture(contact, attributes={"age": "30 to 39", "água": 'a "b"'}, launch=create_launch())
    capture.save()
    build_purchase(contact, installments=3).save()
    build_event(contact, value=0.5).save()
    assert export_feed(folder) == {"leads": 1, "purchases": 1, "events": 1}
    row = pq.read_table(folder / "purchases" / "part-000000.parquet").to_pylist()[0]
    assert row["amount_minor"] == 19_700
    assert row["installments"] == 3
    assert row["occurred_at"].isoformat() == "2026-03-01T12:00:00+00:00"
    assert pq.read_table(folder / "events" / "part-000000.parquet")["value"].to_pylist() == [0.5]
    assert pq.read_table(folder / "launches_of_captures.parquet").to_pylist() == [
        {"id": capture.pk, "launch_id": "spring"}
    ]


def test_parts_name_nobody(folder: Path) -> None:
    contact = create_contact(email="ana@example.com", name="Ana Souza", phone="+5511987654321")
    build_capture(contact).save()
    export_feed(folder)
    stored = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    assert [word for word in (b"ana@", b"Souza", b"987654321") if word in stored] == []


def test_a_second_run_takes_only_what_is_new(folder: Path) -> None:
    first = create_purchases(3)
    assert export_feed(folder)["purchases"] == 3
    assert export_feed(folder)["purchases"] == 0
    second = create_purchases(2, first=3)
    assert export_feed(folder)["purchases"] == 2
    assert read_ids(folder) == first + second


def test_chunks_follow_one_another(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(row_reader, "CHUNK_ROWS", 4)
    ids = create_purchases(10)
    export_feed(folder)
    assert read_ids(folder) == ids
    assert len(list((folder / "purchases").iterdir())) == 3


def test_a_batch_is_seen_whole_and_once_when_it_is_committed(folder: Path) -> None:
    batch = Batch.objects.create(source="csv")
    hidden = create_purchases(3, batch)
    later = create_purchases(1, first=3)
    assert export_feed(folder)["purchases"] == 1
    batch.committed_at = get_now()
    batch.save()
    assert export_feed(folder)["purchases"] == 3
    assert export_feed(folder)["purchases"] == 0
    assert read_ids(folder) == later + hidden
    assert Purchase.objects.visible().count() == 4


def test_a_row_that_commits_late_is_neither_lost_nor_taken_twice(
    postgres_installation: HubInstallation,
) -> None:
    folder = postgres_installation.data / "feed"
    contact = create_contact()
    written, may_commit = threading.Event(), threading.Event()

    def write_slowly() -> None:
        try:
            with transaction.atomic():
                build_purchase(contact, 1).save()
                written.set()
                may_commit.wait()
        finally:
            connection.close()

    thread = threading.Thread(target=write_slowly)
    thread.start()
    written.wait()
    build_purchase(contact, 2).save()  # a higher id, committed first
    before = export_feed(folder)["purchases"]
    may_commit.set()
    thread.join()
    after = export_feed(folder)["purchases"]
    assert before + after == 2
    assert sorted(read_ids(folder)) == sorted(Purchase.objects.values_list("pk", flat=True))


@pytest.mark.slow
def test_a_killed_feed_goes_on_where_it_was(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(row_reader, "CHUNK_ROWS", 25)
    batch = Batch.objects.create(source="csv", committed_at=get_now())
    ids = create_purchases(400, batch) + create_purchases(400, first=400)
    draws = random.Random(5)  # noqa: S311
    for _ in range(8):
        connections.close_all()
        process = forking.Process(target=export_feed, args=(folder,))
        process.start()
        assert process.pid is not None
        time.sleep(draws.uniform(0.01, 0.12))
        os.kill(process.pid, signal.SIGKILL)
        process.join()
    export_feed(folder)
    assert sorted(read_ids(folder)) == ids
    assert export_feed(folder)["purchases"] == 0


def test_the_feed_of_another_installation_is_refused(folder: Path) -> None:
    create_purchases(1)
    export_feed(folder)
    Installation.objects.update(created_at=get_now())
    with pytest.raises(HubError, match="another installation"):
        export_feed(folder)
