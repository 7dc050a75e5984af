"""Captures that a launch's rules match: counted before they are kept, and joined to it."""

from datetime import timedelta

import pytest

from hotleads.hub.models import Capture, Event, Launch, LaunchRollup, launch_rules
from hotleads.hub.models.launch_rules import CaptureRule, RuleMatches, count_matches, join_matching_captures
from tests.hub.installations import Installation
from tests.hub.rows import NOON, build_capture, build_event, create_contact, create_launch

CAKE: list[CaptureRule] = [{"field": "utm_campaign", "value": "cake-*"}]


def store_captures(first: int, count: int, **fields: object) -> None:
    """Store captures of one person, an hour apart, of one campaign."""
    contact = create_contact()
    fields = {"utm_campaign": "Cake-May"} | fields
    for number in range(first, first + count):
        build_capture(contact, number, captured_at=NOON + timedelta(hours=number), **fields).save()


def count(launch: Launch | None = None, hours: int | None = None) -> RuleMatches:
    return count_matches(CAKE, NOON, None if hours is None else NOON + timedelta(hours=hours), launch)


def test_matches_are_counted_with_their_people_and_those_of_other_launches(installation: Installation) -> None:
    autumn, spring = create_launch("autumn"), create_launch("spring")
    store_captures(0, 3)
    store_captures(3, 2, launch=autumn)
    store_captures(5, 4, launch=spring, launch_key="spring")  # its source says where it belongs
    store_captures(9, 1, utm_campaign="pie")
    assert count() == RuleMatches(captures=5, people=2, others=2, is_complete=True)
    assert count(autumn) == RuleMatches(captures=5, people=2, others=0, is_complete=True)
    assert count(hours=4) == RuleMatches(captures=4, people=2, others=1, is_complete=True)


def test_of_many_captures_the_latest_of_the_dates_are_looked_at(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(launch_rules, "MAX_LOOKED_AT", 4)
    store_captures(0, 3)
    store_captures(3, 3, utm_campaign="pie")
    assert count() == RuleMatches(captures=1, people=1, others=0, is_complete=False)
    assert count(hours=4) == RuleMatches(captures=3, people=1, others=0, is_complete=True)
    assert count(hours=5) == RuleMatches(captures=2, people=1, others=0, is_complete=False)


def test_captures_join_in_chunks_and_none_is_taken_from_another_launch(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(launch_rules, "_CHUNK_ROWS", 2)
    autumn = create_launch("autumn")
    store_captures(0, 5)
    store_captures(5, 2, launch=autumn)
    store_captures(7, 2, utm_campaign="pie", launch_key="spring")
    spring = create_launch("spring", capture_rules=CAKE)
    assert join_matching_captures(spring) == 7
    assert Capture.objects.filter(launch=spring).count() == 7
    assert Capture.objects.filter(launch=autumn).count() == 2
    rollup = LaunchRollup.objects.get(launch=spring)
    assert (rollup.leads, rollup.captures) == (2, 7)
    assert join_matching_captures(spring) == 0


@pytest.mark.parametrize("many", [1, 3, 5, 9])
def test_the_newest_rows_are_those_of_a_filter_that_arrived_last(sqlite_installation: Installation, many: int) -> None:
    contact = create_contact()
    for number in range(8):
        build_event(contact, number, event_type="page_view" if number % 2 else "login").save()
    rows = list(Event.objects.filter(event_type="login").order_by("-pk"))
    newest = Event.objects.filter(event_type="login").newest(many)
    assert list(newest.order_by("-pk")) == rows[:many]
