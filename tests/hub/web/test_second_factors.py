"""Second factors as people use them, in Chromium: a passkey of a virtual authenticator, and codes of an app."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.db import connections
from django.test.utils import override_settings

from hotleads.hub.models import AuditEntry, Role
from hotleads.hub.web.accounts import add_user
from tests.hub.installations import Installation
from tests.hub.web.browser import serve_pages
from tests.hub.web.test_sign_in import LOGIN, PASSWORD, compute_code
from tests.pages import CHROMIUM, needs_chromium

if TYPE_CHECKING:
    from playwright.sync_api import CDPSession, Page

pytestmark = [needs_chromium, pytest.mark.slow]
_EMAIL = "owner@example.com"
_AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def page(sqlite_installation: Installation, monkeypatch: pytest.MonkeyPatch) -> Iterator["Page"]:
    """A browser at http://localhost, as `hotleads up` serves it, of a new owner who has signed in by a password."""
    from playwright.sync_api import sync_playwright

    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # Playwright has an event loop in this thread
    cache.clear()
    insecure = override_settings(MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN=True)  # as the settings have it without https
    with insecure, serve_pages() as address, sync_playwright() as play:
        connections["default"].close()
        del connections["default"]
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_context(base_url=address, locale="en-US").new_page()
        _user, link = add_user(_EMAIL, Role.OWNER)
        page.goto(link.removeprefix("https://localhost"))
        page.fill("[name=password1]", PASSWORD)
        page.fill("[name=password2]", PASSWORD)
        page.click("main button[type=submit]")
        page.click("main a:has-text('Sign in')")
        enter_password(page)
        page.wait_for_url("**/account/factors/")
        yield page
        browser.close()


def test_a_passkey_is_added_and_signs_in_without_a_password(page: "Page") -> None:
    authenticator = VirtualAuthenticator(page)
    add_passkey(page)
    assert authenticator.count_keys() == 1
    sign_out(page)
    page.click("#passkey_login")
    page.wait_for_url(lambda url: "/account/" not in url)
    page.goto("/launches/")
    assert page.url.endswith("/launches/")
    assert Authenticator.objects.filter(type=Authenticator.Type.WEBAUTHN).count() == 1
    assert AuditEntry.objects.filter(action="user.sign_in").count() == 2


def test_a_removed_passkey_signs_nobody_in(page: "Page") -> None:
    VirtualAuthenticator(page)
    add_passkey(page)
    sign_out(page)
    Authenticator.objects.filter(type=Authenticator.Type.WEBAUTHN).delete()
    with page.expect_navigation():
        page.click("#passkey_login")
    page.goto("/launches/")
    assert LOGIN in page.url


def test_a_password_and_the_code_of_an_app_sign_in_and_the_password_alone_does_not(page: "Page") -> None:
    page.click("a[href$='/totp/activate/']")
    secret = page.locator("[data-secret]").inner_text()
    page.fill("[name=code]", "000000")
    page.click("main form button[type=submit] >> nth=0")
    assert "Incorrect code" in page.inner_text("main")
    page.fill("[name=code]", compute_code(secret))
    page.click("main form button[type=submit] >> nth=0")
    page.wait_for_url("**/account/factors/codes/")
    cache.clear()  # a code is taken once; the test does not wait for the next
    sign_out(page)
    enter_password(page)
    page.wait_for_url("**/account/factors/authenticate/**")
    page.goto("/launches/")
    assert "Launches" not in page.inner_text("h1")  # it asks for the code again
    page.fill("[name=code]", compute_code(secret))
    page.click("main form button[type=submit] >> nth=0")
    page.wait_for_url(lambda url: "/account/" not in url)


class VirtualAuthenticator:
    """Chromium's virtual authenticator: a platform's own, whose user is always there and always verified."""

    def __init__(self, page: "Page") -> None:
        self._session: CDPSession = page.context.new_cdp_session(page)
        self._session.send("WebAuthn.enable")
        added: dict[str, Any] = self._session.send("WebAuthn.addVirtualAuthenticator", {"options": _AUTHENTICATOR})
        self._id = added["authenticatorId"]

    def count_keys(self) -> int:
        return len(self._session.send("WebAuthn.getCredentials", {"authenticatorId": self._id})["credentials"])


def enter_password(page: "Page") -> None:
    page.fill("[name=login]", _EMAIL)
    page.fill("[name=password]", PASSWORD)
    page.click("main button[type=submit]:has-text('Sign in') >> nth=0")


def add_passkey(page: "Page") -> None:
    page.click("a[href$='/passkeys/add/']")
    page.fill("[name=name]", "laptop")
    page.check("[name=passwordless]")
    page.click("#mfa_webauthn_add")
    page.wait_for_url("**/account/factors/codes/")


def sign_out(page: "Page") -> None:
    page.goto("/")
    page.click("details.account >> nth=-1")
    page.click("button:has-text('Sign out')")
    page.wait_for_url(re.compile(LOGIN))
