"""The pages about privacy: erasure, access, reviews, consent, retention."""

import json

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from hotleads.hub.models import (
    AuditEntry,
    ConsentEvent,
    Contact,
    ContactMerge,
    Erasure,
    Job,
    Launch,
    Purpose,
    ReviewRequest,
)
from hotleads.hub.people.consent import list_objectors, list_permitted
from hotleads.hub.people.consent_links import build_consent_token
from hotleads.hub.people.contacts import resolve_contacts
from hotleads.hub.people.identifiers import PersonFields
from hotleads.hub.privacy.erasure import run_erasure
from hotleads.hub.sealing import hash_lookup
from hotleads.hub.site.job_kinds import register_kinds
from tests.hub.installations import Installation
from tests.hub.web.conftest import Clients, build_client
from tests.hub.web.example_data import create_example


@pytest.fixture(scope="module")
def launch(web: Installation) -> Launch:
    register_kinds()
    return create_example()


def find(number: int) -> Contact:
    return Contact.objects.get(email_hmac=hash_lookup("email", f"lead{number}@example.org"))


def read(response: object) -> str:
    return response.content.decode()  # type: ignore[attr-defined,no-any-return]


class TestErasure:
    def test_the_question_names_nobody_in_full_and_changes_nothing(self, owner: Client, launch: Launch) -> None:
        page = read(owner.get(reverse("erasure_create", args=[find(3).pk])))
        assert "cannot be undone" in page
        assert "lead3@" not in page
        assert not Erasure.objects.exists()

    def test_an_owner_erases_and_sees_the_receipt(self, owner: Client, launch: Launch) -> None:
        contact = find(4)
        answer = owner.post(reverse("erasure_create", args=[contact.pk]))
        erasure = Erasure.objects.get()
        assert answer.headers["Location"] == reverse("erasure_detail", args=[erasure.pk])
        assert Job.objects.get(kind="erase").options == {"erasure_id": erasure.pk}
        assert "under way" in read(owner.get(answer.headers["Location"]))
        owner.post(reverse("erasure_create", args=[contact.pk]))
        assert Job.objects.filter(kind="erase").count() == 1
        run_erasure(erasure)
        receipt = read(owner.get(reverse("erasure_detail", args=[erasure.pk])))
        assert "done" in receipt
        assert "captures, purchases, events and scores" in receipt
        assert str(contact.pk) in read(owner.get(reverse("erasure_list")))
        assert owner.get(reverse("lead_detail", args=[contact.pk])).status_code == 404
        found = owner.post(reverse("lead_find"), {"text": str(contact.pk)})
        assert found.headers["Location"] == reverse("lead_list")
        entry = AuditEntry.objects.get(action="contact.erased")
        assert (entry.actor, entry.subject_id) == (erasure.requested_by, str(contact.pk))

    def test_only_an_owner_who_signed_in_lately_may(self, clients: Clients, launch: Launch) -> None:
        address = reverse("erasure_create", args=[find(5).pk])
        assert clients.sign_in("marketer").post(address).status_code == 403
        assert address not in read(clients.sign_in("marketer").get(reverse("lead_detail", args=[find(5).pk])))
        stale = clients.sign_in("owner")
        session = stale.session
        session["account_authentication_methods"] = [{"method": "mfa", "type": "totp", "at": 1}]
        session.save()
        assert stale.post(address).headers["Location"].startswith(reverse("account_reauthenticate"))
        assert find(5).erased_at is None


class TestRequests:
    def test_all_that_is_known_comes_as_a_file_and_is_noted(self, owner: Client, launch: Launch) -> None:
        contact = find(0)
        answer = owner.post(reverse("lead_access", args=[contact.pk]))
        report = json.loads(answer.content)
        assert report["person"][0]["email"] == "lead0@example.org"
        assert answer.headers["Content-Disposition"] == f'attachment; filename="lead-{contact.pk}.json"'
        assert AuditEntry.objects.filter(action="contact.exported", subject_id=str(contact.pk)).count() == 1

    def test_a_review_is_queued_once_and_answered_by_a_person(self, clients: Clients, launch: Launch) -> None:
        marketer, contact = clients.sign_in("marketer"), find(6)
        address = marketer.post(reverse("review_create", args=[contact.pk])).headers["Location"]
        assert marketer.post(reverse("review_create", args=[contact.pk])).headers["Location"] == address
        assert "open" in read(marketer.get(reverse("review_list")))
        assert "lead6@" not in read(marketer.get(address))
        marketer.post(address, {"state": "changed", "words": "Called all the same: bought by phone."})
        review = ReviewRequest.objects.get()
        assert (review.state, review.answered_by) == ("changed", clients.cast.marketer)
        assert "bought by phone" in read(marketer.get(address))
        assert "bought by phone" in read(marketer.post(address, {"state": "upheld", "words": "No."}))
        noted = AuditEntry.objects.filter(subject_id=str(contact.pk)).values_list("action", flat=True)
        assert {"review.requested", "review.answered"} <= set(noted)


class TestConsent:
    def test_what_is_said_on_the_phone_is_recorded_and_taken_back(self, owner: Client, launch: Launch) -> None:
        contact = find(7)
        address = reverse("consent_change", args=[contact.pk])
        declared = {"purpose": "phone_marketing", "basis": "consent", "consent_text": "", "text_version": "call"}
        owner.post(address, declared)
        assert list_permitted([contact.pk], Purpose.PHONE_MARKETING) == {contact.pk}
        owner.post(address, {"withdraw": "1", "purposes": ["phone_marketing", "profiling"]})
        assert list_permitted([contact.pk], Purpose.PHONE_MARKETING) == set()
        assert contact.pk in list_objectors()
        assert Job.objects.filter(kind="score_arrivals", options={"contact_ids": [contact.pk]}).exists()
        entry = AuditEntry.objects.get(action="consent.withdrawn", subject_id=str(contact.pk))
        assert entry.details == {"purposes": ["phone_marketing", "profiling"]}

    def test_a_link_unsubscribes_with_one_click_and_without_signing_in(self, clients: Clients, launch: Launch) -> None:
        contact = find(0)
        assert list_permitted([contact.pk], Purpose.EMAIL_MARKETING) == {contact.pk}
        address = reverse("consent_unsubscribe", args=[build_consent_token(contact, Purpose.EMAIL_MARKETING)])
        assert "lead0" not in address
        page = read(clients.outsider.get(address))
        assert "No more of these messages?" in page
        assert list_permitted([contact.pk], Purpose.EMAIL_MARKETING) == {contact.pk}, "a look changes nothing"
        one_click = build_client(enforce_csrf_checks=True)
        for _ in range(2):
            answer = one_click.post(address, {"List-Unsubscribe": "One-Click"})
            assert answer.status_code == 200
        assert list_permitted([contact.pk], Purpose.EMAIL_MARKETING) == set()
        withdrawn = ConsentEvent.objects.filter(contact=contact, granted=False)
        assert [(event.purpose, event.source) for event in withdrawn] == [("email_marketing", "unsubscribe")]

    def test_a_person_chooses_what_for(self, clients: Clients, launch: Launch) -> None:
        contact = find(1)
        address = reverse("consent_preferences", args=[build_consent_token(contact)])
        page = read(clients.outsider.get(address))
        assert page.count("checked") == 1, "nothing but the score, until they object"
        clients.outsider.post(address, {"purposes": ["email_marketing"]})
        assert list_permitted([contact.pk], Purpose.EMAIL_MARKETING) == {contact.pk}
        assert contact.pk in list_objectors()
        event = ConsentEvent.objects.get(contact=contact, granted=True)
        assert (event.basis, event.source, event.text_version) == ("consent", "preferences", "preferences")

    def test_a_link_that_was_changed_opens_nothing(self, clients: Clients, launch: Launch) -> None:
        token = build_consent_token(find(0))
        for wrong in (token[:-1], f"x{token}", "x"):
            assert clients.outsider.get(reverse("consent_preferences", args=[wrong])).status_code == 404
            assert clients.outsider.post(reverse("consent_unsubscribe", args=[wrong])).status_code == 404


class TestRetention:
    def test_the_days_are_the_owners_and_noted(self, owner: Client, clients: Clients) -> None:
        days = {"keep_messages_days": 10, "keep_uploads_days": 30, "keep_job_files_days": 30}
        owner.post(reverse("retention_edit"), days)
        entry = AuditEntry.objects.get(action="retention.changed")
        assert entry.details == {"keep_messages_days": [90, 10]}
        page = read(clients.sign_in("marketer").get(reverse("privacy_record")))
        assert "10 days" in page
        assert reverse("retention_edit") not in page


class TestDuplicates:
    def test_two_are_merged_by_hand_and_parted_again(self, owner: Client, launch: Launch) -> None:
        phone = "+5511977778888"
        with transaction.atomic():
            people = [PersonFields(email=f"twin{number}@example.org", phone=phone, name="Twin") for number in range(2)]
            elder, younger = (contact for contact in resolve_contacts(people, by_file=False) if contact)
        page = read(owner.get(reverse("duplicate_list")))
        assert "same name" in page
        assert phone not in page
        assert "twin0@" not in page
        owner.post(reverse("duplicate_merge"), {"contact": [elder.pk, younger.pk]})
        merge = ContactMerge.objects.get(kept=elder)
        assert merge.reason == "by_hand"
        assert "No two contacts" in read(owner.get(reverse("duplicate_list")))
        moved = owner.get(reverse("lead_detail", args=[younger.pk]))
        assert f"id <code>{elder.pk}</code>" in read(moved)
        owner.post(reverse("duplicate_undo", args=[merge.pk]))
        assert Contact.objects.get(pk=younger.pk).merged_into is None
        noted = AuditEntry.objects.filter(subject_id=str(elder.pk)).values_list("action", flat=True)
        assert {"contact.merged", "contact.merge_undone"} <= set(noted)

    def test_one_contact_alone_cannot_be_merged(self, owner: Client, launch: Launch) -> None:
        answer = owner.post(reverse("duplicate_merge"), {"contact": [find(0).pk]}, follow=True)
        assert "Choose two contacts" in read(answer)
