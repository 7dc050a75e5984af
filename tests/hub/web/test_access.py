"""Every address has its roles: the fixed cast at each of them, and what lets nobody past."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.template.loader import render_to_string
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import translation
from django.utils.text import camel_case_to_spaces

from hotleads.hub.models import Role, User
from hotleads.hub.web.access import FIRST_STEPS, PAGE_ROLES, PUBLIC_PAGES
from hotleads.hub.web.action_names import ACTION_NAMES
from hotleads.hub.web.views import audit
from tests.hub.web.conftest import ROLES, Clients, build_client

SOURCE = Path(__file__).parents[3] / "src"

NO_SUCH_ID = 987654


def list_patterns(patterns: list[URLPattern | URLResolver]) -> Iterator[URLPattern]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from list_patterns(pattern.url_patterns)
        else:
            yield pattern


PATTERNS = {str(pattern.name): pattern for pattern in list_patterns(get_resolver().url_patterns)}


def build_address(name: str) -> str:
    pattern = PATTERNS[name].pattern
    texts = {"uidb36": "x", "key": "x", "strategy": "classic"}
    options = {key: texts.get(key, NO_SUCH_ID) for key in pattern.regex.groupindex}
    return reverse(name, kwargs=options)


def test_every_address_has_declared_roles_and_no_declaration_is_left_over() -> None:
    assert set(PATTERNS) == PUBLIC_PAGES | FIRST_STEPS | set(PAGE_ROLES)
    assert not (PUBLIC_PAGES & FIRST_STEPS) | (set(PAGE_ROLES) & (PUBLIC_PAGES | FIRST_STEPS))


#: Said here anew: a page that one more role may open fails until somebody has thought of it.
OWN_PAGES = {"home", "help", "profile", "account_change_password"} | {
    *("mfa_deactivate_totp", "mfa_list_webauthn", "mfa_edit_webauthn", "mfa_remove_webauthn"),
    *("mfa_view_recovery_codes", "mfa_generate_recovery_codes", "mfa_download_recovery_codes"),
}
COUNTS_ALONE = {"base", "campaign_list", "judgement_detail", "launch_detail", "launch_list", "quality", "work"}
OWNERS_ALONE = re.compile("(connection|credential|demo|erasure|event_rule|installation|retention|user)_")


def test_sellers_and_viewers_open_pages_without_people_and_marketers_no_settings() -> None:
    open_to = {role: {name for name, roles in PAGE_ROLES.items() if role in roles} for role in Role}
    assert open_to[Role.SELLER] == OWN_PAGES
    assert open_to[Role.VIEWER] == OWN_PAGES | COUNTS_ALONE
    assert open_to[Role.MARKETER] == {name for name in PAGE_ROLES if not OWNERS_ALONE.match(name)}
    assert open_to[Role.OWNER] == set(PAGE_ROLES)


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("name", sorted(PAGE_ROLES))
def test_each_page_opens_to_its_roles_alone(name: str, method: str, clients: Clients) -> None:
    address = build_address(name)
    for role in ROLES:
        status = getattr(clients.sign_in(role), method)(address).status_code
        assert (status == 403) == (role not in PAGE_ROLES[name]), f"{role} at {name}: {status}"
        assert status < 500
    outside = getattr(clients.outsider, method)(address)
    assert outside.status_code == 302
    assert outside.headers["Location"].startswith(reverse("account_login"))


@pytest.mark.parametrize("name", sorted(PUBLIC_PAGES | FIRST_STEPS))
def test_pages_of_sign_in_answer_everybody(name: str, clients: Clients) -> None:
    assert clients.outsider.get(build_address(name)).status_code < 500
    assert clients.sign_in("viewer").get(build_address(name)).status_code < 500


def test_a_page_without_declared_roles_is_refused(clients: Clients, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(PAGE_ROLES, "audit_list")
    assert clients.sign_in("owner").get(reverse("audit_list")).status_code == 403


def test_a_page_that_fails_says_so_and_is_noted_without_its_words(
    clients: Clients, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_arguments: object) -> None:
        raise RuntimeError("ana@example.com does not work")

    monkeypatch.setattr(audit, "read_page", fail)
    owner = clients.sign_in("owner")
    owner.raise_request_exception = False
    response = owner.get(reverse("audit_list"))
    assert response.status_code == 500
    assert "Something went wrong here" in response.content.decode()
    (noted,) = (record.getMessage() for record in caplog.records if record.name == "hotleads.pages")
    assert noted.startswith("audit_list failed: RuntimeError at test_access.py:")
    assert "ana" not in noted


@pytest.mark.parametrize("name", sorted(PAGE_ROLES))
def test_without_a_second_factor_every_page_leads_to_choosing_one(name: str, newcomer: User) -> None:
    User.objects.filter(pk=newcomer.pk).update(role=Role.OWNER)
    client = build_client()
    client.force_login(newcomer)
    response = client.get(build_address(name))
    assert (response.status_code, response.headers["Location"]) == (302, reverse("mfa_index"))


def test_whoever_may_sign_in_no_more_is_out_at_once(newcomer: User, clients: Clients) -> None:
    client = build_client()
    client.force_login(newcomer)
    assert client.get(reverse("mfa_index")).status_code == 200
    User.objects.filter(pk=newcomer.pk).update(is_active=False)
    assert client.get(reverse("mfa_index")).status_code == 302


@pytest.mark.parametrize("name", sorted(PAGE_ROLES))
def test_a_form_without_its_token_is_refused(name: str, clients: Clients) -> None:
    client = build_client(enforce_csrf_checks=True)
    client.force_login(clients.cast.owner)
    assert client.post(build_address(name)).status_code in (403, 405)


def test_pages_forbid_what_is_not_theirs_and_are_not_kept(owner: Client) -> None:
    response = owner.get("/")
    policy = response.headers["Content-Security-Policy"]
    assert "default-src 'none'; script-src 'self'; style-src 'self';" in policy
    assert "unsafe" not in policy
    assert response.headers["Cache-Control"] == "no-store"
    for kept in ("form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'", "connect-src 'self'"):
        assert kept in policy
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Referrer-Policy"] == "same-origin"
    assert response.headers["X-Frame-Options"] == "DENY"
    assert response.headers["Strict-Transport-Security"].startswith("max-age=31536000")
    assert not re.search(r"(?:src|href)=.https?://|<style|style=|<script>|\son[a-z]+=", response.content.decode())


def test_cookies_are_kept_from_scripts_and_other_sites(clients: Clients) -> None:
    client = build_client()
    client.get(reverse("account_login"))
    client.post(reverse("account_login"), {"login": "owner@example.com", "password": "a long sentence of the cast"})
    assert set(client.cookies) == {"__Host-hotleads", "__Host-csrf"}
    for cookie in client.cookies.values():
        assert cookie["secure"]
        assert cookie["httponly"]
        assert cookie["samesite"] == "Lax"
        assert cookie["path"] == "/"
        assert not cookie["domain"]


def test_files_of_pages_come_from_here(clients: Clients) -> None:
    page = clients.outsider.get(reverse("account_login")).content.decode()
    files = re.findall(r'(?:src|href)="(/static/[^"]+)"', page)
    assert len(files) >= 5
    for file in files:
        assert clients.outsider.get(file).status_code == 200, file


def test_unknown_addresses_say_so_in_the_hubs_own_page(owner: Client) -> None:
    response = owner.get("/nothing/at/all/")
    assert response.status_code == 404
    assert "There is nothing here" in response.content.decode()


def test_more_than_a_form_takes_is_refused_with_what_to_do(owner: Client) -> None:
    answer = owner.post(reverse("launch_create", args=["classic"]), {"name": "x" * 1_100_000})
    assert answer.status_code == 413
    assert "shorten it or bring it as a file" in answer.content.decode()
    answer = owner.post(reverse("launch_create", args=["classic"]), {f"field{number}": "" for number in range(1_100)})
    assert answer.status_code == 413


def test_every_action_of_the_audit_log_has_a_name_for_people() -> None:
    subjects = "|".join({action.split(".")[0] for action in ACTION_NAMES})
    code = "\n".join(path.read_text(encoding="utf-8") for path in (SOURCE / "hub").rglob("*.py"))
    found = set(re.findall(rf'"((?:{subjects})\.[a-z_]+)"', code)) - {"leads.csv", "scores.parquet", "backup.key_check"}
    named = set(re.findall(r'record_action\(\s*[^,]+,\s*"([a-z_]+\.[a-z_]+)"', code))
    assert found | named == set(ACTION_NAMES)


def test_every_kind_of_row_in_the_audit_log_has_a_name_in_portuguese() -> None:
    subjects = {action.split(".")[0] for action in ACTION_NAMES} - {"spend"}  # noted of its launch
    models = {
        camel_case_to_spaces(model.__name__).replace(" ", "_") for model in apps.get_app_config("hub").get_models()
    }
    with translation.override("pt-br"):
        named = {name: render_to_string("hub/subject.html", {"subject": name}) for name in subjects & models}
    assert {"event_rule", "launch"} <= set(named)
    assert not [name for name, text in named.items() if text == name]
