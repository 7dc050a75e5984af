"""Signing in: one-time links, second factors, lock-out, sessions; and users as an owner manages them."""

import re
import threading
import time
from contextlib import suppress

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from hotleads.hub.models import AuditEntry, Role, User
from hotleads.hub.web import accounts
from hotleads.hub.web.sign_in import build_one_time_link
from tests.hub.installations import Installation
from tests.hub.web.conftest import Clients, build_client

PASSWORD = "a long sentence of mine"  # noqa: S105
LOGIN = "/account/login/"


def compute_code(secret: str) -> str:
    """What an authenticator app shows now."""
    return format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))


def set_password(client: Client, link: str, password: str = PASSWORD) -> str:
    """Open a one-time link and set a password; return what the last page says."""
    page = client.get(link.removeprefix("https://localhost"), follow=True)
    if "password1" not in page.content.decode():
        return page.content.decode()
    path = page.redirect_chain[-1][0]
    return client.post(path, {"password1": password, "password2": password}, follow=True).content.decode()


def activate_totp(client: Client) -> str:
    """Choose a TOTP secret, and return it."""
    page = client.get(reverse("mfa_activate_totp")).content.decode()
    secret = re.search(r"data-secret>([A-Z2-7]{32})<", page)
    assert secret, page
    done = client.post(reverse("mfa_activate_totp"), {"code": compute_code(secret[1])})
    assert done.headers["Location"] == reverse("mfa_view_recovery_codes")
    return secret[1]


@pytest.fixture(autouse=True)
def _forget_failures(web: object) -> None:
    cache.clear()


@pytest.fixture
def ready(newcomer: User) -> tuple[User, str]:
    """Somebody with a password and a TOTP secret."""
    client = build_client()
    set_password(client, build_one_time_link(newcomer))
    client.post(LOGIN, {"login": newcomer.email, "password": PASSWORD})
    return User.objects.get(pk=newcomer.pk), activate_totp(client)


def test_from_the_link_to_the_first_page(newcomer: User) -> None:
    client = build_client()
    set_password(client, build_one_time_link(newcomer))
    signed_in = client.post(LOGIN, {"login": "NEW@example.com", "password": PASSWORD})
    assert signed_in.headers["Location"] == "/"
    assert client.get("/").headers["Location"] == reverse("mfa_index")
    secret = activate_totp(client)
    assert client.get("/").status_code == 200
    codes = client.get(reverse("mfa_view_recovery_codes")).content.decode()
    assert len(re.findall(r"\b\d{8}\b", codes)) == 10
    stored = str(Authenticator.objects.get(user_id=newcomer.pk, type=Authenticator.Type.TOTP).data)
    assert secret not in stored
    again = build_client()
    asked = again.post(LOGIN, {"login": newcomer.email, "password": PASSWORD})
    assert asked.headers["Location"] == reverse("mfa_authenticate")
    assert again.get("/").status_code == 302  # a password alone opens nothing
    assert again.post(reverse("mfa_authenticate"), {"code": "000000"}).status_code == 200
    assert again.post(reverse("mfa_authenticate"), {"code": compute_code(secret)}).headers["Location"] == "/"
    assert again.get("/").status_code == 200


def test_a_code_is_taken_once(ready: tuple[User, str]) -> None:
    user, secret = ready
    code = compute_code(secret)
    statuses = []
    for _ in range(2):
        client = build_client()
        client.post(LOGIN, {"login": user.email, "password": PASSWORD})
        client.post(reverse("mfa_authenticate"), {"code": code})
        statuses.append(client.get("/").status_code)
    assert statuses == [200, 302]


def test_a_link_works_once_and_not_after_a_day(newcomer: User, monkeypatch: pytest.MonkeyPatch) -> None:
    link = build_one_time_link(newcomer)
    late = time.time() + 25 * 3600
    from django.contrib.auth.tokens import PasswordResetTokenGenerator

    with monkeypatch.context() as patch:
        from datetime import datetime

        patch.setattr(PasswordResetTokenGenerator, "_now", lambda _self: datetime.fromtimestamp(late))  # noqa: DTZ006
        set_password(build_client(), link)
    assert not User.objects.get(pk=newcomer.pk).has_usable_password()
    set_password(build_client(), link)
    assert User.objects.get(pk=newcomer.pk).check_password(PASSWORD)
    set_password(build_client(), link, "another long sentence")
    assert User.objects.get(pk=newcomer.pk).check_password(PASSWORD)


def test_a_new_link_ends_the_one_that_nobody_used(newcomer: User) -> None:
    first = build_one_time_link(newcomer)
    second = accounts.make_link(newcomer, None)
    set_password(build_client(), first)
    assert not User.objects.get(pk=newcomer.pk).has_usable_password()
    set_password(build_client(), second)
    assert User.objects.get(pk=newcomer.pk).has_usable_password()


@pytest.mark.parametrize("password", ["short", "vGk3q-Zt81x", "password1234", "new@example.com"])
def test_weak_passwords_are_refused(password: str, newcomer: User) -> None:
    set_password(build_client(), build_one_time_link(newcomer), password)
    assert not User.objects.get(pk=newcomer.pk).has_usable_password()


def test_an_account_is_locked_after_five_failures_from_any_address(ready: tuple[User, str]) -> None:
    user, _secret = ready
    for number in range(5):
        client = build_client(REMOTE_ADDR=f"203.0.113.{number}")
        assert client.post(LOGIN, {"login": user.email, "password": "wrong"}).status_code == 200
    right = build_client(REMOTE_ADDR="203.0.113.99").post(LOGIN, {"login": user.email, "password": PASSWORD})
    assert right.status_code == 200  # the form again, and nobody signed in
    failures = AuditEntry.objects.filter(action="user.sign_in_failed", subject_id=str(user.pk))
    assert failures.count() >= 5


def test_an_address_is_locked_after_ten_failures_at_any_account(newcomer: User) -> None:
    client = build_client(REMOTE_ADDR="203.0.113.7")
    statuses = [
        client.post(LOGIN, {"login": f"nobody{number}@example.com", "password": "wrong"}).status_code
        for number in range(12)
    ]
    assert statuses[0] == 200
    shown = client.post(LOGIN, {"login": "nobody@example.com", "password": "wrong"})
    assert shown.status_code == 429 or "Too many failed" in shown.content.decode()


def test_sign_in_says_the_same_of_an_unknown_address_and_a_wrong_password(ready: tuple[User, str]) -> None:
    user, _secret = ready
    pages = [
        re.sub(r'value="[^"]*"', "", build_client().post(LOGIN, {"login": email, "password": "wrong"}).content.decode())
        for email in (user.email, "nobody@example.com")
    ]
    assert pages[0] == pages[1]


def test_nobody_signs_up_and_no_mail_is_asked_for(clients: Clients) -> None:
    for path in ("/account/signup/", "/accounts/signup/", "/account/password/reset/", "/admin/"):
        assert clients.outsider.get(path).status_code == 404


def test_the_session_changes_at_sign_in_and_ends_at_sign_out(ready: tuple[User, str]) -> None:
    user, _secret = ready
    Authenticator.objects.filter(user_id=user.pk).delete()
    client = build_client()
    client.get(LOGIN)
    session = client.session
    session["planted"] = "x"
    session.save()
    before = session.session_key
    client.post(LOGIN, {"login": user.email, "password": PASSWORD})
    after = client.session.session_key
    assert after != before
    assert client.post(reverse("account_logout")).status_code == 302
    assert not Session.objects.filter(session_key=after).exists()


@pytest.mark.parametrize(("seen", "signed_in", "stays"), [(60, 60, True), (7300, 7300, False), (60, 43300, False)])
def test_idle_and_old_sessions_end(seen: int, signed_in: int, stays: bool, clients: Clients) -> None:
    client = clients.sign_in("owner")
    client.get("/")
    session = client.session
    now = int(time.time())
    session["hub_seen_at"], session["hub_signed_in_at"] = now - seen, now - signed_in
    session.save()
    assert (client.get("/").status_code == 200) == stays


def test_an_owner_adds_somebody_and_the_link_is_shown_once(clients: Clients) -> None:
    client = clients.sign_in("owner")
    response = client.post(reverse("user_create"), {"email": "Bia@Example.com", "name": "Bia", "role": "seller"})
    page = response.content.decode()
    user = User.objects.get(email="bia@example.com")
    assert re.search(r"https://localhost/account/link/\w+-\w+-\w+/", page)
    assert (user.role, user.name) == (Role.SELLER, "Bia")
    entry = AuditEntry.objects.get(action="user.created", subject_id=str(user.pk))
    assert (entry.actor_id, entry.details) == (clients.cast.owner.pk, {"role": "seller"})
    again = client.post(reverse("user_create"), {"email": "bia@example.com", "role": "owner"})
    assert "somebody has this address already" in again.content.decode()


def test_the_only_owner_stays(clients: Clients) -> None:
    client = clients.sign_in("owner")
    address = reverse("user_edit", args=[clients.cast.owner.pk])
    for change in ({"role": "viewer", "is_active": "on"}, {"role": "owner"}):
        assert "this is the only owner" in client.post(address, change).content.decode()
    assert User.objects.get(pk=clients.cast.owner.pk).role == Role.OWNER


def test_of_two_owners_who_take_the_role_from_each_other_at_once_one_stays(postgres_installation: Installation) -> None:
    owners = [User.objects.create_user(f"owner{number}@example.com", Role.OWNER) for number in range(2)]

    def demote(user: User, actor: User) -> None:
        try:
            with suppress(accounts.AccountError):
                accounts.change_user(user, Role.VIEWER, is_active=True, actor=actor)
        finally:
            connection.close()

    thread = threading.Thread(target=demote, args=(owners[0], owners[1]))
    with transaction.atomic():
        accounts.change_user(owners[1], Role.VIEWER, is_active=True, actor=owners[0])
        thread.start()
        thread.join(0.3)
    thread.join()
    assert [user.pk for user in User.objects.filter(role=Role.OWNER)] == [owners[0].pk]


def test_roles_and_factors_are_changed_with_a_line_in_the_audit_log(clients: Clients, ready: tuple[User, str]) -> None:
    user, _secret = ready
    client = clients.sign_in("owner")
    client.post(reverse("user_edit", args=[user.pk]), {"role": "viewer", "is_active": "on"})
    client.post(reverse("user_reset_factors", args=[user.pk]))
    assert User.objects.get(pk=user.pk).role == Role.VIEWER
    assert not Authenticator.objects.filter(user_id=user.pk).exists()
    actions = AuditEntry.objects.filter(subject_type="user", subject_id=str(user.pk)).values_list("action", flat=True)
    assert {"user.changed", "user.factors_reset", "user.password_set", "user.factor_added"} <= set(actions)
    page = client.get(reverse("audit_list")).content.decode()
    assert "user.factors_reset" in page


def test_users_are_changed_only_soon_after_signing_in(clients: Clients) -> None:
    client = clients.sign_in("owner")
    session = client.session
    session["account_authentication_methods"][0]["at"] -= 16 * 60
    session.save()
    asked = client.post(reverse("user_create"), {"email": "late@example.com", "role": "owner"})
    assert "reauthenticate" in asked.headers["Location"]
    assert not User.objects.filter(email="late@example.com").exists()
