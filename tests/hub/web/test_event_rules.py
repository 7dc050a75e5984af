"""The page of rules for events: shown before they are kept, the owner's alone."""

import pytest
from django.test import Client
from django.urls import reverse

from hotleads.hub.models import AuditEntry, Contact, EventRule, Job
from hotleads.hub.site.job_kinds import register_kinds
from tests.hub.installations import Installation
from tests.hub.rows import build_event
from tests.hub.web.conftest import Clients


@pytest.fixture(scope="module")
def events(web: Installation) -> None:
    register_kinds()
    contact = Contact.objects.create()
    for number in range(3):
        build_event(contact, number, event_name="page", page="/masterclass/aula-1").save()
    build_event(contact, 9, event_type="file_downloaded").save()


def read(response: object) -> str:
    return " ".join(response.content.decode().split())  # type: ignore[attr-defined]


def test_what_is_no_signal_is_shown_and_leads_to_a_rule(owner: Client, events: None) -> None:
    page = read(owner.get(reverse("event_rule_list")))
    assert "/masterclass/aula-1" in page
    assert "file_downloaded" not in page
    assert "?event_name=page&amp;page=%2Fmasterclass%2Faula-1" in page


def test_a_rule_shows_what_it_matches_before_it_is_kept_and_noted(owner: Client, events: None) -> None:
    rule = {"event_name": "", "page": "/masterclass/*", "product_id": "", "event_type": "trial_started"}
    preview = read(owner.post(reverse("event_rule_create"), rule | {"preview": "1"}))
    assert "3 of the latest 50,000 events." in preview
    assert not EventRule.objects.exists()
    assert owner.post(reverse("event_rule_create"), rule | {"save": "1"}).status_code == 302
    kept = EventRule.objects.get()
    assert Job.objects.get(kind="apply_event_rules").created_by is not None
    assert AuditEntry.objects.get(action="event_rule.added").details == rule
    assert "free trial" in read(owner.get(reverse("event_rule_list")))
    owner.post(reverse("event_rule_remove", args=[kept.pk]))
    assert not EventRule.objects.exists()
    assert AuditEntry.objects.filter(action="event_rule.removed", subject_id=str(kept.pk)).exists()


def test_a_rule_that_says_nothing_is_refused(owner: Client, events: None) -> None:
    answer = owner.post(reverse("event_rule_create"), {"event_type": "trial_started", "save": "1"})
    assert "at least one of name, page and product" in read(answer)


@pytest.mark.parametrize("role", ["marketer", "seller", "viewer"])
def test_nobody_else_sees_or_changes_rules(role: str, clients: Clients, events: None) -> None:
    client = clients.sign_in(role)
    assert client.get(reverse("event_rule_list")).status_code == 403
    assert client.post(reverse("event_rule_create"), {"page": "/x", "save": "1"}).status_code == 403
