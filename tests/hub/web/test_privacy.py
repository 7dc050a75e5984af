"""The pages of erasure: who may, what is asked first, and the receipt."""

import pytest
from django.test import Client
from django.urls import reverse

from hotleads.hub.models import AuditEntry, Contact, Erasure, Job, Launch
from hotleads.hub.privacy.erasure import run_erasure
from hotleads.hub.sealing import hash_lookup
from hotleads.hub.site.job_kinds import register_kinds
from tests.hub.installations import Installation
from tests.hub.web.conftest import Clients
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
