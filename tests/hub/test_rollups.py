"""The counts that pages read: whatever happens in whatever order, they are what a count of the rows gives."""

from collections import Counter
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hotleads.hub.models import (
    Batch,
    Capture,
    Contact,
    CurrentScore,
    Launch,
    LaunchDay,
    LaunchLead,
    LaunchRollup,
    Purchase,
    Strategy,
)
from hotleads.hub.models import Installation as InstallationRow
from hotleads.hub.models.launch_lead import BILLIONTHS, CAMPAIGN_FIELDS, UTM_FIELDS
from hotleads.hub.models.rollups import Outcome, recount_launch, update_rollups, update_rollups_of_batch
from hotleads.hub.people.merging import merge_contacts
from tests.hub.installations import Installation
from tests.hub.rows import NOON, build_capture, build_purchase, create_contact, create_launch

ZONE = "America/Sao_Paulo"
_TIERS = ("hot", "warm", "cold")


def count_from_rows(launch: Launch) -> tuple[dict[Any, Any], dict[str, int]]:
    """The days and the totals of a launch, counted in the plainest way from captures, sales and scores."""
    captures: dict[int, list[Capture]] = {}
    for capture in Capture.objects.visible().filter(launch=launch).order_by("captured_at", "pk"):
        captures.setdefault(capture.contact_id, []).append(capture)
    scores = {score.contact_id: score for score in CurrentScore.objects.filter(launch=launch)}
    entries = {}
    if launch.strategy == Strategy.PAID:
        for sale in Purchase.objects.visible().filter(product_id=launch.entry_product_id, status="approved"):
            at = entries.get(sale.contact_id, sale.occurred_at)
            entries[sale.contact_id] = min(at, sale.occurred_at)
    days: dict[Any, Counter[str]] = {}
    totals: Counter[str] = Counter()
    for contact_id in {*captures, *scores, *entries}:
        own, score = captures.get(contact_id, []), scores.get(contact_id)
        began = own[0].captured_at if own else entries.get(contact_id) or scores[contact_id].as_of
        campaign = tuple(getattr(own[-1], name) if own else "" for name in CAMPAIGN_FIELDS)
        tier = score.tier if score else ""
        cell = days.setdefault((began.astimezone(ZoneInfo(ZONE)).date(), tier, campaign), Counter())
        kept = LaunchLead.objects.get(launch=launch, contact_id=contact_id)
        chance = round(score.probability * BILLIONTHS) if score else 0
        cell.update(
            leads=1, captures=len(own), chance=chance, variance=chance * (BILLIONTHS - chance) // BILLIONTHS,
            judged=int(kept.bought is not None), buyers=int(bool(kept.bought)), net_minor=kept.net_minor,
        )  # fmt: skip
        totals.update(leads=1, captures=len(own), **({tier: 1} if tier else {}))
        for name in UTM_FIELDS:
            totals[f"with_{name}"] += sum(getattr(capture, name) != "" for capture in own)
    return days, {name: totals[name] for name in _TOTALS}


_TOTALS = ("leads", "captures", *(f"with_{name}" for name in UTM_FIELDS), *_TIERS)
_SUMS = ("leads", "captures", "chance", "variance", "judged", "buyers", "net_minor")


def read_rollups(launch: Launch) -> tuple[dict[Any, Any], dict[str, int]]:
    days = {}
    for row in LaunchDay.objects.filter(launch=launch).select_related("campaign"):
        campaign = tuple(getattr(row.campaign, name) for name in CAMPAIGN_FIELDS)
        days[row.day, row.tier, campaign] = Counter({name: getattr(row, name) for name in _SUMS})
    rollup = LaunchRollup.objects.filter(launch=launch).first() or LaunchRollup(launch=launch)
    return days, {name: getattr(rollup, name) for name in _TOTALS}


def assert_counted(launches: list[Launch]) -> None:
    for launch in launches:
        assert read_rollups(launch) == count_from_rows(launch)


@pytest.fixture
def launches(installation: Installation) -> list[Launch]:
    InstallationRow.objects.update(time_zone=ZONE)
    paid = {"strategy": Strategy.PAID, "entry_product_id": "entry"}
    return [create_launch(), create_launch("autumn"), create_launch("paid", **paid)]


class Operations:
    """What happens to the hub's rows, each step as the hub's own code does it."""

    def __init__(self, launches: list[Launch]) -> None:
        self.launches = launches
        self.contacts = [create_contact() for _ in range(4)]
        self.number = 0
        self.batch: Batch | None = None

    def run(self, name: str, who: int, where: int, value: int) -> None:
        contact = Contact.objects.get(pk=self.contacts[who].pk)
        getattr(self, name)(contact.merged_into or contact, self.launches[where], value)

    def capture(self, contact: Contact, launch: Launch, value: int, batch: Batch | None = None) -> None:
        self.number += 1
        build_capture(
            contact, self.number, launch=launch, batch=batch, captured_at=NOON + timedelta(hours=7 * value),
            utm_source=("", "ads", "mail")[value % 3], utm_campaign=("", "cake")[value % 2], utm_term="x" * (value % 2),
        ).save()  # fmt: skip
        if batch is None:
            update_rollups([contact.pk])

    def capture_in_batch(self, contact: Contact, launch: Launch, value: int) -> None:
        self.batch = self.batch or Batch.objects.create(source="csv")
        self.capture(contact, launch, value, self.batch)

    def commit(self, contact: Contact, launch: Launch, value: int) -> None:
        if self.batch is not None:
            Batch.objects.filter(pk=self.batch.pk).update(committed_at=NOON)
            update_rollups_of_batch(self.batch)
            self.batch = None

    def sell_entry(self, contact: Contact, launch: Launch, value: int) -> None:
        self.number += 1
        at = NOON + timedelta(days=value)
        build_purchase(contact, self.number, product_id="entry", occurred_at=at).save()
        update_rollups([contact.pk])

    def score(self, contact: Contact, launch: Launch, value: int) -> None:
        fields = {
            "state": "final", "as_of": NOON, "probability": value / 7, "logit": 0, "score": value,
            "tier": _TIERS[value % 3], "tier_policy": "", "model_version": "", "feature_hash": "", "context_hash": "",
        }  # fmt: skip
        CurrentScore.objects.update_or_create(contact=contact, launch=launch, defaults=fields)
        update_rollups([contact.pk])

    def judge(self, contact: Contact, launch: Launch, value: int) -> None:
        update_rollups([contact.pk], {(launch.pk, contact.pk): Outcome(value % 2 == 0, 100 * value)})

    def merge(self, contact: Contact, launch: Launch, value: int) -> None:
        other = Contact.objects.get(pk=self.contacts[value % len(self.contacts)].pk)
        other = other.merged_into or other
        if other.pk != contact.pk:
            merge_contacts(contact, other, reason="same_email")

    def forget_captures(self, contact: Contact, launch: Launch, value: int) -> None:
        Capture.objects.filter(contact=contact, launch=launch).delete()
        update_rollups([contact.pk])


_STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            ["capture", "capture_in_batch", "commit", "sell_entry", "score", "judge", "merge", "forget_captures"]
        ),
        st.integers(0, 3), st.integers(0, 2), st.integers(0, 6),
    ),
    max_size=14,
)  # fmt: skip


@pytest.mark.slow
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=_STEPS)
def test_counts_kept_by_what_changed_equal_a_recount_in_any_order(
    steps: list[tuple[str, int, int, int]], launches: list[Launch]
) -> None:
    clear_rows()
    operations = Operations(launches)
    for step in steps:
        operations.run(*step)
    assert_counted(launches)
    before = [read_rollups(launch) for launch in launches]
    for launch in launches:
        recount_launch(launch)
    assert [read_rollups(launch) for launch in launches] == before


def test_a_new_time_zone_moves_leads_to_their_day(launches: list[Launch]) -> None:
    contact = create_contact()
    build_capture(contact, launch=launches[0], captured_at=NOON.replace(hour=1)).save()
    update_rollups([contact.pk])
    assert LaunchDay.objects.get().day.isoformat() == "2026-02-28"
    InstallationRow.objects.update(time_zone="UTC")
    recount_launch(launches[0])
    assert LaunchDay.objects.get().day.isoformat() == "2026-03-01"


def clear_rows() -> None:
    from django.db import connection

    tables = "hub_launch_lead hub_launch_day hub_launch_rollup hub_score_current hub_purchase hub_capture hub_batch"
    with connection.cursor() as cursor:
        for table in tables.split():
            cursor.execute(f"DELETE FROM {table}")
