"""What the form of a launch proposes."""

from datetime import UTC, datetime, timedelta

from hotleads.hub.figures.launch_suggestions import list_launch_proposals, list_products_sold
from hotleads.hub.models import Capture, Contact
from hotleads.hub.models.launch_rules import EVERY_CAPTURE, join_matching_captures, select_captures
from hotleads.hub.web.launch_form import propose_initial
from tests.hub.installations import Installation
from tests.hub.rows import build_capture, build_purchase, create_launch

FIRST = datetime(2026, 3, 1, 15, tzinfo=UTC)


def store_captures(campaign: str, count: int, **fields: object) -> None:
    contact = Contact.objects.create()
    for number in range(count):
        at = FIRST + timedelta(hours=number)
        build_capture(contact, number, captured_at=at, utm_campaign=campaign, **fields).save()


def test_campaigns_of_no_launch_are_proposed_with_their_days(sqlite_installation: Installation) -> None:
    store_captures("cake", 30)
    store_captures("few", 19)
    store_captures("taken", 30, launch=create_launch())
    (proposal,) = list_launch_proposals()
    assert proposal == ("cake", ["cake"], ["cake"], 30, FIRST, FIRST + timedelta(hours=29), True)
    initial = propose_initial("cake")
    assert (initial["name"], initial["campaigns"]) == ("cake", "cake")
    assert initial["capture_starts_at"] == FIRST.replace(hour=0)
    assert initial["capture_ends_at"] == FIRST.replace(day=3, hour=0)
    assert not Capture.objects.filter(captured_at__gte=initial["capture_ends_at"], utm_campaign="cake").exists()
    assert propose_initial("taken") == propose_initial("") == {}


def test_campaigns_of_one_time_are_one_launch(sqlite_installation: Installation) -> None:
    store_captures("cake26_ads", 30)
    store_captures("cake26_bio", 24)
    store_captures("evergreen", 300)
    both, lasting = sorted(list_launch_proposals(), key=lambda proposal: proposal.name)
    assert (both.name, both.campaigns, both.rules) == ("cake26", ["cake26_ads", "cake26_bio"], ["cake26_*"])
    assert (lasting.name, lasting.rules) == ("evergreen", ["evergreen"])
    assert propose_initial("cake26_bio")["campaigns"] == "cake26_*"
    assert not propose_initial("cake26_bio")["everybody"]  # the other campaign's leads may be meant for another launch


def test_whoever_signs_up_between_the_dates_can_join(sqlite_installation: Installation) -> None:
    store_captures("", 30)
    launch = create_launch()
    launch.capture_starts_at, launch.capture_ends_at = FIRST, FIRST + timedelta(hours=20)
    launch.capture_rules = [EVERY_CAPTURE]
    launch.save()
    assert join_matching_captures(launch) == 20
    launch.capture_starts_at = None  # without dates it would be everybody
    assert not select_captures(launch.capture_rules, None, launch.capture_ends_at).exists()


def test_products_are_proposed_by_how_often_they_were_sold(sqlite_installation: Installation) -> None:
    contact = Contact.objects.create()
    for number, product in enumerate(("cake", "book", "book", "")):
        build_purchase(contact, number, product_id=product, amount_minor=4700 + number, currency="BRL").save()
    assert list_products_sold() == [("book", 2, 4702, "BRL"), ("cake", 1, 4700, "BRL")]
