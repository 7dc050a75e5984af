"""Credentials on their page: what an owner does, and that a token opens no page."""

import pytest
from django.test import Client
from django.urls import reverse

from hotleads.hub.intake.credentials import CredentialOptions, add_credential
from hotleads.hub.models import AuditEntry, Credential, Scope
from tests.hub.installations import Installation
from tests.hub.web.conftest import Clients, build_client


def test_hostile_headers_and_forms_are_refused_without_a_traceback(
    web: Installation, caplog: pytest.LogCaptureFixture
) -> None:
    scope = {"asgi.scope": {"headers": [(b"user-agent", b"caf\xe9")]}}  # as the mounted pages get it
    assert build_client().post("/oauth/token", {}, **scope).status_code == 400
    half = build_client().generic("POST", "/oauth/token", b"{}", content_type="multipart/form-data")
    assert half.status_code == 400
    assert caplog.records
    assert not [record for record in caplog.records if record.exc_info]


def test_a_token_opens_no_page(web: Installation) -> None:
    issued = add_credential("machine", CredentialOptions(tuple(Scope)))
    secrets = {"client_id": issued.credential.client_id, "client_secret": issued.client_secret}
    asked = build_client().post("/oauth/token", {"grant_type": "client_credentials", **secrets})
    token = asked.json()["access_token"]
    response = build_client().get("/leads/", headers={"authorization": f"Bearer {token}"})
    assert response.status_code == 302
    assert response.headers["Location"].startswith(reverse("account_login"))


def test_an_owner_makes_renews_and_revokes_a_credential(owner: Client, clients: Clients) -> None:
    form = {
        "name": "shop",
        "scopes": ["leads:write"],
        "ids_of": "shop",
        "default_country": "br",
        "purpose": "",
        "basis": "",
    }
    shown = owner.post(reverse("credential_create"), form)
    credential = Credential.objects.get(name="shop")
    assert credential.default_country == "BR"
    assert credential.client_id in shown.content.decode()
    assert "Write key" in shown.content.decode()
    half = owner.post(reverse("credential_create"), form | {"name": "other", "purpose": "email_marketing"})
    assert "A purpose needs its legal basis" in half.content.decode()
    assert "already" in owner.post(reverse("credential_create"), form).content.decode()
    assert "Send leads" in owner.get(reverse("credential_list")).content.decode()
    before = credential.write_key_hmac
    assert owner.post(reverse("credential_rotate", args=[credential.pk])).status_code == 200
    assert Credential.objects.get(pk=credential.pk).write_key_hmac != before
    assert owner.get(reverse("credential_detail", args=[credential.pk])).status_code == 200
    assert owner.post(reverse("credential_revoke", args=[credential.pk])).status_code == 302
    assert owner.post(reverse("credential_revoke", args=[credential.pk])).status_code == 404
    entries = AuditEntry.objects.filter(subject_type="credential", subject_id=str(credential.pk)).order_by("pk")
    assert list(entries.values_list("action", "actor")) == [
        ("credential.created", clients.cast.owner.pk),
        ("credential.rotated", clients.cast.owner.pk),
        ("credential.revoked", clients.cast.owner.pk),
    ]
