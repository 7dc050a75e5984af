"""How long arrivals take until their scores are on the pages."""

from datetime import timedelta

import pytest

from hotleads.hub.clock import get_now
from hotleads.hub.intake import inbox_summary
from hotleads.hub.intake.inbox_summary import (
    ConnectionSummary,
    Freshness,
    measure_freshness,
    summarize_connection,
    summarize_connections,
)
from hotleads.hub.models import Connection, Contact, CurrentScore, InboxItem, Score
from hotleads.hub.web.formats import format_number_up_to
from tests.hub.installations import Installation
from tests.hub.rows import create_launch

SCORED = {
    "state": "provisional",
    "probability": 0.2,
    "logit": -1.4,
    "score": 50.0,
    "tier": "warm",
    "tier_policy": "default",
    "model_version": "1",
    "feature_hash": "f",
    "context_hash": "c",
}


def test_a_connection_is_summed_up_by_what_became_of_its_deliveries(sqlite_installation: Installation) -> None:
    shop, other = (Connection.objects.create(kind="hotmart", name=name) for name in ("shop", "other"))
    outcomes = ["waiting", "failed", "failed", "unknown", "new", "repeated"]
    for number, outcome in enumerate(outcomes):
        last = InboxItem.objects.create(
            source="hotmart", envelope_id=str(number), origin_id=shop.pk, outcome=outcome, received_at=get_now()
        )
    by_name = {each.connection.name: each for each in summarize_connections()}
    assert by_name["shop"] == ConnectionSummary(shop, 6, 1, 2, 1, last.received_at)
    assert by_name["other"] == ConnectionSummary(other, 0, 0, 0, 0, None)


def test_deliveries_are_counted_up_to_a_cap(sqlite_installation: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbox_summary, "MAX_COUNTED", 3)
    shop = Connection.objects.create(kind="hotmart", name="shop")
    for number in range(5):
        InboxItem.objects.create(source="hotmart", envelope_id=str(number), origin_id=shop.pk, outcome="failed")
    counted = summarize_connection(shop)
    assert (counted.items, counted.failed, counted.waiting) == (3, 3, 0)
    assert format_number_up_to(counted.items, 3) == "3+"
    assert format_number_up_to(counted.waiting, 3) == "0"


def test_freshness_is_from_the_arrival_to_the_first_score_after_it(sqlite_installation: Installation) -> None:
    assert measure_freshness() is None
    launch, now = create_launch(), get_now()
    for number, seconds in enumerate((2, 4, 6)):
        contact = Contact.objects.create()
        item = InboxItem.objects.create(source="hotmart", envelope_id=str(number), received_at=now - timedelta(hours=1))
        item.contacts.add(contact)
        row = {"contact": contact, "launch": launch, "as_of": now, **SCORED}
        Score.objects.create(scored_at=item.received_at - timedelta(seconds=9), **row)
        before = item.received_at - timedelta(minutes=1)  # a whole launch was being scored
        Score.objects.create(scored_at=item.received_at + timedelta(seconds=1), **row | {"as_of": before})
        Score.objects.create(scored_at=item.received_at + timedelta(seconds=seconds), **row)
        CurrentScore.objects.create(scored_at=now, **row)
    InboxItem.objects.create(source="hotmart", envelope_id="of nobody scored").contacts.add(Contact.objects.create())
    assert measure_freshness() == Freshness(3, 4.0, 5.8)
    assert measure_freshness(timedelta(minutes=1)) is None
