"""Credentials: by command and page, tokens by an OAuth client, and what each may do."""

import base64
import json
from typing import Any

import pytest
from django.db import connection
from oauth2_provider.models import AccessToken, Application
from oauthlib.oauth2 import BackendApplicationClient
from oauthlib.oauth2.rfc6749.errors import InvalidClientError

from hotleads.hub.intake.credentials import (
    CredentialError,
    CredentialOptions,
    IssuedCredential,
    add_credential,
    find_by_token,
    find_by_write_key,
    get_credential,
    parse_scopes,
    revoke_credential,
    rotate_credential,
)
from hotleads.hub.intake.guess_limit import MAX_FAILURES_A_MINUTE, GuessLimit
from hotleads.hub.models import AuditEntry, Scope
from hotleads.hub.web.views import tokens
from tests.hub.installations import Installation
from tests.hub.test_commands import run
from tests.hub.web.conftest import build_client

_FORM = "application/x-www-form-urlencoded"
_LEADS = CredentialOptions((Scope.WRITE_LEADS, Scope.READ_SCORES))


@pytest.fixture(autouse=True)
def fresh_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "_guesses", GuessLimit())


def ask_token(issued: IssuedCredential, secret: str = "", **fields: str) -> Any:
    """Ask as an OAuth client library does, with the secret in the body."""
    client = BackendApplicationClient(client_id=issued.credential.client_id)
    secret = secret or issued.client_secret
    body = client.prepare_request_body(include_client_id=True, client_secret=secret, **fields)
    return build_client().post("/oauth/token", body, content_type=_FORM)


def read_token(issued: IssuedCredential, **fields: str) -> Any:
    client = BackendApplicationClient(client_id=issued.credential.client_id)
    return client.parse_request_body_response(ask_token(issued, **fields).content.decode())


def test_a_client_gets_a_token_for_what_it_may_do(installation: Installation) -> None:
    issued = add_credential("crm", _LEADS)
    token = read_token(issued)
    assert (token["token_type"], token["expires_in"]) == ("Bearer", 3600)
    assert set(token["scope"]) == {"leads:write", "scores:read"}
    client = find_by_token(token["access_token"])
    assert client is not None
    assert (client.credential_id, client.scopes) == (issued.credential.pk, {"leads:write", "scores:read"})
    assert read_token(issued, scope="scores:read")["scope"] == ["scores:read"]


def test_the_secret_may_come_by_basic_authentication(sqlite_installation: Installation) -> None:
    issued = add_credential("crm", _LEADS)
    pair = base64.b64encode(f"{issued.credential.client_id}:{issued.client_secret}".encode()).decode()
    asked = {
        "data": "grant_type=client_credentials",
        "content_type": _FORM,
        "headers": {"authorization": f"Basic {pair}"},
    }
    response = build_client().post("/oauth/token", **asked)
    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "no-store"
    assert "refresh_token" not in response.json()


def test_no_token_and_no_secret_is_kept_as_it_is(sqlite_installation: Installation) -> None:
    issued = add_credential("crm", _LEADS)
    token = read_token(issued)["access_token"]
    with connection.cursor() as cursor:
        kept = ""
        for table in ("oauth2_provider_application", "oauth2_provider_accesstoken", "hub_credential", "hub_auditentry"):
            kept += repr(cursor.execute(f"SELECT * FROM {table}").fetchall())
    assert issued.credential.client_id in kept
    assert not [secret for secret in (token, issued.client_secret, issued.write_key) if secret in kept]


@pytest.mark.parametrize(
    ("fields", "status", "error"),
    [
        ({"scope": "purchases:write"}, 400, "invalid_scope"),
        ({"grant_type": "password", "username": "a", "password": "b"}, 400, "unsupported_grant_type"),
        ({"client_secret": "guessed"}, 401, "invalid_client"),
        ({"client_id": "no\0body"}, 401, "invalid_client"),
        ({}, 400, "invalid_request"),
    ],
)
def test_other_requests_for_tokens_are_refused(
    fields: dict[str, str], status: int, error: str, sqlite_installation: Installation
) -> None:
    issued = add_credential("crm", _LEADS)
    secrets = {"client_id": issued.credential.client_id, "client_secret": issued.client_secret}
    body = {"grant_type": "client_credentials", **secrets, **fields} if fields else secrets
    response = build_client().post("/oauth/token", body)
    assert (response.status_code, response.json()["error"]) == (status, error)


@pytest.mark.slow
def test_an_address_that_guesses_has_to_wait(sqlite_installation: Installation) -> None:
    issued = add_credential("crm", _LEADS)
    for _ in range(MAX_FAILURES_A_MINUTE):
        assert ask_token(issued, "guessed").status_code == 401
    response = ask_token(issued)
    assert response.status_code == 429
    assert 0 < int(response.headers["Retry-After"]) <= 60


def test_new_secrets_end_the_earlier_ones_and_their_tokens(installation: Installation) -> None:
    issued = add_credential("crm", _LEADS)
    token = read_token(issued)["access_token"]
    renewed = rotate_credential(get_credential("crm"))
    assert find_by_token(token) is None
    assert find_by_write_key(issued.write_key) is None
    assert find_by_write_key(renewed.write_key) is not None
    with pytest.raises(InvalidClientError):
        read_token(issued)
    assert find_by_token(read_token(renewed)["access_token"]) is not None


def test_a_revoked_credential_is_of_no_use_and_its_name_is_free(installation: Installation) -> None:
    issued = add_credential("crm", _LEADS)
    token = read_token(issued)["access_token"]
    with pytest.raises(CredentialError, match="already"):
        add_credential("crm", _LEADS)
    revoke_credential(issued.credential)
    assert find_by_token(token) is None
    assert find_by_write_key(issued.write_key) is None
    assert ask_token(issued).status_code == 401
    assert not Application.objects.exists()
    add_credential("crm", _LEADS)
    assert list(AuditEntry.objects.order_by("pk").values_list("action", flat=True)) == [
        "credential.created",
        "credential.revoked",
        "credential.created",
    ]


def test_an_expired_token_is_nobodys(installation: Installation) -> None:
    token = read_token(add_credential("crm", _LEADS))["access_token"]
    AccessToken.objects.update(expires="2026-01-01T00:00:00Z")
    assert find_by_token(token) is None


def test_a_write_key_reads_nothing(sqlite_installation: Installation) -> None:
    client = find_by_write_key(add_credential("site", _LEADS).write_key)
    assert client is not None
    assert client.scopes == {"leads:write"}


def test_words_that_are_no_scopes_are_refused_with_those_that_are() -> None:
    for words in (["leads"], []):
        with pytest.raises(CredentialError, match="scores:read"):
            parse_scopes(words)


@pytest.mark.slow
def test_credentials_by_command(sqlite_installation: Installation) -> None:
    added = run(sqlite_installation, "credentials", "add", "site", "--scope", "leads:write", "--json")
    told = json.loads(added.stdout)
    assert set(told) >= {"client_id", "client_secret", "write_key", "token_url"}
    assert find_by_write_key(told["write_key"]) is not None
    listed = json.loads(run(sqlite_installation, "credentials", "list", "--json").stdout)
    assert listed == [{name: told[name] for name in ("id", "name", "client_id", "scopes", "purpose", "basis")}]
    renewed = json.loads(run(sqlite_installation, "credentials", "rotate", "site", "--json").stdout)
    assert renewed["client_secret"] != told["client_secret"]
    assert run(sqlite_installation, "credentials", "revoke", told["client_id"]).returncode == 0
    again = run(sqlite_installation, "credentials", "revoke", "site")
    assert again.returncode == 1
    assert "error (credential)" in again.stderr
