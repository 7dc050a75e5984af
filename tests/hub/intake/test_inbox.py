"""The inbox: kept before it is answered, once each, and processed whatever else arrives."""

import asyncio
import gc
import threading
from collections.abc import Iterator, Sequence

import pytest
from django.db import connection

from hotleads.hub.clock import get_now
from hotleads.hub.intake import inbox_processors, inbox_writer
from hotleads.hub.intake.inbox import process_waiting, replay_items
from hotleads.hub.intake.inbox_processors import Processed, Processor, register_processor
from hotleads.hub.intake.inbox_writer import InboxBusyError, InboxWriter, insert_items
from hotleads.hub.models import Contact, InboxItem, InboxOutcome
from tests.hub.installations import Installation

#: Bodies that the tests' processor cannot read; a test may mend it.
unreadable: set[bytes] = set()


def build_item(number: object, body: bytes = b"{}", source: str = "test") -> InboxItem:
    return InboxItem(source=source, envelope_id=str(number), body=body)


def process_test_items(items: Sequence[InboxItem]) -> list[Processed]:
    if any(item.body in unreadable for item in items):
        raise RuntimeError("ana@example.com cannot be read")
    outcome = {b"strange": InboxOutcome.UNKNOWN}
    return [
        Processed("thing", outcome.get(item.body or b"", InboxOutcome.PROCESSED), "", find_contacts(item))
        for item in items
    ]


def find_contacts(item: InboxItem) -> frozenset[int]:
    return frozenset(Contact.objects.values_list("pk", flat=True)) if item.body == b"of everybody" else frozenset()


register_processor("test", f"{__name__}:process_test_items")


@pytest.fixture
def writer(installation: Installation) -> Iterator[InboxWriter]:
    writer = InboxWriter()
    yield writer
    writer.stop()


def write(writer: InboxWriter, *requests: list[InboxItem]) -> list[list[bool]]:
    async def write_all() -> list[list[bool]]:
        return await asyncio.gather(*(writer.write(items) for items in requests))

    return asyncio.run(write_all())


def count_outcomes() -> dict[str, int]:
    outcomes = list(InboxItem.objects.values_list("outcome", flat=True))
    return {outcome: outcomes.count(outcome) for outcome in set(outcomes)}


def test_requests_share_a_commit_and_an_envelope_comes_once(
    writer: InboxWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    commits: list[int] = []
    insert = inbox_writer.insert_items

    def insert_and_count(items: Sequence[InboxItem]) -> list[bool]:
        commits.append(len(items))
        return insert(items)

    monkeypatch.setattr(inbox_writer, "insert_items", insert_and_count)
    answers = write(writer, *([build_item(number // 2)] for number in range(200)))
    assert sum(are_new == [True] for are_new in answers) == 100
    assert InboxItem.objects.count() == 100
    assert sum(commits) == 200
    assert len(commits) < 50
    assert write(writer, [build_item(0), build_item("new"), build_item("new")]) == [[False, True, False]]


def test_what_was_answered_is_committed(writer: InboxWriter) -> None:
    write(writer, [build_item(1, b"first")])
    counts: list[int] = []

    def count() -> None:
        counts.append(InboxItem.objects.count())
        connection.close()

    other = threading.Thread(target=count)
    other.start()
    other.join()
    assert counts == [1]


def test_an_item_that_cannot_be_kept_fails_alone(writer: InboxWriter) -> None:
    wrong = build_item(2)
    wrong.source = None  # type: ignore[assignment]

    async def write_all() -> list[object]:
        requests = [writer.write([item]) for item in (build_item(1), wrong, build_item(3))]
        return list(await asyncio.gather(*requests, return_exceptions=True))

    first, second, third = asyncio.run(write_all())
    assert (first, third) == ([True], [True])
    assert isinstance(second, Exception)
    assert InboxItem.objects.count() == 2


def test_a_writer_that_stops_writes_what_waits_and_takes_in_nothing_more(writer: InboxWriter) -> None:
    async def write_and_stop() -> list[list[bool]]:
        requests = [asyncio.create_task(writer.write([build_item(number)])) for number in range(50)]
        await asyncio.sleep(0)
        await asyncio.to_thread(writer.stop)
        return list(await asyncio.gather(*requests))

    assert asyncio.run(write_and_stop()) == [[True]] * 50
    assert InboxItem.objects.count() == 50
    with pytest.raises(InboxBusyError):
        write(writer, [build_item("late")])


def test_more_bytes_than_may_wait_are_refused_until_there_is_room(
    sqlite_installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox_writer, "MAX_WAITING_BYTES", 1_000)
    may_write = threading.Event()

    def insert(items: Sequence[InboxItem]) -> list[bool]:
        may_write.wait()
        return insert_items(items)

    monkeypatch.setattr(inbox_writer, "insert_items", insert)
    writer = InboxWriter()

    async def fill() -> list[bool]:
        first = asyncio.create_task(writer.write([build_item("first")]))
        await asyncio.sleep(0.05)  # it is being written
        second = asyncio.create_task(writer.write([build_item("second", b"x" * 1_000)]))
        await asyncio.sleep(0)
        with pytest.raises(InboxBusyError):
            await writer.write([build_item("third")])
        may_write.set()
        return [*await first, *await second, *await writer.write([build_item("third")])]

    assert asyncio.run(fill()) == [True, True, True]
    writer.stop()


def test_bodies_are_sealed_and_any_bytes(installation: Installation) -> None:
    body = b"ana@example.com \x00\xff"
    insert_items([build_item(1, body)])
    with connection.cursor() as cursor:
        cursor.execute("SELECT body FROM hub_inboxitem")
        assert b"ana" not in bytes(cursor.fetchone()[0])
    assert InboxItem.objects.get().body == body


def test_an_item_that_nobody_foresaw_is_kept_with_its_code_and_keeps_back_no_other(
    installation: Installation, caplog: pytest.LogCaptureFixture
) -> None:
    unreadable.add(b"broken")
    insert_items([build_item(number, b"broken" if number == 3 else b"{}") for number in range(60)])
    insert_items([build_item("strange", b"strange"), build_item("alien", source="nobody's")])
    while process_waiting():
        pass
    assert count_outcomes() == {"processed": 59, "unknown": 1, "failed": 2}
    failed = InboxItem.objects.filter(outcome="failed").order_by("source")
    assert list(failed.values_list("source", "error_code")) == [("nobody's", "LookupError"), ("test", "RuntimeError")]
    assert "ana" not in caplog.text
    unreadable.clear()
    assert replay_items("test") == 2
    assert process_waiting()
    assert count_outcomes() == {"processed": 60, "unknown": 1, "failed": 1}


def test_replay_goes_back_to_an_instant_and_to_what_was_processed_where_asked(installation: Installation) -> None:
    insert_items([build_item(1)])
    process_waiting()
    noon = get_now()
    insert_items([build_item(2)])
    process_waiting()
    assert replay_items(since=noon) == 0
    assert replay_items(since=noon, only_unread=False) == 1
    assert replay_items(only_unread=False) == 1
    assert count_outcomes() == {"waiting": 2}


def test_an_item_names_the_contacts_of_its_rows_once(installation: Installation) -> None:
    contact = Contact.objects.create()
    insert_items([build_item(1, b"of everybody")])
    process_waiting()
    replay_items(only_unread=False)
    process_waiting()
    assert list(contact.inbox_items.values_list("envelope_id", flat=True)) == ["1"]


def test_what_processes_a_source_is_loaded_once_before_the_transaction_and_kept_from_the_collector(
    sqlite_installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    loads: list[tuple[str, bool]] = []

    def load(source: str) -> Processor:
        loads.append((source, connection.in_atomic_block))
        return process_test_items

    monkeypatch.setattr(inbox_processors, "_loaded", set())
    monkeypatch.setattr(inbox_processors, "get_processor", load)
    gc.unfreeze()
    try:
        for number in range(2):
            insert_items([build_item(number), build_item(f"nobody reads {number}", source="nobody")])
            process_waiting()
        assert loads == [("test", False)]
        assert gc.get_freeze_count() > 10_000
    finally:
        gc.unfreeze()
    assert count_outcomes() == {"processed": 2, "failed": 2}
