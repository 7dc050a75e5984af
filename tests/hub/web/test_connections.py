"""Connections on their page: what an owner does, and what they see of what arrived."""

from django.test import Client
from django.urls import reverse

from hotleads.hub.models import AuditEntry, Connection, InboxItem
from tests.hub.web.conftest import Clients

FORM = {"name": "Main", "hottok": "hottok-of-the-page", "sck": "campaign|medium", "default_country": "BR"}


def test_an_owner_adds_rotates_and_removes_an_account(owner: Client, clients: Clients) -> None:
    form = FORM | {"carts_purpose": "email_marketing", "carts_basis": "consent", "text": "I agree", "text_version": "1"}
    half = owner.post(reverse("connection_create"), form | {"slips_purpose": "email_marketing"})
    assert "A purpose needs its legal basis" in half.content.decode()
    wrong = owner.post(reverse("connection_create"), form | {"sck": "colour"})
    assert "does not say how sck is split" in wrong.content.decode()
    added = owner.post(reverse("connection_create"), form)
    connection = Connection.objects.latest("pk")
    assert added.headers["Location"] == reverse("connection_detail", args=[connection.pk])
    assert connection.settings == {"sck": "campaign|medium", "default_country": "BR"}
    assert connection.terms["carts"] == {
        "purpose": "email_marketing",
        "basis": "consent",
        "text": "I agree",
        "text_version": "1",
    }
    page = owner.get(reverse("connection_detail", args=[connection.pk])).content.decode()
    assert "/webhooks/hotmart" in page
    assert FORM["hottok"] not in page
    assert owner.post(reverse("connection_rotate", args=[connection.pk]), {"hottok": "short"}).status_code == 200
    assert (
        owner.post(reverse("connection_rotate", args=[connection.pk]), {"hottok": "a-newer-hottok"}).status_code == 302
    )
    assert owner.post(reverse("connection_remove", args=[connection.pk])).status_code == 302
    assert owner.get(reverse("connection_detail", args=[connection.pk])).status_code == 404
    entries = AuditEntry.objects.filter(subject_type="connection").order_by("pk")
    assert list(entries.values_list("action", "actor")) == [
        ("connection.added", clients.cast.owner.pk),
        ("connection.rotated", clients.cast.owner.pk),
        ("connection.removed", clients.cast.owner.pk),
    ]


def test_what_arrived_is_shown_with_its_code_and_read_again(owner: Client) -> None:
    owner.post(reverse("connection_create"), FORM)
    connection = Connection.objects.latest("pk")
    for number, outcome in enumerate(("processed", "unknown", "failed")):
        InboxItem.objects.create(
            source="hotmart",
            envelope_id=str(number),
            origin_id=connection.pk,
            outcome=outcome,
            event_type="PURCHASE_APPROVED",
            error_code="" if outcome == "processed" else f"{outcome}-code",
            body=b'{"email": "ana@example.com"}',
        )
    page = owner.get(reverse("connection_detail", args=[connection.pk])).content.decode()
    assert "failed-code" in page
    assert "kept, not known" in page
    assert "ana@example.com" not in page
    assert "Main" in owner.get(reverse("connection_list")).content.decode()
    owner.post(reverse("connection_replay", args=[connection.pk]))
    assert InboxItem.objects.filter(outcome="waiting").count() == 2
    assert "items: 2" in owner.get(reverse("audit_list")).content.decode()
