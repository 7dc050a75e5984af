"""Rules of the owner's say which type an event is, as it arrives and of those that are there."""

import json
import threading

import pyarrow.parquet as pq
import pytest
from django.conf import settings
from django.db import connection, transaction

from hotleads.hub.feed.export import export_feed
from hotleads.hub.feed.parts import open_parts
from hotleads.hub.feed.sync import FEED_FOLDER
from hotleads.hub.intake import event_rules
from hotleads.hub.intake.event_rules import (
    EventGroup,
    EventRuleError,
    add_rule,
    is_match,
    list_unknown,
    mask_page,
    match_events,
    remove_rule,
)
from hotleads.hub.intake.inbox import process_waiting, replay_items
from hotleads.hub.modelling.event_types import apply_event_rules
from hotleads.hub.models import Batch, Contact, Event, EventRule, InboxItem, Job
from hotleads.hub.site.job_kinds import register_kinds
from tests.hub.installations import Installation
from tests.hub.rows import build_event


@pytest.fixture(autouse=True)
def kinds(installation: Installation) -> None:
    register_kinds()


def receive(number: int, **message: object) -> None:
    body = {"messageId": str(number), "context": {"traits": {"email": "ana@example.com"}}, **message}
    InboxItem.objects.create(source="segment", envelope_id=str(number), body=json.dumps(body).encode())
    while process_waiting():
        pass


def run_job() -> dict[str, object]:
    return dict(apply_event_rules({}, lambda message: None) or {})


def list_types() -> list[str]:
    return list(Event.objects.order_by("pk").values_list("event_type", flat=True))


@pytest.mark.parametrize(
    ("rule", "event", "expected"),
    [
        ({"event_name": "video_*"}, ("video_watched", "", ""), True),
        ({"event_name": "Video_*"}, ("video_watched", "", ""), True),
        ({"event_name": "video"}, ("video_watched", "", ""), False),
        ({"page": "*/aula-*/*"}, ("page", "/curso/aula-1/fim", ""), True),
        ({"page": "/a.b"}, ("page", "/aXb", ""), False),
        ({"page": "/aula*", "product_id": "101"}, ("page", "/aula", "102"), False),
        ({"page": "/aula*", "product_id": "101"}, ("page", "/aula", "101"), True),
        ({"page": "*/fim"}, ("page", "/fim/fim", ""), True),
        ({"page": "/aula*"}, ("page", "/curso/aula", ""), False),
        ({"page": "*" + "a*" * 60}, ("page", "a" * 59 + "b" * 140, ""), False),  # with retries it would take years
        ({}, ("page", "/aula", "101"), False),
    ],
)
def test_every_pattern_of_a_rule_must_hold(rule: dict[str, str], event: tuple[str, str, str], expected: bool) -> None:
    assert is_match(EventRule(**rule), *event) == expected


def test_a_rule_changes_what_arrives_what_is_there_and_nothing_when_it_is_gone() -> None:
    receive(1, type="track", event="Vídeo Watched")
    receive(2, type="page", properties={"path": "/aula/1?email=ana@example.com"})
    assert list_types() == ["video_watched", "page_view"]
    rule = add_rule(EventRule(event_name="video_*", event_type="trial_started"))
    add_rule(EventRule(page="/aula/*", event_type="live_class_attended"))
    receive(3, type="track", event="Video Watched")
    assert list_types() == ["video_watched", "page_view", "trial_started"]
    assert run_job() == {"events": 3, "changed": 2}
    assert list_types() == ["trial_started", "live_class_attended", "trial_started"]
    assert run_job()["changed"] == 0
    contact = Contact.objects.get()
    assert contact.pk in Job.objects.filter(kind="score_arrivals").latest("pk").options["contact_ids"]
    remove_rule(rule)
    run_job()
    assert list_types() == ["video_watched", "live_class_attended", "video_watched"]
    assert Job.objects.filter(kind="apply_event_rules").count() == 3


def test_a_message_that_is_read_again_after_a_rule_is_no_second_event() -> None:
    receive(1, type="track", event="Video Watched")
    add_rule(EventRule(event_name="video_*", event_type="trial_started"))
    replay_items(only_unread=False)
    while process_waiting():
        pass
    assert Event.objects.count() == 1


def test_pages_are_kept_without_what_may_be_somebodys() -> None:
    assert mask_page("/obrigado/ana@example.com/12345678901?x=1#y") == "/obrigado/*/*"
    assert mask_page("/aula/2026/ana%40example.com") == "/aula/2026/*"


def test_a_rule_needs_a_pattern_and_a_known_type() -> None:
    for rule in (EventRule(event_type="trial_started"), EventRule(page="/x", event_type="magic")):
        with pytest.raises(EventRuleError):
            add_rule(rule)
    assert not Job.objects.exists()


def test_the_job_of_a_rule_sees_what_was_being_written_as_the_rule_came() -> None:
    is_written, may_end = threading.Event(), threading.Event()

    def write() -> None:
        try:
            with transaction.atomic():
                receive(1, type="track", event="Video Watched")
                is_written.set()
                may_end.wait(10)
        finally:
            connection.close()

    def change() -> None:
        try:
            add_rule(EventRule(event_name="video_*", event_type="trial_started"))
            run_job()
        finally:
            connection.close()

    writing, changing = threading.Thread(target=write), threading.Thread(target=change)
    writing.start()
    assert is_written.wait(10)
    changing.start()
    changing.join(0.3)
    may_end.set()
    writing.join()
    changing.join()
    assert list_types() == ["trial_started"]


@pytest.mark.slow
def test_the_next_history_has_the_events_as_the_rules_say_now() -> None:
    folder = settings.HUB_DATA / FEED_FOLDER
    receive(1, type="track", event="Video Watched")
    with open_parts(folder) as parts:
        export_feed(parts)
    add_rule(EventRule(event_name="video_*", event_type="trial_started"))
    run_job()
    with open_parts(folder) as parts:
        export_feed(parts)
    (part,) = (folder / "events").iterdir()
    assert pq.read_table(part)["event_type"].to_pylist() == ["trial_started"]


def test_the_latest_events_are_counted_by_what_is_said_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    contact = Contact.objects.create()
    said = [("old", "/a"), ("seen", "/a"), ("seen", "/a"), ("seen", "/b"), ("read", "/b")]
    for number, (name, page) in enumerate(said):
        build_event(contact, number, event_name=name, page=page).save()
    build_event(contact, 9, event_name="unseen", batch=Batch.objects.create(source="csv")).save()
    monkeypatch.setattr(event_rules, "MAX_LOOKED_AT", 4)
    assert match_events(EventRule(event_name="seen"), 1) == (3, [EventGroup("seen", "/a", "", "page_view", 2)])
    assert match_events(EventRule(page="/b"), 9)[0] == 2
    assert list_unknown(1) == [EventGroup("seen", "/a", "", "page_view", 2)]
    assert "old" not in {group.event_name for group in list_unknown(9)}
